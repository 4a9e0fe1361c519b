"""A graduate on a phone: from the guide to the receipt with photographed papers; one letter answered; an officer agrees."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from tests.e2e.conftest import Stack
from tests.e2e.pages import Person, Visitor
from tests.factories.applications import picture

from xueji.core.identifiers import check_character
from xueji.demo.provinces import HENAN

WIDTH, PHONE, NAME = 390, "13955512345", "郝丢证"
SCHOOL = next(school.name for school in HENAN.schools if school.key == "direct")
NUMBER = "41010219851208332" + check_character("41010219851208332")
GUIDE = (
    "/services/?procedure=replacement&pack=edu/henan&category=普通中专&diploma=lost&place=410100&entered=2009-09"
    "&graduated=2012-07&programme=计算机应用&duration_years=3&admission_form=held&school_status=operating"
)


@pytest.mark.requirement("S0-01", "S0-08", "S0-16", "S0-17", "S0-18", "S0-19", "S0-20")
def test_from_the_guide_over_a_letter_to_the_approval_on_a_phone(
    stack: Stack, browser: Browser, tmp_path: Path
) -> None:
    graduate = Visitor(browser, stack.url, width=WIDTH)
    for page in ("/", "/services/", "/accounts/login/"):
        graduate.open(page)
        graduate.reads_well()
    graduate.open(GUIDE)
    graduate.reads_well()
    graduate.clicks("在线办理")
    graduate.reads_well()
    _signs_in(stack, browser, graduate)
    graduate.sees("不用再填一遍")
    graduate.clicks("开始填写")
    graduate.sees("还有")
    graduate.reads_well()
    graduate.shot("ap-01-tasks")
    _states(graduate)
    for paper, is_portrait in (("身份证", False), ("毕业证明", False), ("相片", True)):
        _photographs(graduate, paper, tmp_path, is_portrait=is_portrait)
    graduate.clicks("检查并提交")
    graduate.sees("还差 1 项")
    graduate.reads_well()
    graduate.shot("ap-02-missing")
    graduate.page.locator("a.task", has_text="身份").click()
    graduate.reads_well()
    graduate.page.fill("[name=name]", NAME)
    graduate.page.fill("[name=number]", NUMBER)
    graduate.clicks("核验")
    graduate.sees("身份已经核验")
    graduate.confirms("提交申请")
    expect(graduate.page).to_have_url(re.compile(r"/receipt/$"))
    receipt = graduate.page.locator(".receipt .number").inner_text()
    graduate.reads_well()
    graduate.shot("ap-03-receipt")
    graduate.page.get_by_role("link", name="查看进度").last.click()
    graduate.sees("正在等")
    for page in ("/my/", "/my/account/"):
        graduate.open(page)
        graduate.reads_well()

    officer = Person(browser, stack.url, "ha_province")
    _reviews(officer, receipt, wanting="id_card")
    _answers(graduate, tmp_path)
    _reviews(officer, receipt)
    graduate.open("/my/")
    graduate.sees("已同意")
    graduate.open("/my/messages/")
    graduate.sees("申请已同意")
    graduate.reads_well()
    officer.leaves()
    graduate.leaves()


def _reviews(officer: Person, receipt: str, wanting: str = "") -> None:
    """Go through every check; one may be wanting: then all the rest is in order, and the outcome is a letter."""
    officer.open("/office/queue/")
    officer.page.locator("main tr", has_text=NAME).locator("a[href*='/office/steps/']").first.click()
    officer.sees(f"学历证明书 {receipt}")
    officer.page.get_by_role("link", name="逐项审验").first.click()
    for result in officer.page.locator("select[name^=result-]").all():
        result.select_option("sound")
    if wanting:
        officer.page.locator(f"select[name=result-{wanting}]").select_option("curable")
        officer.page.fill(f"[name=remark-{wanting}]", "照片反光，看不清住址，请重新拍摄")
    officer.shot("ap-04-review")
    officer.clicks("提交审验结果")
    officer.page.locator("main button[name=confirmed]").click()
    expect(officer.page).to_have_url(re.compile(r"/office/queue/"))


def _answers(graduate: Visitor, folder: Path) -> None:
    """Take the picture that is asked for again, where it is asked for, and send the letter back."""
    graduate.open("/my/")
    graduate.page.locator("a.task", has_text="要您补正").click()
    graduate.sees("0 / 1 项已办")
    graduate.sees("照片反光，看不清住址")
    graduate.fits()
    graduate.shot("ap-05-letter")
    file = folder / "again.jpg"
    file.write_bytes(picture(seed=7))
    graduate.page.locator("#id_camera1").set_input_files(file)
    graduate.sees("已选 1 张")
    graduate.page.get_by_role("button", name="上传", exact=True).first.click()
    graduate.sees("1 / 1 项已办")
    graduate.fits()
    graduate.shot("ap-06-answered")
    graduate.confirms("提交补正")
    graduate.sees("补正材料已经提交")
    graduate.sees("正在等")
    graduate.fits()
    graduate.shot("ap-07-sent-back")


def _signs_in(stack: Stack, browser: Browser, graduate: Visitor) -> None:
    """The phone is played by the page of messages that a trial has."""
    graduate.page.fill("[name=phone]", PHONE)
    graduate.clicks("获取验证码")
    phone = Visitor(browser, stack.url, width=WIDTH)
    phone.open("/outbox/")
    phone.reads_well()
    code = re.search(r"验证码 (\d{6})", phone.page.locator("section.card", has_text=PHONE).first.inner_text())
    assert code is not None
    graduate.page.fill("[name=code]", code[1])
    graduate.page.get_by_role("button", name="登录", exact=True).click()
    phone.leaves()


def _states(graduate: Visitor) -> None:
    """Every section in its order; what the guide knew stands there already."""
    graduate.page.locator("a.task", has_text="毕业证书").first.click()
    graduate.page.fill("[name=holder_name]", NAME)
    graduate.page.get_by_label("号码记不清了").check()
    graduate.reads_well()
    graduate.clicks("保存，继续")
    graduate.reads_well()
    graduate.page.fill("[name=school_name]", SCHOOL)
    graduate.clicks("保存，继续")
    expect(graduate.page.locator("[name=programme]")).to_have_value("计算机应用")
    graduate.page.fill("[name=study_mode]", "全日制")
    graduate.clicks("保存，继续")
    graduate.reads_well()
    graduate.page.get_by_label("领取方式").select_option("pick_up")
    graduate.clicks("保存，继续")


def _photographs(graduate: Visitor, paper: str, folder: Path, *, is_portrait: bool) -> None:
    """Take one picture of a paper with the phone; come back to the list."""
    file = folder / f"{paper}.jpg"
    file.write_bytes(picture(portrait=is_portrait))
    graduate.page.locator("a.task", has_text=paper).first.click()
    graduate.reads_well()
    graduate.page.locator("#id_camera").set_input_files(file)
    graduate.sees("已选 1 张")
    graduate.page.get_by_role("button", name="上传", exact=True).click()
    graduate.sees("已保存 1 张")
    graduate.reads_well()
    graduate.clicks("回到任务列表")
