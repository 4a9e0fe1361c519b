"""What is not the straight path: corrections, returns and refusals, measures, the calendar. Each in a school of its own."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from tests.e2e import files
from tests.e2e.acts import PDF, attach, batch_of, decide_at_office, decide_at_school, find_step, press, submit
from tests.e2e.conftest import Stack
from tests.e2e.pages import Person
from tests.e2e.suburbs import COUNT, SUBURBS
from tests.e2e.town import season_year


def _staff(stack: Stack, browser: Browser, *usernames: str) -> list[Person]:
    return [Person(browser, stack.url, username) for username in usernames]


@pytest.mark.requirement("S1-07")
def test_wrong_name_is_corrected_before_the_batch_goes_on(stack: Stack, browser: Browser) -> None:
    suburb = SUBURBS["correction"]
    wrong = suburb.graduates()[2].name
    clerk, leader, county, city = _staff(
        stack, browser, "clerk.correction", "leader.correction", "county.correction", "city.east"
    )
    batch = batch_of(clerk)
    clerk.open(f"/school/batches/{batch}/candidates/")
    clerk.page.get_by_role("link", name=wrong).click()
    candidate = clerk.page.url
    clerk.clicks("申请更正")
    clerk.clicks("下一步：上传材料")
    expect(clerk.page.locator("[name=document_number]:invalid")).to_have_count(1)  # nothing is filed without a document
    clerk.page.locator("[name=name]").fill("欧阳更名")
    clerk.page.locator("[name=document_number]").fill("东一校字〔2026〕7号")
    clerk.page.locator("[name=reason]").fill("户口簿登记姓名与录取名册不一致")
    clerk.shot("20-change-new")
    clerk.clicks("下一步：上传材料")
    clerk.sees("还没有上传材料")
    expect(clerk.page.get_by_role("button", name="提交审核")).to_be_disabled()
    attach(clerk, "户口簿", "户口簿.pdf", PDF)
    attach(clerk, "身份证复印件", "身份证.jpg", files.portrait(7, 300, "女"))
    clerk.shot("20-change-evidence")
    clerk.clicks("提交审核")
    clerk.sees("已提交，等待学校负责人审核")

    submit(clerk, batch)
    clerk.sees("1 人的信息更正尚未办结")
    clerk.sees("依据：渭教职成〔2019〕22号")
    clerk.shot("20-gate")

    leader.open("/desk/")
    leader.page.locator("main a[href*='/school/steps/']").first.click()
    leader.shot("20-change-leader")
    decide_at_school(leader)
    find_step(county, suburb.school)
    county.sees("欧阳更名")
    county.shot("20-change-county")
    decide_at_office(county, suburb.school, "同意", "已核对户口簿原件")
    decide_at_office(city, suburb.school, "同意")

    clerk.page.goto(candidate)
    expect(clerk.page.get_by_role("heading", name="欧阳更名")).to_be_visible()
    applied = clerk.page.locator(".timeline li", has_text="李东升").first
    expect(applied).to_contain_text(date.today().isoformat()[:4])
    expect(applied).to_contain_text("渭南市")
    clerk.shot("20-candidate-corrected")
    submit(clerk, batch)
    clerk.sees("已提交，等待学校负责人审核")
    for person in (clerk, leader, county, city):
        person.leaves()


@pytest.mark.requirement("S1-14")
def test_single_graduates_are_returned_refused_and_argued_for(stack: Stack, browser: Browser, tmp_path: Path) -> None:
    suburb = SUBURBS["returns"]
    people = suburb.graduates()
    clerk, leader, county, city, cityleader = _staff(
        stack, browser, "clerk.returns", "leader.returns", "county.returns", "city.east", "cityleader.east"
    )
    batch = batch_of(clerk)
    _mark(county, suburb.school, people[1].name, "姓名用字与身份证不符", "标注退回")
    _mark(county, suburb.school, people[4].name, "未完成顶岗实习", "标注退回")
    county.shot("21-marks")
    decide_at_office(county, suburb.school, "退回", "两名毕业生须更正，见名单标注")

    clerk.open(f"/school/batches/{batch}/")
    clerk.sees("有 2 名毕业生被标注退回")
    clerk.shot("21-returned")
    clerk.open(f"/school/batches/{batch}/candidates/?state=marked")
    clerk.sees("姓名用字与身份证不符")
    clerk.shot("21-marked")
    clerk.page.get_by_label(people[4].name, exact=True).check()
    clerk.clicks("退出本批次")
    clerk.shot("21-withdraw")
    clerk.dialog.locator("[name=reason]").fill("实习未完成，转下届办理")
    clerk.dialog.get_by_role("button", name="确认退出").click()
    clerk.dialog.last.locator("button.danger").click()
    clerk.sees("已让 1 名毕业生退出本批次")
    _upload_corrected(clerk, batch, people, tmp_path)
    submit(clerk, batch)
    clerk.sees("已提交，等待学校负责人审核")

    decide_at_school(leader)
    decide_at_office(county, suburb.school, "同意")
    _mark(city, suburb.school, people[0].name, "未查询到学籍注册信息", "不予通过")
    city.shot("21-refused")
    decide_at_office(city, suburb.school, "同意")

    clerk.open(f"/school/batches/{batch}/candidates/")
    clerk.shot("21-numbered")
    numbers = sorted(int(n) for n in re.findall(r"\b20\d{9}\b", clerk.page.locator("main table").inner_text()))
    assert numbers == list(range(numbers[0], numbers[0] + COUNT - 2))

    late = _argue(clerk, leader, county, city, cityleader, batch, people[0].name)
    clerk.open(f"/school/batches/{late}/candidates/")
    expect(clerk.page.locator("main tbody tr")).to_have_count(1)
    clerk.sees(people[0].name)
    clerk.shot("21-late")
    for person in (clerk, leader, county, city, cityleader):
        person.leaves()


def _mark(officer: Person, school: str, name: str, reason: str, act: str) -> None:
    """Mark or refuse one graduate on the list of a step."""
    find_step(officer, school)
    officer.clicks("毕业生名单")
    officer.page.get_by_label(name, exact=True).check()
    officer.page.get_by_role("button", name=re.compile("^标注退回.*…$")).click()
    officer.dialog.locator("[name=reason]").fill(reason)
    officer.shot("21-mark-dialog")
    officer.dialog.get_by_role("button", name=act).click()
    if act == "不予通过":
        officer.sees(f"1 人：{name}")
        officer.shot("21-refuse-question")
        officer.clicks("确认不予通过")
    done = "已标注退回" if act == "标注退回" else "审核不通过"
    officer.sees(f"{done} 1 名毕业生（{name}）：{reason}")


def _upload_corrected(clerk: Person, batch: str, people: list[files.Graduate], folder: Path) -> None:
    """Send the list again without the one who left and with the right name of the other."""
    with clerk.page.expect_download() as download:
        clerk.page.goto(f"{clerk.url}/school/batches/{batch}/upload/")
        clerk.page.get_by_role("link", name=re.compile("下载.*模板")).first.click()
    template = folder / "template.xlsx"
    download.value.save_as(template)
    kept = [person for n, person in enumerate(people) if n != 4]
    workbook = files.workbook(
        template, kept, year=season_year(date.today()),
        change=lambda n, header, value: "测正名" if (n, header) == (1, "姓名") else value,
    )  # fmt: skip
    clerk.page.set_input_files(
        "[name=workbook]", {"name": "名册.xlsx", "mimeType": "application/octet-stream", "buffer": workbook}
    )
    clerk.page.set_input_files(
        "[name=photos]", {"name": "照片.zip", "mimeType": "application/zip", "buffer": files.photos(kept)}
    )
    clerk.clicks("上传并检查")
    expect(clerk.page.get_by_text("没有错误，可以确认入库")).to_be_visible(timeout=60_000)
    clerk.shot("21-reupload")
    clerk.clicks("确认入库")
    expect(clerk.page).to_have_url(re.compile(rf"/school/batches/{batch}/"))


def _argue(
    clerk: Person, leader: Person, county: Person, city: Person, cityleader: Person, batch: str, name: str
) -> str:
    """Report a refused graduate by formal document through all hands; return the id of the batch that takes them in."""
    school = SUBURBS["returns"].school
    clerk.open(f"/school/batches/{batch}/")
    clerk.clicks("发起特殊原因报告")
    clerk.page.locator("[name=document_number]").fill("东二校字〔2026〕9号")
    clerk.page.get_by_label(name, exact=True).check()
    clerk.page.get_by_label(f"{name} 原因类别").select_option(index=1)
    clerk.page.get_by_label(f"{name} 说明").fill("转学手续当年已批，系统未同步")
    clerk.shot("22-special-new")
    clerk.clicks("下一步：上传正式文件和材料")
    attach(clerk, "正式文件", "报告.pdf", PDF)
    clerk.clicks("提交审核")
    clerk.sees("已提交，等待学校负责人审核")
    decide_at_school(leader)
    decide_at_office(county, school, "同意")
    find_step(city, school)
    city.shot("22-special-city")
    decide_at_office(city, school, "同意", "材料属实")
    decide_at_office(cityleader, school, "同意", "准予补验印")
    clerk.page.reload()
    clerk.shot("22-special-done")
    clerk.open("/school/batches/")
    clerk.sees("补验印")
    clerk.shot("22-batches")
    return batch_of(clerk)


@pytest.mark.requirement("S1-17")
def test_deferred_school_is_not_sealed_until_the_measure_is_lifted(stack: Stack, browser: Browser) -> None:
    suburb = SUBURBS["deferral"]
    clerk, city, cityleader, sealer = _staff(
        stack, browser, "clerk.deferral", "city.east", "cityleader.east", "sealer.east"
    )
    batch = batch_of(clerk)
    _arrange_round(city)
    cityleader.open("/office/sanctions/")
    cityleader.page.locator("[name=school]").select_option(label=suburb.school)
    cityleader.page.locator("[name=kind]").select_option(label="暂缓验印")
    cityleader.page.locator("[name=document_number]").fill("东教职〔2026〕3号")
    cityleader.page.locator("[name=reason]").fill("毕业生数据弄虚作假，限期整改")
    cityleader.confirms("作出处理")
    cityleader.sees("已对")
    cityleader.shot("23-sanction")

    _book(clerk, batch)
    clerk.sees("暂缓验印：毕业生数据弄虚作假")
    clerk.sees("依据：渭教职成〔2019〕22号")
    clerk.shot("23-booking-refused")
    press(sealer, batch)
    sealer.sees("暂缓验印：毕业生数据弄虚作假")
    sealer.sees("依据：渭教职成〔2019〕22号")
    sealer.shot("23-press-refused")

    cityleader.clicks("解除")
    cityleader.dialog.locator("[name=reason]").fill("整改到位")
    cityleader.shot("23-lift")
    cityleader.dialog.get_by_role("button", name="确认解除").click()
    cityleader.sees("已解除")
    _book(clerk, batch)
    clerk.sees("预约成功")
    press(sealer, batch)
    sealer.sees("验印记录")
    clerk.open(f"/school/batches/{batch}/")
    clerk.sees("还有 3 项验印后事项")
    for person in (clerk, city, cityleader, sealer):
        person.leaves()


def _arrange_round(city: Person) -> None:
    today = date.today()
    city.open("/office/rounds/")
    city.page.locator("[name=place]").fill("东府市教育局职成科")
    city.page.locator("[name=opens_on]").fill((today - timedelta(days=1)).isoformat())
    city.page.locator("[name=closes_on]").fill((today + timedelta(days=9)).isoformat())
    city.clicks("安排")
    city.sees("已安排")
    city.shot("23-round")


def _book(clerk: Person, batch: str) -> None:
    clerk.open(f"/school/batches/{batch}/sealing/")
    clerk.page.locator("[name=day]").select_option(index=1)
    clerk.page.locator("[name=half]").select_option(index=1)
    clerk.clicks("预约")


def test_declared_days_move_due_dates(stack: Stack, browser: Browser) -> None:
    """A holiday on a working day of the term puts it off; a make-up day brings it back."""
    school = SUBURBS["calendar"].school
    county, city = _staff(stack, browser, "county.calendar", "city.east")
    before = _due_of(county, school)
    day = date.today() + timedelta(days=1)
    while day.weekday() > 4:
        day += timedelta(days=1)
    _declare(city, day, "放假", "国办发明电〔2026〕9号")
    city.sees("项期限随之改变")
    city.shot("24-calendar")
    put_off = _due_of(county, school)
    assert put_off > before
    saturday = day + timedelta(days=5 - day.weekday())
    if saturday <= put_off:
        _declare(city, saturday, "调休上班", "国办发明电〔2026〕9号")
        assert _due_of(county, school) <= put_off
    county.shot("24-queue")

    year = int(re.search(r"已公布到 (\d{4}) 年", city.page.locator("main").inner_text())[1]) + 1
    city.open(f"/office/calendar/?year={year}")
    city.sees(f"{year} 年的放假通知还没有登记")
    city.sees("暂定")
    city.shot("24-provisional")
    city.page.locator("[name=notice]").fill("国办发明电〔2034〕7号")
    city.page.locator("form", has=city.page.locator("[name=notice]")).get_by_role("button", name="登记").click()
    city.sees(f"已登记 {year} 年放假通知")
    expect(city.page.get_by_text("放假通知还没有登记")).to_have_count(0)
    for person in (county, city):
        person.leaves()


def _due_of(officer: Person, school: str) -> date:
    officer.open(f"/office/queue/?q={school}")
    row = officer.page.locator("main tbody tr", has_text=school)
    return date.fromisoformat(re.search(r"\d{4}-\d{2}-\d{2}", row.inner_text())[0])


def _declare(city: Person, day: date, kind: str, note: str) -> None:
    city.open("/office/calendar/")
    city.page.locator("[name=day]").fill(day.isoformat())
    city.page.locator("[name=kind]").select_option(label=kind)
    city.page.locator("[name=note]").fill(note)
    city.page.locator("form", has=city.page.locator("[name=day]")).get_by_role("button", name="登记").click()
    city.sees(f"已登记 {day:%Y-%m-%d} {kind}")
