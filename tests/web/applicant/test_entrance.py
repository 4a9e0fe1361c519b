"""Applicants come in by phone and code, and their sessions are none of staff."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from tests.factories.accounts import ApplicantFactory, UserFactory
from tests.factories.applications import ApplicationFactory
from tests.web.applicants import signed_in_applicant

from xueji.accounts.models import Applicant, SignIn, SignInCode
from xueji.core.identifiers import check_character
from xueji.messaging.models import Message

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S0-16")]
PHONE = "13912345678"


def _code(client: Client, phone: str = PHONE, **more: str):
    return client.post("/my/sign-in/code/", {"phone": phone, **more})


def _last_code() -> str:
    found = re.search(r"\d{6}", Message.objects.first().text)
    assert found is not None
    return found[0]


def _wait_a_minute() -> None:
    SignInCode.objects.update(sent_at=timezone.now() - timedelta(minutes=2))


def test_a_phone_and_its_code_lead_to_the_page_that_was_wanted(client):
    wanted = client.get("/my/account/")
    assert wanted["Location"].startswith("/my/sign-in/?next=%2Fmy%2Faccount%2F")
    assert "获取验证码" in client.get(wanted["Location"]).text
    page = _code(client, "139 1234 5678", next="/my/account/").text
    assert "验证码已经发出" in page
    assert "演示" in page
    entered = client.post("/my/sign-in/", {"phone": PHONE, "code": _last_code(), "next": "/my/account/"})
    assert entered["Location"] == "/my/account/"
    assert "139****5678" in client.get("/my/account/").text
    assert client.get("/my/sign-in/")["Location"] == "/my/"
    assert "no-store" in client.get("/my/")["Cache-Control"]
    away = {"phone": PHONE, "code": "1", "next": "//evil.example/my/"}
    assert client.post("/my/sign-in/", away)["Location"] == "/my/"


def test_nothing_tells_whether_a_number_has_an_account(client):
    ApplicantFactory(phone=PHONE, proven=True)
    answers = []
    for phone in (PHONE, "13987654321"):
        sent, wrong = _code(Client(), phone), Client().post("/my/sign-in/", {"phone": phone, "code": "x"})
        answers.append([re.sub(r'value="[^"]*"|\d{11}', "", page.text) for page in (sent, wrong)])
        assert (sent.status_code, wrong.status_code) == (200, 422)
    assert answers[0] == answers[1]


def test_a_second_code_within_a_minute_keeps_the_first(client):
    _code(client)
    code = _last_code()
    again = _code(client)
    assert again.status_code == 409
    assert "60 秒后" in again.text
    assert client.post("/my/sign-in/", {"phone": PHONE, "code": code}).status_code == 302


def test_an_account_of_a_known_person_asks_for_the_document_and_a_new_holder_inherits_nothing(client):
    earlier = ApplicantFactory(phone=PHONE, proven=True)
    their_browser = signed_in_applicant(earlier)
    _code(client)
    asked = {"phone": PHONE, "code": _last_code()}
    page = client.post("/my/sign-in/", asked)
    assert page.status_code == 422
    assert "证件号码的后六位" in page.text
    assert "证件号码后六位与这个账号不符" in client.post("/my/sign-in/", asked | {"tail": "000000"}).text
    assert client.post("/my/sign-in/", asked | {"is_new_holder": "on"}).status_code == 302
    assert Applicant.objects.exclude(pk=earlier.pk).get().released_at is None
    assert their_browser.get("/my/").status_code == 302  # what had the number before is open nowhere


def test_who_proves_to_be_known_goes_on_in_the_same_browser_in_the_earlier_account():
    document = "41010219680712345" + check_character("41010219680712345")
    earlier = ApplicantFactory(proven=True, document_number=document)
    newcomer = ApplicantFactory()
    elsewhere, browser = signed_in_applicant(earlier), signed_in_applicant(newcomer)
    draft = ApplicationFactory(applicant=newcomer)
    answer = browser.post("/my/identity/", {"name": "王小明", "number": document, "next": "/my/account/"})
    assert answer["Location"] == "/my/account/"
    assert "王小明" in browser.get("/my/account/").text
    assert elsewhere.get("/my/").status_code == 302  # what was open under the number before is closed
    draft.refresh_from_db()
    assert draft.applicant == earlier  # what was begun goes along


def test_a_number_no_phone_has_is_refused_beside_the_field(client):
    page = _code(client, "12345")
    assert page.status_code == 422
    assert "请填写 11 位手机号" in page.text
    assert 'value="12345"' in page.text
    assert not SignInCode.objects.exists()


def test_signed_out_and_idle_sessions_open_nothing(client):
    person = ApplicantFactory()
    browser, other = signed_in_applicant(person), signed_in_applicant(person)
    assert browser.post("/my/sign-out/")["Location"] == "/my/sign-in/"
    assert browser.get("/my/").status_code == 302
    assert other.get("/my/").status_code == 200
    SignIn.objects.update(last_seen_at=timezone.now() - timedelta(minutes=settings.IDLE_MINUTES + 1))
    assert other.get("/my/")["Location"].endswith("ended=idle")
    assert SignIn.objects.filter(ended_at=None).count() == 0


def test_a_session_is_of_staff_or_of_an_applicant_never_of_both(client):
    clerk = UserFactory()
    client.force_login(clerk, backend="xueji.accounts.backends.Accounts")
    assert client.get("/my/")["Location"].startswith("/my/sign-in/")
    assert "工作人员的账号" in client.get("/my/sign-in/").text
    assert _code(client).status_code == 409
    browser = signed_in_applicant(ApplicantFactory())
    assert browser.get("/desk/")["Location"].startswith("/accounts/login/")
    browser.force_login(clerk, backend="xueji.accounts.backends.Accounts")
    assert browser.get("/my/").status_code == 302
    assert SignIn.objects.filter(user__applicant__isnull=False, ended_at=None).count() == 0
