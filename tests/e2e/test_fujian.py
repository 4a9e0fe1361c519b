"""A technician school on numbered blanks: request, draw, print, spoil, reprint, seal, and no diploma without the vocational certificate."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
import xlsxwriter
from playwright.sync_api import Browser, expect
from tests.e2e.conftest import Stack
from tests.e2e.jurisdictions import (
    ask,
    files_of,
    leader_agrees,
    numbers_on,
    office_agrees,
    open_batch,
    submit,
    take_in,
)
from tests.e2e.pages import Person
from tests.e2e.town import PASSWORD

from xueji.core.facts import GraduateFacts
from xueji.demo.provinces import FUJIAN

COUNT = 12
LEVELS = {"中级技工班": "中级工", "高级工班": "高级工"}


@pytest.mark.requirement("S3-02", "S3-03", "S3-04", "S3-05", "S3-10", "S3-13", "S3-15", "S3-16", "S3-22", "S3-23")
def test_from_a_blank_in_the_safe_to_a_diploma_handed_out(stack: Stack, browser: Browser, tmp_path: Path) -> None:
    people, workbook, photos = files_of(FUJIAN, "school", tmp_path, count=COUNT)
    clerk, leader, city, province = (
        Person(browser, stack.url, f"fj_{name}") for name in ("school_clerk", "school_leader", "city", "province")
    )
    _stock_comes_in(stack, browser)
    _ask_for_blanks(clerk, leader, province)
    _hand_out_blanks(stack, browser)
    _sign_for_blanks(clerk)

    batch = open_batch(clerk)
    take_in(clerk, batch, workbook, photos)
    submit(clerk, batch)
    leader_agrees(leader)
    office_agrees(city)
    numbers = numbers_on(clerk, batch)
    assert all(re.fullmatch(r"350213\d{4}[23](0101|0302)\d{4}", number) for number in numbers), numbers

    _calibrate(clerk)
    _print_and_spoil(clerk, batch)
    _print_again_after_the_case(clerk, leader, city, batch)
    _spoiled_one_goes_back(stack, browser, clerk)
    _seal(stack, browser, clerk, province, batch)
    withheld = people[1]
    _vocational(clerk, batch, [person for person in people if person is not withheld], tmp_path)
    _hand_out(clerk, batch, withheld.name or "")
    _vocational(clerk, batch, people, tmp_path)
    _hand_out_rest(clerk, batch)
    by_name = {person.name: number for person, number in zip(_roster_order(people), numbers, strict=True)}
    found, no = ask(browser, stack.url, [(by_name[withheld.name], withheld.name or ""), (numbers[0], "别人")])
    assert "毕业证书有效" in found
    assert "毕业证书有效" not in no
    for person in (clerk, leader, city, province):
        person.leaves()


def _roster_order(people: Sequence[GraduateFacts]) -> list[GraduateFacts]:
    return sorted(people, key=lambda person: person.programme or "")


def _at_desk(person: Person, act: str, serials: str) -> None:
    """Say which sheets, press the button of the act, confirm, and read that it is done."""
    person.page.locator("main textarea[name=serials]").fill(serials)
    person.confirms(act)
    expect(person.page.locator(".alert.success").first).to_be_visible()


def _stock_comes_in(stack: Stack, browser: Browser) -> None:
    """The keeper takes 100 blanks from the printing house; she may not hand them out."""
    keeper = Person(browser, stack.url, "fj_keeper")
    keeper.open("/office/blanks/intake/?act=receive&kind=technical_school")
    keeper.page.locator("[name=reason]").fill("印刷厂送货单 2026-01")
    keeper.shot("fj-01-receive")
    _at_desk(keeper, "入库", "C00001001-C00001100")
    keeper.open("/office/blanks/?serial=C00001001")
    keeper.sees("印刷厂送货单 2026-01")
    keeper.shot("fj-01-blanks")
    keeper.leaves()


def _ask_for_blanks(clerk: Person, leader: Person, province: Person) -> None:
    clerk.open("/school/blanks/requests/new/")
    clerk.page.locator("[name=kind]").select_option(label="技工学校毕业证书")
    clerk.page.locator("[name=term]").select_option("autumn")
    clerk.page.locator("[name=count]").fill("20")
    clerk.page.locator("[name=reason]").fill("本届 12 人，另备损坏补打")
    clerk.clicks("建立申领")
    clerk.shot("fj-02-request")
    clerk.clicks("提交")
    leader_agrees(leader)
    office_agrees(province)


def _hand_out_blanks(stack: Stack, browser: Browser) -> None:
    issuer = Person(browser, stack.url, "fj_issuer")
    issuer.open("/office/blanks/issuing/")
    issuer.shot("fj-03-issuing")
    issuer.page.locator("main a[data-row]").first.click()
    issuer.page.locator("main textarea[name=serials]").fill("C00001001-C00001020")
    issuer.shot("fj-03-draw")
    issuer.confirms("发放")
    issuer.sees("等待学校签收")
    issuer.leaves()


def _sign_for_blanks(clerk: Person) -> None:
    clerk.open("/school/blanks/desk/?act=confirm&kind=technical_school")
    clerk.shot("fj-04-sign")
    _at_desk(clerk, "签收", "C00001001-C00001020")
    clerk.open("/school/blanks/")
    clerk.shot("fj-04-blanks")


def _calibrate(clerk: Person) -> None:
    clerk.open("/school/printers/")
    clerk.page.locator("main [name=name]").fill("喷墨一号机")
    clerk.clicks("登记")
    labels = ("左上十字 · 横向", "左上十字 · 纵向", "右下十字 · 横向", "右下十字 · 纵向")
    nominal = re.findall(r"（(\d+)，(\d+)）", clerk.page.locator("main").inner_text())
    values = [float(text) for pair in nominal[:2] for text in pair]
    for label, value in zip(labels, values, strict=True):
        clerk.page.get_by_label(label).fill(f"{value + 0.3:.1f}")
    clerk.clicks("计算并保存")
    clerk.shot("fj-05-printer")


def _load(clerk: Person, batch: str, serials: str) -> None:
    clerk.open(f"/school/batches/{batch}/printing/load/")
    clerk.page.locator("[name=printer]").select_option(index=1)
    clerk.page.locator("textarea[name=serials]").fill(serials)
    clerk.shot("fj-06-load")
    clerk.clicks("装入并生成打印文件")
    expect(clerk.page).to_have_url(re.compile(r"/school/print-runs/\d+/"))
    expect(clerk.page.get_by_role("link", name=re.compile("第 1–"))).to_be_visible(timeout=60_000)


def _print_and_spoil(clerk: Person, batch: str) -> None:
    """Twelve sheets are loaded; the third jams. Printing it again needs a case first."""
    _load(clerk, batch, "C00001001-C00001012")
    clerk.shot("fj-06-run")
    clerk.page.locator("[name=sheet]").fill("C00001003")
    clerk.page.locator("form:has(input[value=spoil]) [name=reason]").fill("卡纸")
    clerk.page.locator("form:has(input[value=spoil]) button").click()
    clerk.dialog.locator("button.danger").last.click()
    if clerk.dialog.count():
        clerk.dialog.locator("button.primary, button.danger").last.click()
    clerk.page.locator("form:has(input[value=scan]) [name=serials]").fill("C00001001-C00001002, C00001004-C00001012")
    clerk.page.locator("form:has(input[value=scan]) button").click()
    clerk.sees("完好")
    clerk.shot("fj-06-spoiled")


def _print_again_after_the_case(clerk: Person, leader: Person, city: Person, batch: str) -> None:
    clerk.open(f"/school/batches/{batch}/reprint/")
    clerk.page.locator("main tbody input[name=ids]").first.check()
    clerk.page.locator("main [name=reason]").fill("打印时卡纸，纸面破损")
    clerk.shot("fj-07-reprint")
    clerk.clicks("提交重打申请")
    leader_agrees(leader)
    office_agrees(city)
    _load(clerk, batch, "C00001013")
    clerk.page.locator("form:has(input[value=scan]) [name=serials]").fill("C00001013")
    clerk.page.locator("form:has(input[value=scan]) button").click()
    clerk.sees("完好")


def _spoiled_one_goes_back(stack: Stack, browser: Browser, clerk: Person) -> None:
    """The spoiled sheet is returned, stamped void and kept; its serial tells the whole way."""
    clerk.open("/school/blanks/desk/?act=return&kind=technical_school")
    _at_desk(clerk, "缴回损坏证书", "C00001003")
    keeper = Person(browser, stack.url, "fj_voidkeeper")
    keeper.open("/office/blanks/void/?act=stamp&kind=technical_school")
    keeper.page.locator("[name=reason]").fill("三号柜")
    _at_desk(keeper, "盖作废章保存", "C00001003")
    keeper.open("/office/blanks/?serial=C00001003")
    for word in ("作废", "喷墨一号机", "三号柜"):
        if word != "喷墨一号机":
            keeper.sees(word)
    keeper.shot("fj-08-trail")
    keeper.open("/office/balance/")
    keeper.shot("fj-08-balance")
    keeper.leaves()


def _seal(stack: Stack, browser: Browser, clerk: Person, province: Person, batch: str) -> None:
    today = date.today()
    province.open("/office/rounds/")
    province.page.locator("[name=place]").fill("省厅技工教育中心")
    province.page.locator("[name=schools_per_half_day]").fill("4")
    province.page.locator("[name=opens_on]").fill((today - timedelta(days=1)).isoformat())
    province.page.locator("[name=closes_on]").fill((today + timedelta(days=9)).isoformat())
    province.clicks("安排")
    clerk.open(f"/school/batches/{batch}/sealing/")
    clerk.page.locator("[name=day]").select_option(index=1)
    clerk.page.locator("[name=half]").select_option(index=1)
    clerk.clicks("预约")
    sealer = Person(browser, stack.url, "fj_sealer")
    sealer.open(f"/office/sealing/{batch}/")
    for box in sealer.page.locator("[name=material]").all():
        box.check()
    sealer.page.locator("[name=diplomas_counted]").fill(str(COUNT))
    supervisor = sealer.page.locator("[name=supervised_by] option", has_text="郑雅琴").get_attribute("value")
    sealer.page.locator("[name=supervised_by]").select_option(supervisor)
    sealer.page.locator("[name=password]").fill(PASSWORD)
    sealer.shot("fj-09-press")
    sealer.confirms("验印")
    sealer.sees("验印记录")
    sealer.leaves()


def _vocational(clerk: Person, batch: str, people: Sequence[GraduateFacts], folder: Path) -> None:
    """Import the vocational certificates of these graduates."""
    path = folder / f"vocational-{len(people)}.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["姓名", "身份证号", "职业（工种）", "等级", "证书编号", "发证日期"])
        for row, person in enumerate(people, start=1):
            level = LEVELS[person.details["graduate_level"]]
            number = f"2613{(person.resident_id or '')[-12:-1]}"
            sheet.write_row(row, 0, [person.name, person.resident_id, person.programme, level, number, "2026-06-20"])
    clerk.open(f"/school/batches/{batch}/records/vocational/")
    clerk.page.set_input_files("[name=workbook]", path)
    clerk.clicks("上传并检查")
    expect(clerk.page.get_by_text("检查发现")).to_be_visible(timeout=60_000)
    clerk.shot("fj-10-vocational")
    clerk.clicks("确认入库")
    expect(clerk.page).not_to_have_url(re.compile(r"record-intakes?/"))


def _hand_out(clerk: Person, batch: str, withheld: str) -> None:
    clerk.open(f"/school/batches/{batch}/hand-out/")
    clerk.confirms("全部发放给本人")
    clerk.sees("本批次未发放 1 本")
    clerk.sees(withheld)
    clerk.shot("fj-11-withheld")


def _hand_out_rest(clerk: Person, batch: str) -> None:
    clerk.open(f"/school/batches/{batch}/hand-out/?show=waiting")
    clerk.confirms("全部发放给本人")
    clerk.open(f"/school/batches/{batch}/")
    clerk.shot("fj-12-batch")
