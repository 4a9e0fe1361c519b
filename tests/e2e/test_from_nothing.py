"""From an empty home to the first sealed, verifiable diplomas: everything is entered on pages, nothing by a script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from tests.e2e import files, test_guangxi
from tests.e2e.conftest import Stack, start_stack, stop_stack
from tests.e2e.founding import arrange_round, code_of, enter_units, found, open_season, staff_of
from tests.e2e.jurisdictions import ask, leader_agrees, numbers_on, office_agrees, open_batch, submit, take_in
from tests.e2e.pages import Person, Visitor
from tests.e2e.town import PASSWORD, PROGRAMMES, season_year

from xueji.demo.provinces import GUANGXI, ProvincePlan, ProvinceSchool

COUNT = 4
SCHOOL = "临渭区新建职业学校"
WEINAN = ProvincePlan(
    key="wn",
    pack="edu/shaanxi-weinan",
    line="edu",
    authorities=(("city", "610500", "渭南市教育局", "市教育局"), ("county", "610502", "临渭区教育局", "临渭区")),
    schools=(ProvinceSchool("school", SCHOOL, "3661990101", "610502", "张国强", PROGRAMMES),),
    sealing_level="city",
    officers=(
        ("county", "贾建国", "county_reviewer", "610502"),
        ("city", "李亚平", "city_reviewer", "610500"),
        ("sealer", "范长江", "sealer", "610500"),
        ("supervisor", "方慧", "seal_supervisor", "610500"),
    ),
)

NANNING = replace(GUANGXI, schools=GUANGXI.schools[:1])


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Stack]:
    """An installation started for the first time: no town, nobody to sign in."""
    running = start_stack(tmp_path / "home", is_empty=True)
    yield running
    stop_stack(running)


def test_an_empty_installation_comes_to_its_first_sealed_batch(empty: Stack, browser: Browser, tmp_path: Path) -> None:
    _leads_to_the_founding(browser, empty)
    administrator = found(browser, empty, WEINAN, code_of(empty))
    administrator.sees("开始使用")
    administrator.fits_a_phone()
    administrator.shot("30-desk")
    enter_units(administrator, WEINAN)
    staff = staff_of(administrator, browser, WEINAN)
    open_season(staff["city"])

    clerk, year = staff["school_clerk"], season_year(date.today())
    batch = open_batch(clerk)
    people = files.graduates(COUNT, year=year)
    _take_in(clerk, batch, people, tmp_path)
    _fill_register(clerk, batch)
    submit(clerk, batch)
    leader_agrees(staff["school_leader"])
    office_agrees(staff["county"])
    office_agrees(staff["city"])
    numbers = numbers_on(clerk, batch)
    assert len(set(numbers)) == COUNT

    arrange_round(staff["city"], "市教育局职成科")
    _seal(clerk, staff["sealer"], batch)
    pairs = [(numbers[0], person.name) for person in people]
    answers = ask(browser, empty.url, pairs)
    assert ["毕业证书有效" in answer and SCHOOL in answer for answer in answers].count(True) == 1
    for person in (administrator, *staff.values()):
        person.leaves()


def test_a_province_that_grants_numbers_beforehand_comes_to_its_first_sealed_batch(
    empty: Stack, browser: Browser, tmp_path: Path
) -> None:
    """Guangxi: receipt, application for numbers, spot check, electronic files, blanks printed at the school, a round."""
    administrator = found(browser, empty, NANNING, code_of(empty))
    enter_units(administrator, NANNING)
    staff = staff_of(administrator, browser, NANNING)
    open_season(staff["province"])
    test_guangxi.walk(staff, browser, tmp_path)
    for person in (administrator, *staff.values()):
        person.leaves()


def _leads_to_the_founding(browser: Browser, empty: Stack) -> None:
    """Whatever is opened first is the founding; a guessed code founds nothing."""
    visitor = Visitor(browser, empty.url)
    visitor.open("/desk/")
    expect(visitor.page).to_have_url(re.compile("/setup/$"))
    with pytest.raises(AssertionError):
        found(browser, empty, WEINAN, "AAAA-AAAA-AAAA")
    visitor.open("/")
    expect(visitor.page).to_have_url(re.compile("/setup/$"))
    visitor.leaves()


def _take_in(clerk: Person, batch: str, people: list[files.Graduate], folder: Path) -> None:
    """The clerk fills in the template of the new school and uploads it with the portraits."""
    with clerk.page.expect_download() as download:
        clerk.page.get_by_role("link", name=re.compile("下载.*模板")).first.click()
    template, workbook, photos = folder / "template.xlsx", folder / "名册.xlsx", folder / "照片.zip"
    download.value.save_as(template)
    workbook.write_bytes(files.workbook(template, people, year=season_year(date.today())))
    photos.write_bytes(files.photos(people))
    take_in(clerk, batch, workbook, photos)


def _fill_register(clerk: Person, batch: str) -> None:
    clerk.open(f"/school/batches/{batch}/register/")
    for field, value in (("planned", "40"), ("admitted", "30")):
        for box in clerk.page.locator(f"input[name$={field}]").all():
            box.fill(value)
    clerk.page.locator("[name=form_filler]").fill("张经办")
    clerk.clicks("保存登记册")


def _seal(clerk: Person, sealer: Person, batch: str) -> None:
    """An appointment, the diplomas counted, two persons at the press."""
    clerk.open(f"/school/batches/{batch}/sealing/")
    clerk.page.locator("[name=day]").select_option(index=1)
    clerk.page.locator("[name=half]").select_option(index=1)
    clerk.clicks("预约")
    clerk.sees("我校的预约")
    sealer.open(f"/office/sealing/{batch}/")
    sealer.page.locator("[name=diplomas_counted]").fill(str(COUNT))
    sealer.page.locator("[name=supervised_by]").select_option(label="方慧")
    sealer.page.locator("[name=password]").fill(PASSWORD)
    sealer.confirms("验印")
    sealer.sees("验印记录")
    sealer.shot("30-session")
