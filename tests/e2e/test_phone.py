"""The product on a phone: a stranger scans a diploma; staff look in from the corridor. No page is wider than 390 px."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect
from tests.e2e.acts import batch_of
from tests.e2e.conftest import Stack
from tests.e2e.pages import Person, Visitor
from tests.e2e.suburbs import SUBURBS

WIDTH = 390
GUESSES = 5  # wrong names for one number in a day
OFFICES = {
    "city.east": ("desk", "office/queue", "office/rounds", "office/seasons", "office/duties", "office/statistics", "office/calendar", "office/policy"),
    "cityleader.east": ("desk", "office/queue", "office/sanctions"),
    "sealer.east": ("desk", "office/sealing"),
    "auditor.east": ("desk", "office/ledger", "office/statistics"),
    "admin.east": ("desk", "office/accounts", "office/accounts/new"),
}  # fmt: skip
OWN = ("", "candidates/", "upload/", "register/", "submission/", "printing/", "sealing/")


@pytest.mark.requirement("S1-08")
def test_scanned_diploma_is_checked_and_guessing_gets_slow(stack: Stack, browser: Browser) -> None:
    first, second = _numbers(stack, browser)
    name = next(person.name for person in SUBURBS["phone"].graduates() if person.name == first[1])
    stranger = Visitor(browser, stack.url, width=WIDTH)
    stranger.open(f"/v/?n={first[0]}")
    expect(stranger.page.locator("[name=number]")).to_have_value(first[0])
    stranger.fits()
    stranger.shot("27-landing")
    _ask(stranger, first[0], name)
    stranger.sees("已编号，尚未生效")
    stranger.sees(SUBURBS["phone"].school)
    stranger.fits()
    stranger.shot("27-found")
    for n in range(GUESSES):
        stranger.open("/")
        _ask(stranger, second[0], f"猜{'一二三四五'[n]}")
        stranger.sees("没有查到编号与姓名都相符的证书")
    stranger.fits()
    stranger.shot("27-not-found")
    stranger.open("/")
    _ask(stranger, second[0], "猜六")  # from now on the page computes a little first, and the «no» is the same
    stranger.sees("没有查到编号与姓名都相符的证书")
    stranger.open("/")
    _ask(stranger, *second)  # the right name is told all the same
    stranger.sees(SUBURBS["phone"].school)
    stranger.fits()
    without = Visitor(browser, stack.url, width=WIDTH, script=False)
    without.open("/")
    _ask(without, *second)
    without.sees("再按“继续查验”")
    without.fits()
    without.shot("27-limited")
    without.leaves()
    stranger.open("/help/")
    stranger.fits()
    stranger.leaves()


def _ask(stranger: Visitor, number: str, name: str) -> None:
    stranger.page.fill("[name=number]", number)
    stranger.page.fill("[name=name]", name)
    stranger.page.get_by_role("button", name="查验").click()


def _numbers(stack: Stack, browser: Browser) -> list[tuple[str, str]]:
    """Return number and name of two graduates, read on the clerk's phone; every page of the batch fits it."""
    clerk = Person(browser, stack.url, "clerk.phone", width=WIDTH)
    batch = batch_of(clerk)
    for page in OWN:
        clerk.open(f"/school/batches/{batch}/{page}")
        clerk.fits()
    clerk.open(f"/school/batches/{batch}/candidates/")
    found = re.findall(r"(测\S+)\s[\s\S]*?\b(20\d{9})\b", clerk.page.locator("main table").inner_text())
    clerk.page.locator("main a[href*='/school/candidates/']").first.click()
    clerk.fits()
    for page in (
        "desk",
        "school/batches",
        "school/changes",
        "school/special-cases",
        "school/printers",
        "school/duties",
    ):
        clerk.open(f"/{page}/")
        expect(clerk.page.locator("h1")).to_be_visible()
        clerk.fits()
    clerk.page.get_by_role("button", name="菜单").click()
    expect(clerk.page.get_by_role("link", name="毕业批次")).to_be_in_viewport()
    clerk.leaves()
    return [(number, name) for name, number in found[:2]]


@pytest.mark.parametrize("username", OFFICES)
def test_office_pages_fit_a_phone(stack: Stack, browser: Browser, username: str) -> None:
    officer = Person(browser, stack.url, username, width=WIDTH)
    for page in OFFICES[username]:
        officer.open(f"/{page}/")
        expect(officer.page.locator("h1")).to_be_visible()
        officer.fits()
        officer.shot(f"28-{username}-{page.replace('/', '-')}")
    officer.leaves()
