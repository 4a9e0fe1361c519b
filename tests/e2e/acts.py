"""What people of the second city do again and again."""

from __future__ import annotations

import re

from playwright.sync_api import expect
from tests.e2e.pages import Person
from tests.e2e.suburbs import COUNT
from tests.e2e.town import PASSWORD

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def batch_of(clerk: Person) -> str:
    """Return the id of the newest batch of the clerk's school."""
    clerk.open("/school/batches/")
    address = clerk.page.locator("main table a[href*='/school/batches/']").first.get_attribute("href")
    return re.search(r"/batches/(\d+)/", address)[1]


def decide_at_school(leader: Person, label: str = "同意") -> None:
    """The school's leader decides what lies on the desk."""
    leader.open("/desk/")
    leader.page.locator("main a[href*='/school/steps/']").first.click()
    leader.confirms(label)
    expect(leader.page).to_have_url(re.compile("/desk/"))


def find_step(officer: Person, school: str) -> None:
    """An officer opens what waits from a school."""
    officer.open(f"/office/queue/?q={school}")
    officer.page.locator("main a[href*='/office/steps/']").first.click()


def decide_at_office(officer: Person, school: str, verdict: str, reasons: str = "") -> None:
    """An officer decides what waits from a school."""
    find_step(officer, school)
    officer.cuts_no_table()
    officer.page.get_by_label(verdict, exact=True).check()
    officer.page.locator("[name=reasons]").fill(reasons)
    officer.confirms("提交决定")
    expect(officer.page).to_have_url(re.compile("/office/queue/"))


def attach(clerk: Person, kind: str, name: str, data: bytes) -> None:
    """Upload a proof on a case's page."""
    clerk.page.locator("[name=kind]").fill(kind)
    clerk.page.set_input_files("[name=file]", {"name": name, "mimeType": "application/octet-stream", "buffer": data})
    clerk.clicks("上传材料")
    clerk.sees("材料已上传")


def submit(clerk: Person, batch: str) -> None:
    """The clerk submits a batch."""
    clerk.open(f"/school/batches/{batch}/submission/")
    clerk.clicks("核对无误，提交")


def press(sealer: Person, batch: str) -> None:
    """The sealer counts the diplomas of a batch and presses the seal; the supervisor gives the password."""
    sealer.open(f"/office/sealing/{batch}/")
    sealer.page.locator("[name=diplomas_counted]").fill(str(COUNT))
    sealer.page.locator("[name=supervised_by]").select_option(label="方东慧")
    sealer.page.locator("[name=password]").fill(PASSWORD)
    sealer.confirms("验印")
