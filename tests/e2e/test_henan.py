"""Central printing: the province makes the diplomas, sends them, the school pastes, embosses and hands out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from tests.e2e.conftest import Stack
from tests.e2e.jurisdictions import (
    ask,
    files_of,
    leader_agrees,
    numbers_on,
    office_agrees,
    open_batch,
    register_printer,
    submit,
    take_in,
)
from tests.e2e.pages import Person

from xueji.demo.provinces import HENAN

COUNT = 19


@pytest.mark.requirement("S2-32", "S2-33", "S2-34", "S2-35", "S2-37")
def test_from_a_list_to_a_diploma_in_the_graduates_hand(stack: Stack, browser: Browser, tmp_path: Path) -> None:
    people, workbook, photos = files_of(HENAN, "school", tmp_path, count=COUNT)
    clerk = Person(browser, stack.url, "ha_school_clerk")
    batch = open_batch(clerk)
    take_in(clerk, batch, workbook, photos)
    submit(clerk, batch)
    leader = Person(browser, stack.url, "ha_school_leader")
    leader_agrees(leader)
    city, province = (Person(browser, stack.url, name) for name in ("ha_city", "ha_province"))
    office_agrees(city)
    office_agrees(province)
    numbers = numbers_on(clerk, batch)
    clerk.shot("ha-02-candidates")
    assert len(set(numbers)) == COUNT
    assert numbers != sorted(numbers)
    number, name = numbers[0], people[0].name or ""
    assert "毕业证书有效" not in ask(browser, stack.url, [(number, name)])[0]

    printer = Person(browser, stack.url, "ha_printer")
    _calibrated_printer(printer)
    _print_all(printer, batch)
    _send(printer, batch)
    _receive_and_emboss(clerk, batch)
    _hand_out(clerk, batch)
    found, stranger = ask(browser, stack.url, [(number, name), (number, "别人")])
    assert "毕业证书有效" in found
    assert "毕业证书有效" not in stranger
    for person in (clerk, leader, city, province, printer):
        person.leaves()


def _calibrated_printer(printer: Person) -> None:
    printer.open("/desk/")
    printer.shot("ha-03-desk")
    register_printer(printer, "制证一号机")
    printer.shot("ha-03-printer")


def _print_all(printer: Person, batch: str) -> None:
    printer.open("/office/printing/")
    printer.shot("ha-04-central")
    printer.open(f"/office/printing/{batch}/")
    if printer.page.locator("[name=printer]").count():
        printer.page.locator("[name=printer]").select_option(index=1)
    printer.shot("ha-04-load")
    printer.clicks("装入并生成打印文件")
    expect(printer.page).to_have_url(re.compile(r"/office/print-runs/\d+/"))
    expect(printer.page.get_by_role("link", name=re.compile("第 1–"))).to_be_visible(timeout=60_000)
    printer.shot("ha-04-run")
    printer.page.locator("[name=first]").fill("1")
    printer.page.locator("[name=last]").fill(str(COUNT))
    printer.page.locator("form:has(input[value=range]) button").click()
    printer.sees("完好")
    printer.shot("ha-04-confirmed")


def _send(printer: Person, batch: str) -> None:
    printer.open(f"/office/dispatch/{batch}/")
    printer.page.locator("[name=count]").fill(str(COUNT))
    printer.page.locator("[name=carrier]").fill("机要 2026-001")
    printer.confirms("寄发")
    printer.shot("ha-05-dispatch")


def _receive_and_emboss(clerk: Person, batch: str) -> None:
    clerk.open(f"/school/batches/{batch}/parcels/")
    clerk.page.locator("[name=counted]").fill(str(COUNT))
    clerk.shot("ha-06-parcels")
    clerk.confirms("确认接收")
    clerk.open(f"/school/batches/{batch}/emboss/")
    clerk.page.locator("[data-select-all]").check()
    clerk.shot("ha-06-emboss")
    clerk.confirms("确认已贴照片、已盖钢印")


def _hand_out(clerk: Person, batch: str) -> None:
    clerk.open(f"/school/batches/{batch}/hand-out/")
    clerk.shot("ha-07-hand-out")
    clerk.confirms("全部发放给本人")
    clerk.shot("ha-07-handed")
    clerk.open(f"/school/batches/{batch}/")
    clerk.shot("ha-08-batch")
