"""A sign-in that ends while somebody types: the text stands there after the next one, for them and for nobody else."""

from __future__ import annotations

import re
from datetime import date

import pytest
from playwright.sync_api import Browser, expect
from tests.e2e.conftest import Stack
from tests.e2e.pages import Person
from tests.e2e.town import PASSWORD

YEAR = date.today().year + 3  # as far ahead as a day off is taken; no other journey goes there
ENDS = {
    "idle": "SignIn.objects.filter(ended_at=None).update(last_seen_at=timezone.now() - timedelta(hours=2))",
    "over night": "Session.objects.all().delete()",
}
PROGRAM = """
from datetime import timedelta
import django, os
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xueji.config.settings")
django.setup()
from django.contrib.sessions.models import Session
from django.utils import timezone
from xueji.accounts.models import SignIn
"""


def _ends(stack: Stack, how: str) -> None:
    done = stack.run("-c", PROGRAM + ENDS[how])
    assert done.returncode == 0, done.stderr


def _types(person: Person) -> None:
    person.page.locator("main [name=note]").fill(f"市政府通知〔{YEAR}〕8号，“调休”")
    person.page.locator("main [name=day]").fill(f"{YEAR}-03-03")
    person.page.locator("main [name=kind]").select_option("makeup_workday")
    person.page.locator("main form:has([name=day]) button[type=submit]").first.click()
    expect(person.page).to_have_url(re.compile("/accounts/login/"))
    person.sees("您正在填写的内容没有丢")


def _signs_in(person: Person, username: str) -> None:
    person.page.fill("[name=login]", username)
    person.page.fill("[name=password]", PASSWORD)
    person.page.locator("form:has([name=login]) button[type=submit]").click()


@pytest.mark.parametrize("how", sorted(ENDS))
def test_the_form_stands_as_it_was_typed_after_signing_in_again(stack: Stack, browser: Browser, how: str) -> None:
    person = Person(browser, stack.url, "city")
    person.open(f"/office/calendar/?year={YEAR}")
    _ends(stack, how)
    _types(person)
    person.fits_a_phone()
    person.shot(f"40-sign-in-{how.split(maxsplit=1)[0]}")
    _signs_in(person, person.username)
    expect(person.page).to_have_url(re.compile("/office/calendar/"))
    person.sees("已放回表单，还没有提交")
    expect(person.page.locator("main [name=note]")).to_have_value(f"市政府通知〔{YEAR}〕8号，“调休”")
    expect(person.page.locator("main [name=day]")).to_have_value(f"{YEAR}-03-03")
    expect(person.page.locator("main [name=kind]")).to_have_value("makeup_workday")
    person.fits_a_phone()
    person.shot(f"40-given-back-{how.split(maxsplit=1)[0]}")
    person.open(f"/office/calendar/?year={YEAR}")
    expect(person.page.locator("main [name=note]")).to_have_value("")
    expect(person.page.get_by_text("调休上班：市政府通知")).to_have_count(0)  # nothing was done
    person.leaves()


def test_a_colleague_at_the_same_machine_finds_nothing(stack: Stack, browser: Browser) -> None:
    person = Person(browser, stack.url, "city")
    person.open(f"/office/calendar/?year={YEAR}")
    _ends(stack, "idle")
    _types(person)
    _signs_in(person, "county")
    expect(person.page.locator("h1")).to_be_visible()
    assert "市政府通知" not in person.page.content()
    person.open("/desk/")
    assert "接着填写" not in person.page.content()
    person.page.get_by_role("button", name="退出登录").click()
    person.offers("city", PASSWORD)
    person.open(f"/office/calendar/?year={YEAR}")
    expect(person.page.locator("main [name=note]")).to_have_value("")
    person.leaves()
