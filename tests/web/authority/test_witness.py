"""Who watches the seal is there in person: password and, with a second factor, its code; a handed-over password is nobody's."""

from __future__ import annotations

import time

import pytest
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.urls import reverse
from django.utils import timezone
from tests.factories.production import approved_batch, round_of
from tests.web.authority.test_sealing_pages import on_sealing_day, press_data  # noqa: F401  # a fixture

from xueji.institutions import account_actions as acts
from xueji.production.models import SealingSession

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_sealing_day")]
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def press(city, as_user):
    batch = approved_batch(city, count=1)
    round_of(batch)
    client, url = as_user(city.sealer), reverse("authority:press", args=[batch.pk])
    return lambda **changes: client.post(url, press_data(batch, city, **changes))


def code() -> str:
    return format_hotp_value(hotp_value(SECRET, int(time.time()) // 30))


def test_a_supervisor_with_a_factor_gives_its_code(city, press):
    TOTP.activate(city.seal_supervisor, SECRET)
    for wrong in ("", "000000"):
        answer = press(password_code=wrong)
        assert answer.status_code == 422
        assert "password_code" in answer.context["form"].errors
    assert not SealingSession.objects.exists()
    answer = press(password_code=code())
    assert answer.status_code == 302, answer.context["form"].errors
    assert SealingSession.objects.get().supervised_by == city.seal_supervisor


def test_codes_at_the_press_are_counted_as_at_the_sign_in(city, press):
    TOTP.activate(city.seal_supervisor, SECRET)
    for _ in range(5):
        press(password_code="000000")
    assert press(password_code=code()).status_code == 422
    assert not SealingSession.objects.exists()


def test_where_a_factor_is_required_one_without_cannot_watch(press, settings, city):
    TOTP.activate(city.sealer, SECRET)
    settings.SECOND_FACTOR_REQUIRED = True
    answer = press()
    assert "尚未设置二次验证" in answer.text
    assert not SealingSession.objects.exists()


def test_who_handed_a_password_over_does_not_watch_with_it(city, press):
    password = acts.reset_password(user=city.seal_supervisor, by=city.administrator, at=timezone.now())
    answer = press(password=password)
    assert "由他人发放" in answer.text
    assert not SealingSession.objects.exists()
