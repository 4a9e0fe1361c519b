"""A form sent after its sign-in ended: the same account finds it as typed, nobody else finds anything, nothing is done."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.signing import Signer
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.factories.institutions import staffed_city
from tests.web.reading import forms_of, values_of

from xueji.accounts.models import SignIn, User
from xueji.institutions.models import School
from xueji.web.drafts import SLOT

pytestmark = pytest.mark.django_db
PASSWORD = "walnut-terrace-81"
TYPED = {
    "name": "新设职业学校",
    "code": "3661990199",
    "principal": "杜守一",
    "address": "西大街“9”号",
    "is_public": "0",
}


@pytest.fixture
def city():
    return staffed_city()


@pytest.fixture
def page(city) -> str:
    return reverse("authority:new_school", args=[city.county.pk])


def signs_in(client: Client, user: User, page: str = "/desk/"):
    user.set_password(PASSWORD)
    user.save()
    return client.post(
        reverse("account_login"), {"login": user.username, "password": PASSWORD, "next": page}, follow=True
    )


def fills(client: Client, page: str, **more: str) -> dict[str, list[str]]:
    """Return what the form of the page sends, typed over."""
    html = client.get(page).text
    form = next(form for form in forms_of(html) if "principal" in values_of(form, html))
    return values_of(form, html) | {key: [value] for key, value in (TYPED | more).items()}


def idles(user: User) -> None:
    SignIn.objects.filter(user=user).update(last_seen_at=timezone.now() - timedelta(hours=2))


def vanishes(user: User) -> None:
    """The session is no longer there: a page left open over night."""
    Session.objects.all().delete()


def sends(client: Client, page: str, sent):
    return client.post(page, sent, HTTP_REFERER=f"http://testserver{page}")


def shown(html: str) -> dict[str, str]:
    form = next(form for form in forms_of(html) if "principal" in values_of(form, html))
    return {key: value[0] for key, value in values_of(form, html).items() if key in TYPED}


@pytest.mark.parametrize("ends", [idles, vanishes])
def test_the_same_account_finds_the_form_as_it_was_typed_once(city, page, ends) -> None:
    client = Client()
    signs_in(client, city.administrator)
    sent = fills(client, page, password="a-word-of-nobody")
    ends(city.administrator)
    answer = sends(client, page, sent)
    assert answer.status_code == 302
    assert not School.objects.filter(name=TYPED["name"]).exists()
    assert "您正在填写的内容没有丢" in client.get(answer["Location"]).text
    signed_in = signs_in(client, city.administrator, page)
    assert signed_in.request["PATH_INFO"] == page
    assert shown(signed_in.text) == TYPED
    assert "已放回表单，还没有提交" in signed_in.text
    assert not School.objects.filter(name=TYPED["name"]).exists()
    again = client.get(page).text
    assert shown(again) != TYPED
    assert "已放回表单" not in again
    form = next(form for form in forms_of(signed_in.text) if "principal" in values_of(form, signed_in.text))
    assert sends(client, page, values_of(form, signed_in.text)).status_code == 302
    assert School.objects.filter(name=TYPED["name"]).exists()


@pytest.mark.parametrize("ends", [idles, vanishes])
def test_another_account_at_the_same_machine_sees_nothing_and_it_is_gone(city, page, ends) -> None:
    client = Client()
    other = User.objects.create(username="second", full_name="另一位")
    other.appointments.create(post="administrator", authority=city.city, days=("2000-01-01", None))
    signs_in(client, city.administrator)
    sent = fills(client, page)
    ends(city.administrator)
    sends(client, page, sent)
    other_page = signs_in(client, other, page).text
    assert TYPED["name"] not in other_page
    assert shown(other_page) != TYPED
    assert SLOT not in client.session
    client.post(reverse("account_logout"))
    assert shown(signs_in(client, city.administrator, page).text) != TYPED


def test_it_lies_sealed_and_without_secrets_and_opens_for_no_other_account(city, page) -> None:
    client = Client()
    signs_in(client, city.administrator)
    sent = fills(client, page, password="a-word-of-nobody")
    idles(city.administrator)
    sends(client, page, sent)
    stored = json.dumps(client.session[SLOT], ensure_ascii=False)
    assert TYPED["principal"] not in stored
    assert page not in stored
    assert Session.objects.count() == 1
    moved = client.session
    moved[SLOT] = [draft | {"user": city.city_reviewer.pk} for draft in moved[SLOT]]  # as a forger of the row would
    moved.save()
    assert TYPED["name"] not in signs_in(client, city.city_reviewer).text
    assert SLOT not in client.session


def test_what_another_site_or_nobody_typed_is_not_kept(city, page) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(city.administrator, backend="xueji.accounts.backends.Accounts")
    sent = fills(strict, page)
    forged = sent | {"csrfmiddlewaretoken": ["x" * 64]}
    idles(city.administrator)
    assert sends(strict, page, forged).status_code == 302
    assert SLOT not in strict.session
    client = Client()
    for once in (
        "",
        "guessed",
        f"x:{city.administrator.pk}",
        Signer(salt="another").sign(f"x:{city.administrator.pk}"),
    ):
        assert sends(client, page, sent | {"once": [once]}).status_code == 302
        assert SLOT not in client.session


def test_a_long_time_later_and_a_very_long_text_are_let_go(city, page, monkeypatch) -> None:
    client = Client()
    signs_in(client, city.administrator)
    sent = fills(client, page)
    vanishes(city.administrator)
    sends(client, page, sent | {"address": ["长" * 300_000]})
    assert SLOT not in client.session
    sends(client, page, sent)
    assert len(client.session[SLOT]) == 1
    later = timezone.now() + timedelta(hours=13)
    kept = client.session
    kept[SLOT] = [draft | {"at": (later - timedelta(hours=26)).isoformat()} for draft in kept[SLOT]]
    kept.save()
    assert TYPED["name"] not in signs_in(client, city.administrator, page).text
    assert SLOT not in client.session


def test_where_the_form_is_gone_the_words_are_shown_and_the_desk_leads_back(city, page) -> None:
    client = Client()
    signs_in(client, city.administrator)
    sent = fills(client, page)
    vanishes(city.administrator)
    sends(client, page, sent)
    desk = signs_in(client, city.administrator).text
    assert "接着填写" in desk
    assert f'href="{page}"' in desk
    assert shown(client.get(page).text) == TYPED
    gone = reverse("authority:reopen_school", args=[city.county_school.pk])
    sent = fills(client, page)
    vanishes(city.administrator)
    client.post(page, sent, HTTP_REFERER=f"http://testserver{gone}")
    answer = signs_in(client, city.administrator, gone).text
    assert "没有当时的表单" in answer
    assert TYPED["principal"] in answer
