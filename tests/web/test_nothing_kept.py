"""Nothing of a signed-in person stays in a browser, and no copy of the database opens a door."""

from __future__ import annotations

import json

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.contrib.sessions.models import Session
from django.test import Client
from tests.factories.accounts import UserFactory
from tests.web.test_matrix import ALL
from tests.web.world import World, build

from xueji.accounts.sessions import stored_key
from xueji.sealing.texts import SealBroken
from xueji.web.access import Access

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXP"


@pytest.fixture
def world() -> World:
    return build()


def _signed_in(person) -> Client:
    client = Client()
    client.force_login(person, backend="xueji.accounts.backends.Accounts")
    return client


def test_every_page_of_a_signed_in_person_is_kept_nowhere(world: World) -> None:
    """Every address, whoever may call it, as a clerk and as a city's reviewer: answers, refusals and «not found» alike."""
    kept = []
    for post in ("school_clerk", "city_reviewer"):
        client = _signed_in(world.people[post])
        for address in ALL:
            if set(address.keys) - set(world.keys["own"]) or address.name == "account_logout":
                continue
            answer = client.get(address.url(world.keys["own"]))
            personal = isinstance(address.access, Access) and address.access.signed_in
            if personal and "no-store" not in answer.get("Cache-Control", ""):
                kept.append(f"{post} {address.name}: {answer.get('Cache-Control')}")
    assert kept == []


def test_a_strangers_page_may_be_kept(client) -> None:
    answer = client.get("/")
    assert "no-store" not in answer.get("Cache-Control", "")


def test_the_database_holds_no_session_key_that_opens_anything(world: World) -> None:
    client = _signed_in(world.people["school_clerk"])
    key = client.cookies["sessionid"].value
    rows = list(Session.objects.values_list("session_key", flat=True))
    assert key not in rows
    assert stored_key(key) in rows
    thief = Client()
    thief.cookies["sessionid"] = stored_key(key)
    assert thief.get("/desk/").status_code == 302
    assert client.get("/desk/").status_code == 200
    client.post("/accounts/logout/")
    assert not Session.objects.filter(session_key=stored_key(key)).exists()
    assert client.get("/desk/").status_code == 302


def test_a_new_factor_is_sealed_and_a_planted_one_is_refused() -> None:
    user = UserFactory()
    made = TOTP.activate(user, SECRET).instance
    RecoveryCodes.activate(user)
    stored = json.dumps(list(Authenticator.objects.values_list("data", flat=True)))
    assert SECRET not in stored
    assert '"seed": "sealed:' in stored
    made.data = {"secret": SECRET}
    with pytest.raises(SealBroken):
        TOTP(made).validate_code(_code(SECRET))


def _code(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
