"""From a school's workbook to a sealed, verifiable diploma, the way people do it: nine people, one batch, one return, one correction."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from tests.e2e import files
from tests.e2e.conftest import Stack
from tests.e2e.pages import Person
from tests.e2e.town import PASSWORD, SCHOOL, season_year

COUNT = 24


@pytest.mark.requirement("S1-08")
@pytest.mark.requirement("S1-09")
@pytest.mark.requirement("S1-11")
@pytest.mark.requirement("S1-12")
@pytest.mark.requirement("S1-15")
@pytest.mark.requirement("S1-16")
def test_from_workbook_to_sealed_diploma(stack: Stack, browser: Browser, tmp_path: Path) -> None:
    year = season_year(date.today())
    people = files.graduates(COUNT, year=year)
    clerk = Person(browser, stack.url, "clerk")
    clerk.shot("01-desk")
    batch = _open_batch(clerk)
    template = _download_template(clerk, tmp_path)
    _upload_with_faults(clerk, batch, template, people, year, tmp_path)
    _upload_right(clerk, batch, template, people, year)
    _fill_register_and_submit(clerk, batch)

    leader = Person(browser, stack.url, "leader")
    _decide(leader, "同意", shot="07-leader")
    county = Person(browser, stack.url, "county")
    _return_with_reason(county)
    _correct_and_resubmit(clerk, batch, template, people, year)
    _decide(leader, "同意")
    _decide_office(county, "同意", shot="09-county")
    city = Person(browser, stack.url, "city")
    _decide_office(city, "同意", shot="10-city")

    number = _numbers_and_prints(clerk, batch, year)
    _sealing(stack, browser, clerk, city, batch)
    _public_check(stack, browser, number, people[0].name)
    _duties(clerk)
    for person in (clerk, leader, county, city):
        person.leaves()


def _open_batch(clerk: Person) -> str:
    clerk.open("/school/batches/")
    clerk.clicks("建立批次")
    expect(clerk.page).to_have_url(re.compile(r"/school/batches/\d+/"))
    clerk.shot("02-batch")
    return re.search(r"/batches/(\d+)/", clerk.page.url)[1]


def _download_template(clerk: Person, folder: Path) -> Path:
    with clerk.page.expect_download() as download:
        clerk.page.get_by_role("link", name=re.compile("下载.*模板")).first.click()
    template = folder / "template.xlsx"
    download.value.save_as(template)
    return template


def _send(clerk: Person, batch: str, workbook: bytes, photos: bytes) -> None:
    clerk.open(f"/school/batches/{batch}/upload/")
    clerk.page.set_input_files(
        "[name=workbook]", {"name": "名册.xlsx", "mimeType": "application/octet-stream", "buffer": workbook}
    )
    clerk.page.set_input_files("[name=photos]", {"name": "照片.zip", "mimeType": "application/zip", "buffer": photos})
    clerk.clicks("上传并检查")
    expect(clerk.page.get_by_text("检查发现")).to_be_visible(timeout=60_000)


def _upload_with_faults(clerk: Person, batch: str, template: Path, people, year: int, folder: Path) -> None:
    """Every fault is told at once, at its cell; nothing can be stored."""
    spoilt = {(3, "身份证号"): 4.11e17, (4, "性别"): "男", (5, "政治面貌"): "神仙"}
    workbook = files.workbook(
        template, people, year=year, change=lambda n, header, value: spoilt.get((n, header), value)
    )
    _send(clerk, batch, workbook, files.photos(people, without=[7]))
    clerk.shot("03-findings")
    for text in ("Excel 已丢失末几位数字", "与身份证号（女）不一致", "没有照片", "神仙"):
        clerk.sees(text)
    expect(clerk.page.get_by_role("button", name="确认入库")).to_be_disabled()
    with clerk.page.expect_download() as download:
        clerk.clicks("下载检查结果")
    download.value.save_as(folder / "errors.xlsx")
    assert "问题清单" in _sheets(folder / "errors.xlsx")


def _sheets(path: Path) -> list[str]:
    import openpyxl

    return openpyxl.load_workbook(path).sheetnames


def _upload_right(clerk: Person, batch: str, template: Path, people, year: int) -> None:
    _send(clerk, batch, files.workbook(template, people, year=year), files.photos(people))
    clerk.sees("没有错误，可以确认入库")
    clerk.shot("04-clean")
    clerk.clicks("确认入库")
    expect(clerk.page).to_have_url(re.compile(rf"/school/batches/{batch}/"))
    clerk.shot("05-confirmed")


def _fill_register_and_submit(clerk: Person, batch: str) -> None:
    clerk.open(f"/school/batches/{batch}/register/")
    for field, value in (("planned", "40"), ("admitted", "30")):
        for box in clerk.page.locator(f"input[name$={field}]").all():
            box.fill(value)
    clerk.page.locator("[name=form_filler]").fill("王芳")
    clerk.shot("06-register")
    clerk.clicks("保存登记册")
    _submit(clerk, batch)


def _submit(clerk: Person, batch: str) -> None:
    clerk.open(f"/school/batches/{batch}/submission/")
    clerk.shot("06-submission")
    clerk.clicks("核对无误，提交")
    expect(clerk.page).to_have_url(re.compile(rf"/school/batches/{batch}/"))


def _decide(leader: Person, verdict: str, *, shot: str = "") -> None:
    leader.open("/desk/")
    leader.page.locator("main a[href*='/school/steps/']").first.click()
    if shot:
        leader.shot(shot)
    leader.confirms(verdict)
    expect(leader.page).to_have_url(re.compile("/desk/"))
    leader.open("/desk/")
    expect(leader.page.locator("main a[href*='/school/steps/']")).to_have_count(0)


def _open_first_step(officer: Person) -> None:
    officer.open("/office/queue/")
    officer.page.locator("main a[href*='/office/steps/']").first.click()


def _return_with_reason(county: Person) -> None:
    """The county finds one line wrong and sends the batch back with the reason."""
    county.open("/office/queue/")
    county.shot("08-queue")
    _open_first_step(county)
    county.shot("08-county")
    county.page.get_by_label("退回").check()
    county.page.locator("[name=reasons]").fill("第 8 号姓名用字与身份证不符，请更正")
    county.confirms("提交决定")
    expect(county.page).to_have_url(re.compile("/office/queue/"))


def _decide_office(officer: Person, verdict: str, *, shot: str = "") -> None:
    _open_first_step(officer)
    if shot:
        officer.shot(shot)
    officer.page.get_by_label(verdict, exact=True).check()
    officer.clicks("提交决定")
    if shot:
        officer.shot(f"{shot}-question")
    officer.clicks(f"确认{verdict}")
    expect(officer.page).to_have_url(re.compile("/office/queue/"))
    officer.open("/office/queue/")
    officer.sees("没有等待您办理的事项")


def _correct_and_resubmit(clerk: Person, batch: str, template: Path, people, year: int) -> None:
    """The clerk sees the reason, uploads again, sees exactly what would change, confirms, submits."""
    clerk.open(f"/school/batches/{batch}/")
    clerk.sees("第 8 号姓名用字与身份证不符")
    changed = files.workbook(
        template, people, year=year, change=lambda n, h, v: "测新名" if (n, h) == (7, "姓名") else v
    )
    _send(clerk, batch, changed, files.photos(people))
    clerk.sees("有变化")
    clerk.shot("08-changes")
    clerk.clicks("确认入库")
    _submit(clerk, batch)


def _numbers_and_prints(clerk: Person, batch: str, year: int) -> str:
    """Numbers and date came together; every document can be printed, and the diploma carries the rare names."""
    clerk.open(f"/school/batches/{batch}/printing/")
    for document in ("diploma.sample", "register", "roster", "roster.xlsx"):
        form = clerk.page.locator(f"form:has(input[value='{document}'])")
        form.get_by_role("button").click()
        expect(clerk.page.get_by_role("link", name="下载").first).to_be_visible(timeout=60_000)
        clerk.open(f"/school/batches/{batch}/printing/")
    expect(clerk.page.get_by_role("link", name="下载")).to_have_count(4, timeout=60_000)
    clerk.shot("11-printing")
    text = clerk.page.locator("main").inner_text()
    numbers = re.findall(rf"\b{year}\d{{7}}\b", text)
    assert numbers, text
    clerk.open(f"/school/batches/{batch}/candidates/")
    clerk.shot("11-candidates")
    clerk.page.locator("main a[href*='/school/candidates/']").first.click()
    clerk.shot("11-candidate")
    row = clerk.page.locator("main").inner_text()
    return re.search(rf"\b{year}\d{{7}}\b", row)[0]


def _sealing(stack: Stack, browser: Browser, clerk: Person, city: Person, batch: str) -> None:
    """A round around today, an appointment, three equal counts, two persons at the press."""
    today = date.today()
    city.open("/office/rounds/")
    city.page.locator("[name=place]").fill("市教育局职成科")
    city.page.locator("[name=schools_per_half_day]").fill("4")
    city.page.locator("[name=opens_on]").fill((today - timedelta(days=1)).isoformat())
    city.page.locator("[name=closes_on]").fill((today + timedelta(days=9)).isoformat())
    city.clicks("安排")
    city.shot("12-rounds")

    clerk.open(f"/school/batches/{batch}/sealing/")
    clerk.page.locator("[name=day]").select_option(index=1)
    clerk.page.locator("[name=half]").select_option(index=1)
    clerk.clicks("预约")
    clerk.sees("我校的预约")
    clerk.shot("12-appointment")

    sealer = Person(browser, stack.url, "sealer")
    sealer.open(f"/office/sealing/{batch}/")
    sealer.page.locator("[name=diplomas_counted]").fill(str(COUNT))
    supervisor = sealer.page.locator("[name=supervised_by] option", has_text="方慧").get_attribute("value")
    sealer.page.locator("[name=supervised_by]").select_option(supervisor)
    sealer.page.locator("[name=password]").fill(PASSWORD)
    sealer.shot("13-press")
    sealer.confirms("验印")
    sealer.sees("验印记录")
    sealer.shot("13-session")
    sealer.leaves()


def _public_check(stack: Stack, browser: Browser, number: str, name: str) -> None:
    """A stranger on a phone: the right name gets the minimum, anything else one and the same no."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
    page = context.new_page()
    answers = []
    for asked_number, asked_name in ((number, name), (number, "别人"), ("20190699999", name)):
        page.goto(f"{stack.url}/?n={asked_number}")
        page.fill("[name=number]", asked_number)
        page.fill("[name=name]", asked_name)
        page.get_by_role("button", name="查验").click()
        answers.append(page.locator("main").inner_text())
    assert "毕业证书有效" in answers[0]
    assert SCHOOL in answers[0]
    assert not re.search(r"\d{17}[\dX]", answers[0])
    assert answers[1] == answers[2]
    assert "毕业证书有效" not in answers[1]
    context.close()


def _duties(clerk: Person) -> None:
    """Ten working days begin to run for three things."""
    clerk.open("/school/duties/")
    expect(clerk.page.get_by_role("button", name="报备完成")).to_have_count(3)
    clerk.shot("14-duties")
    clerk.confirms("报备完成")
    expect(clerk.page.get_by_role("button", name="报备完成")).to_have_count(2)
