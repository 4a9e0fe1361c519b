"""Signing in: handed-over passwords, guessing slowed down without locking others out, sessions that end for good."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.factories.accounts import UserFactory
from tests.factories.institutions import staffed_city

from xueji.accounts.models import SignIn, User
from xueji.institutions import account_actions as acts
from xueji.ledger.models import Event

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"
OWN = "walnut-terrace-81"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def city():
    return staffed_city()


def enter(user: User, password: str, address: str = "127.0.0.1", client: Client | None = None):
    client = client or Client()
    return client, client.post(LOGIN, {"login": user.username, "password": password}, REMOTE_ADDR=address)


def is_in(answer) -> bool:
    return answer.status_code == 302 and answer["Location"] == "/desk/"


def issued(city, **kwargs):
    return acts.issue_account(username="newcomer", full_name="新人", by=city.administrator, at=timezone.now(), **kwargs)


# -- passwords handed over


def test_a_password_handed_over_leads_to_nothing_but_its_change(city):
    user, password = issued(city)
    client, answer = enter(user, password)
    assert is_in(answer)
    for url in ("/desk/", reverse("sessions"), reverse("mfa_index")):
        assert client.get(url)["Location"] == "/accounts/password/", url
    assert client.get("/desk/", HTTP_HX_REQUEST="true")["HX-Redirect"] == "/accounts/password/"
    assert "由他人发放" in client.get("/accounts/password/").text
    same = client.post("/accounts/password/", {"oldpassword": password, "password1": password, "password2": password})
    assert "不能与现在的密码相同" in same.text
    answer = client.post("/accounts/password/", {"oldpassword": password, "password1": OWN, "password2": OWN})
    assert answer["Location"] == "/desk/"
    assert client.get("/desk/").status_code == 200
    user.refresh_from_db()
    assert not user.must_change_password
    assert Event.objects.filter(tag="password:changed", subject_id=str(user.pk)).count() == 1


def change(client: Client, current: str, new: str):
    return client.post("/accounts/password/", {"oldpassword": current, "password1": new, "password2": new})


def test_new_passwords_that_are_refused_lock_nobody_out(city):
    _, password = issued(city)
    client, _ = enter(User.objects.get(username="newcomer"), password)
    for n in range(20):
        refused = change(client, password, f"xueji2026{n}")
        assert refused.status_code == 200
        assert "其余至少要有" in refused.text
    assert change(client, password, OWN)["Location"] == "/desk/"


def test_wrong_present_passwords_are_counted_and_a_right_one_ends_the_count(city):
    user, password = issued(city)
    client, _ = enter(user, password)
    for n in range(4):
        assert "当前密码" in change(client, f"wrong-password-{n}", OWN).text
    assert "其余至少要有" in change(client, password, "xueji20260").text  # the fifth is right: counted anew
    for n in range(5):
        assert "请等 15 分钟再试" not in change(client, f"wrong-password-{n}", OWN).text
    slowed = change(client, password, OWN)
    assert "请等 15 分钟再试" in slowed.text
    user.refresh_from_db()
    assert user.check_password(password)  # not looked at, so nothing is learnt from the answer
    password = acts.reset_password(user=user, by=city.administrator, at=timezone.now())
    client, _ = enter(user, password)
    assert change(client, password, OWN)["Location"] == "/desk/"


def test_it_signs_in_once(city):
    user, password = issued(city)
    assert is_in(enter(user, password)[1])
    _, again = enter(user, password)
    assert "只能登录一次" in again.text


def test_it_expires(city, settings):
    user, password = issued(city)
    User.objects.filter(pk=user.pk).update(password_expires_at=timezone.now() - timedelta(seconds=1))
    _, late = enter(user, password)
    assert "过期" in late.text
    assert "用户名" in enter(user, "wrong-password-7")[1].text  # only who knows it is told
    password = acts.reset_password(user=user, by=city.administrator, at=timezone.now())
    user.refresh_from_db()
    left = user.password_expires_at - timezone.now()
    assert timedelta(hours=settings.ISSUED_PASSWORD_HOURS - 1) < left <= timedelta(hours=settings.ISSUED_PASSWORD_HOURS)
    assert is_in(enter(user, password)[1])


# -- sessions


def test_a_session_ends_idle_and_the_page_says_why(city, settings):
    client, _ = enter(city.clerk, "xueji-pass-1")
    idle = timedelta(minutes=settings.IDLE_MINUTES, seconds=1)
    SignIn.objects.filter(user=city.clerk).update(last_seen_at=timezone.now() - idle)
    answer = client.get("/school/batches/")
    assert answer.status_code == 302
    page = client.get(answer["Location"])
    assert "没有操作" in page.text
    assert "next=%2Fschool%2Fbatches%2F" in answer["Location"]
    assert Event.objects.get(tag="sign_in:ended").note == "长时间没有操作"


def test_work_keeps_a_session_alive(city, settings):
    client, _ = enter(city.clerk, "xueji-pass-1")
    for _ in range(3):
        almost = timezone.now() - timedelta(minutes=settings.IDLE_MINUTES - 1)
        SignIn.objects.filter(user=city.clerk).update(last_seen_at=almost)
        assert client.get("/desk/").status_code == 200


def test_a_session_from_before_the_account_was_closed_never_comes_back(city):
    client, _ = enter(city.clerk, "xueji-pass-1")
    assert client.get("/desk/").status_code == 200
    acts.deactivate(user=city.clerk, reason="调离", by=city.administrator, at=timezone.now())
    acts.reactivate(user=city.clerk, reason="调回", by=city.administrator, at=timezone.now())
    assert client.get("/desk/").status_code == 302


def test_own_sessions_are_listed_and_ended_and_nobody_elses(city):
    first, _ = enter(city.clerk, "xueji-pass-1")
    second, _ = enter(city.clerk, "xueji-pass-1", address="10.0.0.7")
    enter(city.leader, "xueji-pass-1")
    page = second.get(reverse("sessions"))
    assert [row.is_this for row in page.context["sessions"]].count(True) == 1
    assert len(page.context["sessions"]) == 2
    other = SignIn.objects.get(user=city.leader)
    assert second.post(reverse("end_session", args=[other.pk])).status_code == 404
    mine = SignIn.objects.get(user=city.clerk, address="127.0.0.1")
    assert second.post(reverse("end_session", args=[mine.pk])).status_code == 302
    assert first.get("/desk/").status_code == 302
    assert second.get("/desk/").status_code == 200


def test_signing_in_and_out_is_recorded_with_what_failed_before(city):
    enter(city.clerk, "wrong-password-7")
    client, _ = enter(city.clerk, "xueji-pass-1")
    client.post("/accounts/logout/")
    tags = list(Event.objects.filter(subject_id=str(city.clerk.pk)).order_by("id").values_list("tag", "after"))
    assert [tag for tag, _ in tags] == ["account:signed_in", "account:signed_out"]
    assert tags[0][1]["failed_before"] == 1
    assert Event.objects.get(tag="account:signed_in").authority_id == city.county.pk


def test_many_failures_are_one_event(city):
    for place in range(3):
        for _ in range(4):
            enter(city.clerk, "wrong-password-7", address=f"10.0.1.{place}")
    assert [e.after["count"] for e in Event.objects.filter(tag="sign_in:failed")] == [5]


# -- guessing


def test_guessing_from_many_addresses_is_slowed_down_but_the_known_place_gets_in(city):
    home, _ = enter(city.clerk, "xueji-pass-1", address="10.9.9.9")
    for place in range(6):
        for _ in range(4):
            enter(city.clerk, "wrong-password-7", address=f"10.0.2.{place}")
    refused = [enter(city.clerk, "xueji-pass-1", address=f"10.0.3.{place}")[1] for place in range(3)]
    assert [is_in(answer) for answer in refused].count(True) <= 1  # one in half a minute, whoever asks
    assert "放慢" in refused[-1].text
    assert is_in(enter(city.clerk, "xueji-pass-1", address="10.9.9.9")[1])
    travelling = home.post(LOGIN + "?next=/desk/", {"login": "x", "password": "y"}, REMOTE_ADDR="10.0.4.1")
    assert travelling.status_code in {200, 302}
    home.post("/accounts/logout/")
    assert is_in(enter(city.clerk, "xueji-pass-1", address="10.0.4.2", client=home)[1])  # the browser is known


def test_five_wrong_passwords_lock_the_account_at_that_address_alone(city):
    for _ in range(5):
        _, answer = enter(city.clerk, "wrong-password-7", address="10.0.5.1")
    assert "锁定" in answer.text
    assert "锁定" in enter(city.clerk, "xueji-pass-1", address="10.0.5.1")[1].text
    assert is_in(enter(city.leader, "xueji-pass-1", address="10.0.5.1")[1])
    assert is_in(enter(city.clerk, "xueji-pass-1", address="10.0.5.2")[1])


def test_an_address_full_of_wrong_names_does_not_stop_colleagues(city):
    enter(city.leader, "xueji-pass-1", address="10.0.6.1")
    for n in range(70):
        enter(UserFactory.build(username=f"guess{n}"), "wrong-password-7", address="10.0.6.1")
    assert is_in(enter(city.leader, "xueji-pass-1", address="10.0.6.1")[1])
    cache.clear()  # five seconds later
    newcomers = [enter(user, "xueji-pass-1", address="10.0.6.1")[1] for user in (city.clerk, city.city_clerk)]
    assert sorted(is_in(answer) for answer in newcomers) == [False, True]  # the second waits five seconds


# -- the second factor


def totp(user: User) -> None:
    TOTP.activate(user, SECRET)


def code(step: int = 0) -> str:
    return format_hotp_value(hotp_value(SECRET, int(time.time()) // 30 + step))


def test_codes_are_counted_by_account_whatever_address_they_come_from(city):
    totp(city.clerk)
    clients = []
    for place in range(6):
        client, answer = enter(city.clerk, "xueji-pass-1", address=f"10.0.7.{place}")
        assert "second-factor" in answer["Location"]
        clients.append((client, f"10.0.7.{place}"))
    judged = 0
    for n in range(60):
        client, address = clients[n % 6]
        page = client.post(reverse("mfa_authenticate"), {"code": "000000"}, REMOTE_ADDR=address)
        judged += "不正确" in page.text or "错误" in page.text or "Incorrect" in page.text
    assert judged <= 5
    client, address = clients[0]
    assert client.post(reverse("mfa_authenticate"), {"code": code()}, REMOTE_ADDR=address).status_code == 200
    assert cache._table == "accounts_counter"  # shared by all processes, outlives them


def test_posts_that_decide_must_set_up_a_factor_first(city, settings):
    settings.SECOND_FACTOR_REQUIRED = True
    client, _ = enter(city.city_reviewer, "xueji-pass-1")
    assert client.get("/desk/")["Location"] == reverse("mfa_activate_totp")
    client.post(reverse("account_reauthenticate"), {"password": "xueji-pass-1"})
    assert "必须设置二次验证" in client.get(reverse("mfa_activate_totp")).text
    assert client.get(reverse("authority:queue"))["Location"] == reverse("mfa_activate_totp")
    totp(city.city_reviewer)
    assert client.get("/desk/").status_code == 200
    auditor, _ = enter(city.auditor, "xueji-pass-1")
    assert auditor.get("/desk/").status_code == 200  # reads only


def test_setting_up_and_giving_up_a_factor_is_recorded(city, django_capture_on_commit_callbacks):
    client, _ = enter(city.clerk, "xueji-pass-1")
    client.post(reverse("account_reauthenticate"), {"password": "xueji-pass-1"})
    secret = client.get(reverse("mfa_activate_totp")).context["form"].secret
    now = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(reverse("mfa_activate_totp"), {"code": now})
    assert answer["Location"] == reverse("mfa_view_recovery_codes")
    client.post(reverse("mfa_deactivate_totp"))
    assert not Authenticator.objects.filter(user=city.clerk).exists()
    tags = set(Event.objects.filter(subject_id=str(city.clerk.pk)).values_list("tag", flat=True))
    assert {"second_factor:set", "second_factor:removed"} <= tags
