"""The sign-in library's own pages — password, second factor, sign-in — give back what was typed as ours do."""

from __future__ import annotations

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client
from django.urls import reverse
from tests.factories.accounts import UserFactory
from tests.web.reading import forms_of, values_of
from tests.web.test_matrix import ALL
from tests.web.walking import filled_by_hand

from xueji.accounts.models import User
from xueji.web.controls import NOTES

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
PASSWORD = "walnut-terrace-81"
THEIRS = {url.name for url in ALL if url.name.startswith(("account_", "mfa_"))}
# Addresses without a form a person fills in, each with its reason.
NOTHING_TO_FILL_IN: dict[str, str] = {
    "account_logout": "one button",
    "mfa_index": "links",
    "mfa_deactivate_totp": "one button",
    "mfa_view_recovery_codes": "shows the codes",
    "mfa_generate_recovery_codes": "one button",
    "mfa_download_recovery_codes": "a file",
}


def _stranger() -> Client:
    return Client()


def _halfway() -> Client:
    """Somebody whose password was right and whose factor is asked for."""
    client = Client()
    answer = client.post(reverse("account_login"), {"login": _with_factor().username, "password": PASSWORD})
    assert answer["Location"] == reverse("mfa_authenticate")
    return client


def _plain() -> Client:
    return _signed_in(_with_password())


def _protected() -> Client:
    return _signed_in(_with_factor())


def _signed_in(user: User) -> Client:
    """Return the browser of somebody who gave their password a moment ago."""
    client = Client()
    client.force_login(user, backend="xueji.accounts.backends.Accounts")
    assert client.post(reverse("account_reauthenticate"), {"password": PASSWORD}).status_code == 302
    return client


def _with_password() -> User:
    user = UserFactory()
    user.set_password(PASSWORD)
    user.save()
    return user


def _with_factor() -> User:
    user = _with_password()
    TOTP.activate(user, SECRET)
    return user


SEEN = [
    (_stranger, {"account_login"}),
    (_halfway, {"mfa_authenticate"}),
    (_plain, {"account_change_password", "account_reauthenticate", "mfa_activate_totp"}),
    (_protected, {"account_change_password", "account_reauthenticate", "mfa_reauthenticate"}),
]


@pytest.mark.parametrize(("who", "expected"), SEEN)
def test_what_was_typed_comes_back(who, expected) -> None:
    client, seen = who(), set()
    for name in sorted(THEIRS - set(NOTHING_TO_FILL_IN)):
        url = reverse(name)
        page = client.get(url)
        if page.status_code != 200 or "text/html" not in page["Content-Type"]:
            continue
        for number, form in enumerate(forms_of(page.text)):
            if form.tag.attributes.get("method") != "post" or url not in form.addresses(url):
                continue
            sent, typed, _ = filled_by_hand(form, page.text)
            answer = client.post(url, sent)
            assert answer.status_code in {200, 400, 422}, (name, answer.status_code, answer.get("Location"))
            again = forms_of(answer.text)[number]
            shown = values_of(again, answer.text)
            assert {key: shown.get(key) for key in typed} == typed, name
            for control in again.controls:
                assert control.kind not in NOTES or NOTES[control.kind] in answer.text, name
            seen.add(name)
    assert seen == expected


def test_every_address_of_the_library_is_walked_or_has_nothing_to_fill_in() -> None:
    walked = set().union(*(names for _, names in SEEN))
    assert walked | set(NOTHING_TO_FILL_IN) == THEIRS
    assert not walked & set(NOTHING_TO_FILL_IN)
