"""A NUL is refused with 400 wherever it is sent; a post this version does not know opens nothing and breaks nothing."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from tests.factories.institutions import appointed, staffed_city

from xueji.institutions.models import Appointment, Post

pytestmark = pytest.mark.django_db
NUL = "1\x002"


def signed_in(user) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user, backend="xueji.accounts.backends.Accounts")
    return client


@pytest.mark.parametrize(
    "send",
    [
        pytest.param(lambda c: c.get("/v/", {"n": NUL}), id="query"),
        pytest.param(lambda c: c.get("/v/", {f"a{NUL}": "1"}), id="name of a query"),
        pytest.param(lambda c: c.get("/%00"), id="address"),
        pytest.param(lambda c: c.get("/static/%00.css"), id="static file"),
        pytest.param(lambda c: c.post(reverse("public:check"), {"number": NUL, "name": "张"}), id="public check"),
        pytest.param(lambda c: c.post(reverse("account_login"), {"login": NUL, "password": "x"}), id="sign-in"),
        pytest.param(lambda c: c.get(reverse("authority:queue"), {"q": NUL}), id="search"),
        pytest.param(
            lambda c: c.post(reverse("authority:declare_day"), {"day": "2019-07-10", "note": NUL}), id="field"
        ),
        pytest.param(
            lambda c: c.post(reverse("authority:declare_day"), {"f": SimpleUploadedFile("a", b"x"), "note": NUL}),
            id="form with a file",
        ),
    ],
)
def test_a_nul_is_refused_wherever_it_is_sent(send):
    assert send(signed_in(staffed_city().city_reviewer)).status_code == 400
    stranger = send(Client(raise_request_exception=False))
    # What a stranger sends to a page that is not theirs is not even read: they are sent to sign in.
    assert stranger.status_code == 400 or stranger["Location"].startswith(reverse("account_login"))


def test_a_nul_in_a_cookie_is_refused():
    client = Client(raise_request_exception=False)
    client.cookies["sessionid"] = NUL
    assert client.get("/desk/").status_code == 400


def test_a_post_this_version_does_not_know_opens_nothing_and_breaks_nothing():
    person = appointed(Post.SEALER, staffed_city().city)
    (appointment,) = Appointment.objects.filter(user=person)
    appointment.post = "city_sealer"
    appointment.save()
    client = signed_in(person)
    assert client.get("/desk/").status_code == 200
    assert client.get(reverse("authority:sealing")).status_code == 403
