"""What journeys in every jurisdiction have in common: a list goes in, offices approve, a stranger asks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from playwright.sync_api import Browser, expect
from tests.e2e.pages import Person
from tests.e2e.town import season_year

from xueji.core.facts import GraduateFacts
from xueji.demo.provinces import ProvincePlan, graduates_of, write_files
from xueji.policy import get_library


def files_of(plan: ProvincePlan, key: str, folder: Path, *, count: int) -> tuple[list[GraduateFacts], Path, Path]:
    """Write workbook and photographs of a school's graduates; return them with the people."""
    school = next(school for school in plan.schools if school.key == key)
    year = season_year(date.today())
    people = graduates_of(plan, school, year=year, count=count)
    view = get_library().pack(plan.pack).on(date.today())
    workbook, photos = write_files(folder, view, people, stem=f"{plan.key}-{key}", seed=5)
    return people, workbook, photos


def open_batch(clerk: Person) -> str:
    """Open the school's batch; return its key in addresses."""
    clerk.open("/school/batches/")
    clerk.clicks("建立批次")
    expect(clerk.page).to_have_url(re.compile(r"/school/batches/\d+/"))
    return re.search(r"/batches/(\d+)/", clerk.page.url)[1]


def take_in(clerk: Person, batch: str, workbook: Path, photos: Path) -> None:
    """Upload a faultless list and confirm it."""
    clerk.open(f"/school/batches/{batch}/upload/")
    clerk.page.set_input_files("[name=workbook]", workbook)
    clerk.page.set_input_files("[name=photos]", photos)
    clerk.clicks("上传并检查")
    expect(clerk.page.get_by_text("检查发现")).to_be_visible(timeout=60_000)
    clerk.sees("没有错误，可以确认入库")
    clerk.clicks("确认入库")
    expect(clerk.page).to_have_url(re.compile(rf"/school/batches/{batch}/"))


def submit(clerk: Person, batch: str) -> None:
    """Submit the batch."""
    clerk.open(f"/school/batches/{batch}/submission/")
    clerk.clicks("核对无误，提交")
    expect(clerk.page).to_have_url(re.compile(rf"/school/batches/{batch}/$"))


def leader_agrees(leader: Person) -> None:
    """The school's leader agrees to what waits at the desk."""
    leader.open("/desk/")
    leader.page.locator("main a[href*='/school/steps/']").first.click()
    leader.confirms("同意")
    expect(leader.page).to_have_url(re.compile("/desk/"))
    leader.open("/desk/")
    expect(leader.page.locator("main a[href*='/school/steps/']")).to_have_count(0)


def office_agrees(officer: Person) -> None:
    """An officer agrees to the first case of the queue."""
    officer.open("/office/queue/")
    officer.page.locator("main a[href*='/office/steps/']").first.click()
    officer.page.get_by_label("同意", exact=True).check()
    officer.confirms("提交决定")
    expect(officer.page).not_to_have_url(re.compile(r"/office/steps/"))


def register_printer(person: Person, name: str) -> None:
    """Register a printer and type in what its calibration sheet measured."""
    person.open("/school/printers/")
    person.page.locator("main [name=name]").fill(name)
    person.clicks("登记")
    for label, value in (
        ("左上十字 · 横向", "20.4"),
        ("左上十字 · 纵向", "20.2"),
        ("右下十字 · 横向", "280.4"),
        ("右下十字 · 纵向", "180.2"),
    ):
        person.page.get_by_label(label).fill(value)
    person.clicks("计算并保存")


def numbers_on(clerk: Person, batch: str) -> list[str]:
    """Return the certificate numbers of the batch as its page lists them, in the order of the rows."""
    clerk.open(f"/school/batches/{batch}/candidates/")
    header = clerk.page.locator("main thead th").all_inner_texts()
    column = header.index("证书编号") + 1
    return [text.strip() for text in clerk.page.locator(f"main tbody tr td:nth-child({column})").all_inner_texts()]


def ask(browser: Browser, url: str, pairs: Sequence[tuple[str, str]], *, shot: Person | None = None) -> list[str]:
    """Let a stranger on a phone ask for each number and name; return what the page says."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
    page = context.new_page()
    answers = []
    for number, name in pairs:
        page.goto(url)
        page.fill("[name=number]", number)
        page.fill("[name=name]", name)
        page.get_by_role("button", name="查验").click()
        answers.append(page.locator("main").inner_text())
    context.close()
    return answers
