"""Numbers applied for, handbooks drawn, electronic files looked at: what is not processed as graduated is not sealed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from tests.e2e.conftest import Stack
from tests.e2e.files import cells_of, filled, pages_of
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
from tests.e2e.pages import Person, Visitor
from tests.e2e.town import PASSWORD

from xueji.core.facts import GraduateFacts
from xueji.demo.provinces import GUANGXI

COUNT = 38  # two groups of 19: one more than a page of 附件2 takes
HANDBOOKS = 2  # 5 % of 38 is 1.9
FILES = 4  # 10 % of 38 is 3.8
NOT_PROCESSED = -1  # of the list: still 在籍 in the national system
FORMS = {  # document -> pages: 附件2, 附件3 and 附件4 in three copies, 附件5 in one, the record of the check in two
    "qualification": 2 * 2 * 3,
    "audit_form": 3,
    "status_changes": 3,
    "college_list": 1,
    "spot_check": 2,
}


@pytest.mark.requirement(
    "S4-01", "S4-02", "S4-03", "S4-04", "S4-05", "S4-06", "S4-07", "S4-10", "S4-11", "S4-12", "S4-13", "S4-17"
)
def test_from_an_application_for_numbers_to_a_seal_that_one_graduate_is_refused(
    stack: Stack, browser: Browser, tmp_path: Path
) -> None:
    staff = {
        name: Person(browser, stack.url, f"gx_{name}")
        for name in ("school_clerk", "school_leader", "city", "citysecond", "province", "sealer")
    }
    walk(staff, browser, tmp_path)
    for person in staff.values():
        person.leaves()


def walk(staff: Mapping[str, Person], browser: Browser, folder: Path) -> None:
    """Take the school's list through the whole procedure, from an installation whose season is open and whose people are in."""
    people, workbook, photos = files_of(GUANGXI, "school", folder, count=COUNT)
    clerk = staff["school_clerk"]
    batch = open_batch(clerk)
    take_in(clerk, batch, workbook, photos)
    _file_receipt(staff["city"], folder)
    ranges = _apply_for_numbers(clerk, staff["school_leader"], staff["city"], staff["province"])
    numbers = _approve(clerk, staff["school_leader"], staff["city"], batch)
    assert (ranges[0][0], ranges[-1][1]) == (numbers[0], numbers[-1])

    _check_handbooks(staff["city"], staff["citysecond"], batch)
    _school_sees_the_check(clerk, batch)
    _import_files(clerk, batch, people, folder)
    _print_diplomas(clerk, batch)
    _print_forms(clerk, batch, folder)
    _appoint(staff["province"], clerk, batch)
    name = people[NOT_PROCESSED].name or ""
    _look_at_files(staff["sealer"], batch, name)
    refused = _seal(staff["sealer"], batch, name)
    _hand_out(clerk, batch)
    _strangers_ask(browser, clerk.url, clerk, batch, refused)


def _file_receipt(city: Person, folder: Path) -> None:
    """The city files 附件1 for its schools; long after the last day it is taken and marked so."""
    city.open("/desk/")
    city.page.get_by_role("link", name="验印回执").first.click()
    city.shot("gx-01-receipts")
    city.clicks("填报")
    city.page.locator("[name=contact_name]").fill("黄秀兰")
    city.page.locator("[name=contact_phone]").fill("0771-0000000")
    city.page.locator("[name=address]").fill("南宁市示范路 1 号（虚构）")
    expect(city.page.get_by_label("南宁示范中等职业学校 毕业生总数")).to_have_value(str(COUNT))
    city.fits_a_phone()
    city.shot("gx-01-receipt")
    city.clicks("报送")
    city.sees("已报送")
    city.sees("逾期报送")
    city.fits_a_phone()
    city.shot("gx-01-filed")
    assert pages_of(city.fetched("PDF", folder / "receipt.pdf")) == 1
    assert str(COUNT) in cells_of(city.fetched("Excel", folder / "receipt.xlsx"))


def _apply_for_numbers(clerk: Person, leader: Person, city: Person, province: Person) -> list[tuple[str, ...]]:
    """School, city and province agree to the head-counts; a range is granted for each group."""
    clerk.open("/school/numbers/")
    clerk.shot("gx-02-numbers")
    clerk.clicks("申请编号")
    clerk.fits_a_phone()
    clerk.shot("gx-02-application")
    page = clerk.page.url
    clerk.clicks("提交审核")
    clerk.sees("已提交")
    leader_agrees(leader)
    office_agrees(city)
    province.open("/office/numbers/")
    province.shot("gx-02-book-asked")
    province.sees("办理中的编号申请")
    office_agrees(province)
    province.open("/office/numbers/")
    province.fits_a_phone()
    province.shot("gx-02-book-granted")
    clerk.page.goto(page)
    clerk.fits_a_phone()
    clerk.shot("gx-02-granted")
    rows = clerk.page.locator("main td[data-label=起止]").all()
    ranges = [tuple(row.locator(".mono").all_inner_texts()) for row in rows]
    assert [len(span) for span in ranges] == [2, 2]
    return ranges


def _approve(clerk: Person, leader: Person, city: Person, batch: str) -> list[str]:
    """Leader and city approve the list; the numbers granted beforehand are given out in order."""
    submit(clerk, batch)
    leader_agrees(leader)
    office_agrees(city)
    numbers = numbers_on(clerk, batch)
    clerk.shot("gx-03-candidates")
    assert len(numbers) == COUNT
    assert all(re.fullmatch(r"桂教中专毕字（\d{4}）\d{6}", number) for number in numbers)
    assert sorted(numbers) == numbers
    return numbers


def _check_handbooks(city: Person, second: Person, batch: str) -> None:
    """Handbooks were drawn when the list was filed; one officer finds, another confirms."""
    city.open("/office/spot-checks/")
    city.fits_a_phone()
    city.shot("gx-04-spot-checks")
    city.open(f"/office/spot-checks/{batch}/")
    city.shot("gx-04-drawn")
    outcomes = city.page.locator("select[name^=outcome-]")
    expect(outcomes).to_have_count(HANDBOOKS)
    for choice in outcomes.all():
        choice.select_option("passed")
    city.clicks("登记核验情况")
    city.sees(f"已登记 {HANDBOOKS} 本")
    city.sees("请另一人登录后复核")
    city.fits_a_phone()
    city.shot("gx-04-recorded")
    second.open(f"/office/spot-checks/{batch}/")
    second.shot("gx-04-to-confirm")
    for box in second.page.locator("[name=item]").all():
        box.check()
    second.clicks("复核所选")
    second.sees(f"已复核 {HANDBOOKS} 本")
    second.fits_a_phone()
    second.shot("gx-04-confirmed")


def _school_sees_the_check(clerk: Person, batch: str) -> None:
    """The school reads what was found; anybody repeats the draw."""
    clerk.open(f"/school/batches/{batch}/comparison/")
    clerk.sees("核验通过")
    clerk.sees("各表相互一致")
    clerk.fits_a_phone()
    clerk.shot("gx-04-comparison")
    clerk.page.get_by_role("link", name="抽取办法和重算").click()
    for word in ("承诺值", "暗码", "名单值", "种子", "相符"):
        clerk.sees(word)
    expect(clerk.page.get_by_text("不符")).to_have_count(0)
    clerk.fits_a_phone()
    clerk.shot("gx-04-published")


def _import_files(clerk: Person, batch: str, people: Sequence[GraduateFacts], folder: Path) -> None:
    """What the national system says of everybody is imported; one is not processed there, and is told so at once."""
    clerk.open(f"/school/batches/{batch}/records/")
    clerk.shot("gx-05-records")
    clerk.open(f"/school/batches/{batch}/records/efile/")
    with clerk.page.expect_download() as download:
        clerk.page.get_by_role("link", name="下载模板").click()
    download.value.save_as(folder / "efile-template.xlsx")
    done = {"毕（结）业处理": "毕业", "处理日期": date.today().isoformat()}
    rows = [{"姓名": person.name, "身份证号码": person.resident_id} | done for person in people]
    rows[NOT_PROCESSED] |= {"毕（结）业处理": "在籍", "处理日期": ""}
    (folder / "efile.xlsx").write_bytes(filled(folder / "efile-template.xlsx", rows))
    clerk.page.set_input_files("[name=workbook]", folder / "efile.xlsx")
    clerk.fits_a_phone()
    clerk.shot("gx-05-upload")
    clerk.clicks("上传并检查")
    expect(clerk.page.get_by_text("检查发现")).to_be_visible(timeout=60_000)
    clerk.sees("没有错误，可以确认入库")
    clerk.sees("全国系统中为「在籍」")
    clerk.fits_a_phone()
    clerk.shot("gx-05-intake")
    clerk.clicks("确认入库")
    clerk.sees(f"已确认入库：{COUNT} 行")
    clerk.shot("gx-05-stored")
    clerk.open(f"/school/batches/{batch}/records/")
    clerk.sees("系统中尚未登记为毕业或结业（1 人）")
    clerk.sees(people[NOT_PROCESSED].name or "")
    clerk.fits_a_phone()
    clerk.shot("gx-05-recorded")


def _print_diplomas(clerk: Person, batch: str) -> None:
    """The school prints on its blanks and confirms every sheet."""
    register_printer(clerk, "教务处一号机")
    clerk.open(f"/school/batches/{batch}/printing/load/")
    clerk.page.locator("[name=printer]").select_option(index=1)
    clerk.fits_a_phone()
    clerk.shot("gx-06-load")
    clerk.clicks("装入并生成打印文件")
    expect(clerk.page).to_have_url(re.compile(r"/school/print-runs/\d+/"))
    expect(clerk.page.get_by_role("link", name=re.compile("第 1–"))).to_be_visible(timeout=60_000)
    clerk.page.locator("[name=first]").fill("1")
    clerk.page.locator("[name=last]").fill(str(COUNT))
    clerk.page.locator("form:has(input[value=range]) button").click()
    clerk.sees(f"已确认完好 {COUNT} 张")
    clerk.fits_a_phone()
    clerk.shot("gx-06-run")


def _print_forms(clerk: Person, batch: str, folder: Path) -> None:
    """Every form of the notice is made in the print centre and downloaded, on paper and as a workbook."""
    address = f"/school/batches/{batch}/printing/"
    clerk.open(address)
    offered = [box.get_attribute("value") or "" for box in clerk.page.locator("main [name=document]").all()]
    wanted = [key for key in offered if key.split(".")[0] in FORMS]
    assert {key for key in wanted if "." not in key} == set(FORMS)
    clerk.shot("gx-07-centre")
    for key in wanted:
        clerk.page.locator(f"form:has(input[value='{key}'])").get_by_role("button").click()
        clerk.open(address)
    made = clerk.page.get_by_role("link", name="下载", exact=True)
    expect(made).to_have_count(len(wanted), timeout=60_000)
    clerk.fits_a_phone()
    clerk.shot("gx-07-made")
    links = [link.get_attribute("href") or "" for link in reversed(made.all())]  # the latest stands first
    kept = {key: clerk.download(link, folder / key) for key, link in zip(wanted, links, strict=True)}
    assert {key: pages_of(kept[key]) for key in FORMS} == FORMS
    listed = [cell for cell in cells_of(kept["qualification.xlsx"]) if re.fullmatch(r"\d{17}[\dX]", cell)]
    assert len(set(listed)) == COUNT


def _appoint(province: Person, clerk: Person, batch: str) -> None:
    """The province arranges a round around today; the school takes half a day of it."""
    today = date.today()
    province.open("/office/rounds/")
    province.page.locator("[name=place]").fill("教育厅办公楼")
    province.page.locator("[name=schools_per_half_day]").fill("4")
    province.page.locator("[name=opens_on]").fill((today - timedelta(days=1)).isoformat())
    province.page.locator("[name=closes_on]").fill((today + timedelta(days=18)).isoformat())
    province.clicks("安排")
    province.sees("已安排")
    province.fits_a_phone()
    province.shot("gx-08-round")
    clerk.open(f"/school/batches/{batch}/sealing/")
    clerk.page.locator("[name=day]").select_option(index=1)
    clerk.page.locator("[name=half]").select_option(index=1)
    clerk.clicks("预约")
    clerk.sees("我校的预约")
    clerk.fits_a_phone()
    clerk.shot("gx-08-appointment")


def _look_at_files(sealer: Person, batch: str, unprocessed: str) -> None:
    """Files are drawn once by lot and looked at, one by one."""
    sealer.open(f"/office/sealing/{batch}/")
    sealer.fits_a_phone()
    sealer.shot("gx-09-before")
    sealer.confirms("抽取")
    drawn = sealer.page.locator("select[name^=outcome-]")
    expect(drawn).to_have_count(FILES)
    for item in drawn.all():
        is_processed = unprocessed not in (item.get_attribute("aria-label") or "")
        item.select_option("passed" if is_processed else "failed")
    sealer.clicks("登记核查结果")
    sealer.sees(f"已登记 {FILES} 份核查结果")
    sealer.fits_a_phone()
    sealer.shot("gx-09-looked-at")


def _seal(sealer: Person, batch: str, unprocessed: str) -> str:
    """Papers ticked off, diplomas counted, two persons; return the number that gets no seal."""
    sealer.page.locator("[name=diplomas_counted]").fill(str(COUNT))
    sealer.page.locator("[name=supervised_by]").select_option(label="梁启德")
    sealer.page.locator("[name=password]").fill(PASSWORD)
    sealer.confirms("验印")
    sealer.sees("材料不全")
    sealer.shot("gx-09-materials")
    for box in sealer.page.locator("[name=material]").all():
        box.check()
    sealer.page.locator("[name=password]").fill(PASSWORD)
    row = sealer.page.locator("tr", has=sealer.page.get_by_text("学籍系统中尚未做毕业处理"))
    expect(row).to_contain_text(unprocessed)
    refused = row.locator("td").first.inner_text().strip()
    sealer.confirms("验印")
    sealer.sees(f"已验印 {COUNT - 1} 本，不予验印 1 本")
    sealer.sees(refused)
    sealer.sees("学籍系统中尚未做毕业处理")
    sealer.fits_a_phone()
    sealer.shot("gx-09-session")
    return refused


def _hand_out(clerk: Person, batch: str) -> None:
    clerk.open(f"/school/batches/{batch}/hand-out/")
    clerk.sees("学籍系统中尚未做毕业处理")  # beside the one that was refused
    clerk.fits_a_phone()
    clerk.shot("gx-10-hand-out")
    clerk.confirms("全部发放给本人")
    clerk.sees(f"已发放 {COUNT - 1} 本")
    clerk.shot("gx-10-handed")
    clerk.open(f"/school/batches/{batch}/")
    clerk.shot("gx-10-batch")


def _strangers_ask(browser: Browser, url: str, clerk: Person, batch: str, refused: str) -> None:
    """A sealed one is confirmed with its name only; the refused one is not valid."""
    clerk.open(f"/school/batches/{batch}/candidates/")
    header = clerk.page.locator("main thead th").all_inner_texts()
    rows = [row.locator("td").all_inner_texts() for row in clerk.page.locator("main tbody tr").all()]
    names = {row[header.index("证书编号")].strip(): row[header.index("姓名")].strip() for row in rows}
    good = next(number for number in names if number != refused)
    sealed, stranger, unsealed = ask(browser, url, [(good, names[good]), (good, "别人"), (refused, names[refused])])
    assert "毕业证书有效" in sealed
    assert "毕业证书有效" not in stranger
    assert "尚未生效" in unsealed
    visitor = Visitor(browser, url)
    visitor.open("/spot-checks/")
    visitor.sees("南宁示范中等职业学校")
    visitor.fits_a_phone()
    visitor.shot("gx-11-public-draws")
    visitor.leaves()
