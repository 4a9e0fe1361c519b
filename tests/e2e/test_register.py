"""The register as its people meet it: a small province of `xueji demo`, everybody in a browser of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, expect
from tests.e2e.acts import PDF, attach
from tests.e2e.conftest import Stack, start_stack, stop_stack
from tests.e2e.pages import Person

from xueji.demo.accounts import PASSWORD

STUDENTS = 600  # six schools: of the province, of a direct city, of a city (3 and 5), of counties (4 and 6)
SENDING, RECEIVING = "郑州市中原区第4商贸中等职业学校", "开封市第5汽车中等职业学校"
MERGED = "开封市龙亭区第6农业中等职业学校"


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The province with its register, served."""
    running = start_stack(
        tmp_path_factory.mktemp("province"),
        build=("-m", "xueji.cli", "demo", "--size", "province", "--students", str(STUDENTS), "--no-serve"),
    )
    yield running
    stop_stack(running)


class Land:
    """Who of the province sits at a browser; nobody leaves with an error in the console."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.browser, self.url = browser, url

    @contextmanager
    def signed_in(self, username: str) -> Iterator[Person]:
        """Somebody, signed in and gone afterwards."""
        person = Person(self.browser, self.url, username, password=PASSWORD)
        yield person
        person.leaves()

    def leader_agrees(self, username: str, title: str) -> None:
        """A leader agrees to what waits under a title."""
        with self.signed_in(username) as leader:
            leader.page.locator("main tr", has_text=title).locator("a[href*='/school/steps/']").first.click()
            leader.fits_a_phone()
            leader.confirms("同意")
            expect(leader.page).to_have_url(re.compile("/desk/"))

    def office_decides(self, code: str, title: str, verdict: str = "同意", reasons: str = "") -> None:
        """Two people of an office decide a case: one proposes, the other confirms."""
        first, second = ("province1", "province2") if code == "410000" else (f"c{code}.1", f"c{code}.2")
        with self.signed_in(first) as officer:
            self._opens_step(officer, title)
            officer.page.get_by_label(verdict, exact=True).check()
            officer.page.locator("[name=reasons]").fill(reasons)
            officer.confirms("提交拟办意见")
            officer.sees("待同一岗位的另一人确认后生效")
        with self.signed_in(second) as officer:
            self._opens_step(officer, title)
            officer.confirms(f"确认「{verdict}」")
            expect(officer.page).not_to_have_url(re.compile(r"/office/steps/"))

    def _opens_step(self, officer: Person, title: str) -> None:
        officer.open("/office/queue/")
        officer.page.locator("main tr", has_text=title).locator("a[href*='/office/steps/']").first.click()
        officer.fits_a_phone()


@pytest.fixture
def land(browser: Browser, province: Stack) -> Land:
    return Land(browser, province.url)


def open_student(clerk: Person, query: str, place: int = 0) -> str:
    """Open the file of a student on the list a query gives, saying what for where it is asked; return the name."""
    clerk.open(f"/students/?{query}")
    link = clerk.page.locator("main table a[href^='/students/']").nth(place)
    name = link.inner_text()
    link.click()
    if clerk.page.locator("[name=purpose]").count():
        clerk.page.locator("[name=purpose]").fill("办理异动")
        clerk.clicks("查看档案")
    return name


def in_days(person: Person, days: int) -> str:
    """Return a day from today as the person's browser has it."""
    return person.page.evaluate(
        "days => new Date(Date.now() + days * 864e5).toLocaleDateString('sv', {timeZone: 'Asia/Shanghai'})", days
    )


@pytest.mark.requirement("S2-20", "S2-21")
def test_a_transfer_to_another_city_is_returned_once_and_then_carried_out(land: Land) -> None:
    with land.signed_in("clerk004") as clerk:
        name = open_student(clerk, "grade=2025&status=studying", 3)
        clerk.clicks("转学")
        clerk.page.locator("main [name=q]").fill(RECEIVING)
        clerk.clicks("查找")
        clerk.clicks(RECEIVING)
        clerk.sees("升级至省")
        clerk.fits_a_phone()
        clerk.page.locator("[name=programme]").select_option(label="汽车运用与维修（700206）")
        clerk.page.locator("[name=statement]").fill("随父母迁居")
        today = clerk.page.locator("[name=effective_on]")
        today.fill(in_days(clerk, 1))
        clerk.clicks("下一步：上传申请")
        clerk.sees("生效日期还没有到")
        expect(clerk.page.locator("[name=statement]")).to_have_value("随父母迁居")
        today.fill(in_days(clerk, 0))
        clerk.clicks("下一步：上传申请")
        clerk.fits_a_phone()
        attach(clerk, "转学申请", "申请.pdf", PDF)
        clerk.clicks("提交审核")
        case = clerk.page.url.removeprefix(land.url)
    title = f"转学 {name}"
    land.leader_agrees("leader004", title)
    land.leader_agrees("leader005", title)
    land.office_decides("410102", title)
    land.office_decides("410200", title, "退回", "申请没有监护人签名")
    with land.signed_in("clerk004") as clerk:
        clerk.open(case)
        clerk.sees("申请没有监护人签名")
        attach(clerk, "监护人签名的转学申请", "申请二.pdf", PDF)
        clerk.clicks("提交审核")
    land.leader_agrees("leader004", title)
    land.leader_agrees("leader005", title)
    for code in ("410102", "410200", "410100", "410000"):
        land.office_decides(code, title)
    with land.signed_in("clerk004") as clerk, land.signed_in("clerk005") as taker:
        open_student(clerk, f"q={name}")
        clerk.sees("转出")
        clerk.shot("register-transfer-file")
        clerk.open(case)
        clerk.page.locator("[name=items]").first.check()
        clerk.clicks("登记移交")
        open_student(taker, f"q={name}")
        taker.sees("在读")
        taker.sees(SENDING)


@pytest.mark.requirement("S2-19", "S2-25")
def test_a_suspension_moves_the_end_of_studies_and_a_resumption_follows_it(land: Land) -> None:
    with land.signed_in("clerk003") as clerk:
        name = open_student(clerk, "grade=2025&status=studying", 2)
        year = int(fact(clerk, "预计毕业")[:4])
        _applies_for(clerk, "休学", "因病休学", until=f"{year - 1}-09-01")
    land.leader_agrees("leader003", f"休学 {name}")
    land.office_decides("410100", f"休学 {name}")
    with land.signed_in("clerk003") as clerk:
        open_student(clerk, f"q={name}")
        clerk.sees("休学")
        assert int(fact(clerk, "预计毕业")[:4]) == year + 1
        _applies_for(clerk, "复学", "病愈复学")
    land.leader_agrees("leader003", f"复学 {name}")
    land.office_decides("410100", f"复学 {name}")
    with land.signed_in("clerk003") as clerk:
        open_student(clerk, f"q={name}")
        clerk.sees("在读 → 休学")
        clerk.sees("休学 → 在读")
        clerk.shot("register-resumed")
        assert int(fact(clerk, "预计毕业")[:4]) == year + 1


def _applies_for(clerk: Person, change: str, statement: str, **more: str) -> None:
    clerk.clicks("申请异动")
    clerk.fits_a_phone()
    clerk.clicks(f"为 1 名学生申请{change}")
    clerk.fits_a_phone()
    clerk.page.locator("[name=statement]").fill(statement)
    for name, value in more.items():
        clerk.page.locator(f"[name={name}]").fill(value)
    clerk.page.set_input_files("[name=paper]", {"name": "证明.pdf", "mimeType": "application/pdf", "buffer": PDF})
    clerk.clicks("下一步：核对 1 名学生的申请")
    clerk.fits_a_phone()
    clerk.clicks("提交审核")
    clerk.sees("已提交，等待学校负责人审核")


def fact(person: Person, label: str) -> str:
    """Return what a file says beside a label."""
    return (
        person.page.locator("dl div", has=person.page.get_by_text(label, exact=True)).locator("dd").first.inner_text()
    )


@pytest.mark.requirement("S2-06")
def test_a_merged_school_is_closed_and_its_students_are_served_by_the_successor(land: Land) -> None:
    with land.signed_in("clerk006") as clerk:
        name = open_student(clerk, "grade=2025&status=studying")
    with land.signed_in("admin") as admin:
        admin.open("/office/institutions/")
        admin.clicks(RECEIVING)
        admin.page.locator("main a[href$='/history/']").first.click()
        admin.clicks("其他学校并入本校")
        admin.page.locator("[name=schools]").fill(MERGED)
        admin.page.locator("[name=document_number]").fill("汴教〔2026〕9号")
        admin.clicks("下一步：查看影响")
        admin.sees("学籍档案由")
        admin.fits_a_phone()
        admin.shot("register-merger")
        admin.page.locator("main button[name=confirmed]").click()
        admin.sees(f"{MERGED}")
    with land.signed_in("clerk005") as clerk:
        open_student(clerk, f"q={name}")
        assert fact(clerk, "学校") == RECEIVING
        clerk.sees(f"原在{MERGED}")
        clerk.page.locator("[name=on]").fill(in_days(clerk, -1))
        clerk.page.locator("form", has=clerk.page.locator("[name=on]")).get_by_role("button", name="查看").click()
        clerk.sees(MERGED)
        clerk.shot("register-merged-file")
    with land.signed_in("clerk006") as clerk:
        clerk.open(f"/students/?q={name}")
        expect(clerk.page.locator("main table a[href^='/students/']")).to_have_count(0)
