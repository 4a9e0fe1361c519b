"""Who may come in and what they may see: accounts issued, locked, secured twice; the auditor; a full ID number on a reason."""

from __future__ import annotations

import base64
import hmac
import re
import struct
import time

from playwright.sync_api import Browser, expect
from tests.e2e.acts import batch_of
from tests.e2e.conftest import Stack, wait_for
from tests.e2e.pages import Person, Visitor
from tests.e2e.suburbs import SUBURBS

PERIOD = 30  # s, RFC 6238


def one_time_code(secret: str, counter: int) -> str:
    """Return the six digits of RFC 4226 for a counter; the counter of RFC 6238 is the time in periods."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", counter), "sha1")
    (value,) = struct.unpack_from(">I", digest, digest[-1] & 15)
    return f"{(value & 0x7FFFFFFF) % 1_000_000:06d}"


def test_a_code_is_that_of_the_standard() -> None:
    """RFC 4226, appendix D."""
    secret = base64.b32encode(b"12345678901234567890").decode()
    assert [one_time_code(secret, n) for n in (0, 1, 9)] == ["755224", "287082", "520489"]


def test_issued_account_signs_in_is_secured_and_locks(stack: Stack, browser: Browser) -> None:
    admin = Person(browser, stack.url, "admin.east")
    password = _issue(admin, "newcomer.east", "郝新来", "县级审核人", "东府5区教育局")
    newcomer = Visitor(browser, stack.url)
    newcomer.offers("newcomer.east", password)
    expect(newcomer.page).to_have_url(re.compile("/accounts/password/"))
    newcomer.open("/office/queue/")  # nothing is open before
    expect(newcomer.page).to_have_url(re.compile("/accounts/password/"))
    password = _new_password(newcomer, password)
    expect(newcomer.page).to_have_url(re.compile("/desk/"))
    newcomer.sees("郝新来，您好")
    newcomer.sees("如非您本人要求")
    newcomer.shot("25-desk-told")
    newcomer.open("/office/queue/")
    newcomer.sees("没有等待您办理的事项")
    newcomer.open("/accounts/sessions/")
    newcomer.sees("本次登录")
    newcomer.shot("25-sessions")
    secret = _second_factor(newcomer, password)
    newcomer.page.get_by_role("button", name="退出登录").click()
    expect(newcomer.page).not_to_have_url(re.compile("/accounts/"))
    newcomer.offers("newcomer.east", password)
    expect(newcomer.page.locator("[name=code]")).to_be_visible()
    newcomer.shot("25-second-step")
    newcomer.page.fill("[name=code]", "000000")
    newcomer.page.locator("form:has([name=code]) button[type=submit]").first.click()
    expect(newcomer.page.locator("[name=code]")).to_be_visible()
    newcomer.shot("25-second-step-wrong")
    newcomer.page.fill("[name=code]", one_time_code(secret, _counter()))
    newcomer.page.locator("form:has([name=code]) button[type=submit]").first.click()
    expect(newcomer.page).to_have_url(re.compile("/desk/"))
    newcomer.leaves()

    guesser = Visitor(browser, stack.url)
    for _ in range(5):
        guesser.offers("newcomer.east", "wrong-guess")
    guesser.sees("登录已暂时锁定")
    guesser.shot("25-locked")
    guesser.offers("newcomer.east", password)  # the right one is not let in either
    guesser.sees("登录已暂时锁定")
    for person in (admin, guesser):
        person.leaves()


def _issue(admin: Person, username: str, full_name: str, post: str, place: str) -> str:
    """Issue an account with a post; return its first password, shown this once."""
    admin.open("/office/accounts/new/")
    admin.page.locator("[name=username]").fill(username)
    admin.page.locator("[name=full_name]").fill(full_name)
    admin.page.locator("[name=post]").select_option(label=post)
    option = admin.page.locator("[name=place] option", has_text=place).first
    admin.page.locator("[name=place]").select_option(option.get_attribute("value"))
    admin.shot("25-account-new")
    admin.clicks("发放")
    admin.sees("密码只显示这一次")
    admin.shot("25-account-password")
    password = admin.page.locator("dd.mono").nth(1).inner_text()
    admin.clicks("完成")
    admin.sees(full_name)
    admin.shot("25-account")
    admin.open("/office/accounts/")
    admin.shot("25-accounts")
    return password


def _new_password(newcomer: Visitor, old: str) -> str:
    """Change the password that the administrator has seen."""
    newcomer.sees("由他人发放")
    chosen = "walnut-terrace-81"
    for name, value in (("oldpassword", old), ("password1", chosen), ("password2", chosen)):
        newcomer.page.fill(f"[name={name}]", value)
    newcomer.shot("25-password")
    newcomer.page.locator("main form:has([name=oldpassword]) button[type=submit]").first.click()
    newcomer.sees("密码")
    newcomer.shot("25-password-changed")
    return chosen


def _second_factor(newcomer: Visitor, password: str) -> str:
    """Set up one-time codes on the own account's page; return their secret."""
    newcomer.open("/accounts/second-factor/")
    newcomer.shot("25-security")
    newcomer.open("/accounts/second-factor/totp/activate/")
    if newcomer.page.locator("main [name=password]").count():
        newcomer.page.fill("main [name=password]", password)
        newcomer.page.locator("main form:has([name=password]) button[type=submit]").first.click()
    newcomer.shot("25-totp")
    secret = newcomer.page.locator("#authenticator_secret").input_value()
    newcomer.page.fill("[name=code]", one_time_code(secret, _counter()))
    newcomer.page.locator("form:has([name=code]) button[type=submit]").first.click()
    expect(newcomer.page.locator("[name=code]")).to_have_count(0)
    newcomer.shot("25-recovery")
    return secret


def _counter() -> int:
    """Return the counter of now; at the very end of a period, of the next one, which is waited for."""
    wait_for(lambda: time.time() % PERIOD < PERIOD - 4, what="a fresh code", seconds=6)
    return int(time.time()) // PERIOD


def test_auditor_reads_everything_and_writes_nothing(stack: Stack, browser: Browser) -> None:
    clerk, auditor = (Person(browser, stack.url, name) for name in ("clerk.accounts", "auditor.east"))
    graduate = SUBURBS["accounts"].graduates()[3]
    batch = batch_of(clerk)
    clerk.open(f"/school/batches/{batch}/candidates/")
    clerk.page.get_by_role("link", name=graduate.name).click()
    assert graduate.resident_id not in clerk.page.content()
    clerk.clicks("查看完整证件号")
    clerk.shot("26-reveal")
    clerk.dialog.locator("[name=reason]").fill("与户口簿原件核对证件号")
    clerk.dialog.get_by_role("button", name="查看", exact=True).click()
    clerk.sees(graduate.resident_id)
    clerk.shot("26-revealed")

    auditor.open("/office/ledger/?tag=resident_id:revealed")
    auditor.sees("与户口簿原件核对证件号")
    row = auditor.page.locator("main tbody tr", has_text="与户口簿原件核对证件号")
    expect(row).to_contain_text("吴经办5")
    for details in row.locator("details").all():
        details.locator("summary").click()
    assert graduate.resident_id not in auditor.page.content()
    auditor.shot("26-ledger-reveal")
    auditor.open("/office/ledger/")
    auditor.shot("26-ledger")
    assert auditor.page.locator("main form[method=post]").count() == 0
    assert auditor.page.locator("main button").all_inner_texts() == ["查询"]
    for path in ("/office/sanctions/", "/office/calendar/days/", "/office/rounds/", "/office/accounts/new/"):
        assert _post(auditor, path) == 403, path
    assert _post(auditor, f"/school/batches/{batch}/submission/") == 403
    for person in (clerk, auditor):
        person.leaves()


def _post(person: Person, path: str) -> int:
    """Send a form with the person's own token past the pages; return the status."""
    token = person.page.locator("[name=csrfmiddlewaretoken]").first.input_value()
    form = {"csrfmiddlewaretoken": token, "reason": "试一试"}
    return person.page.request.post(person.url + path, form=form, headers={"Referer": person.page.url}).status
