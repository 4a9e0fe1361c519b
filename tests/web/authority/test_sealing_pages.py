"""Rounds, the calendar, the press, the papers."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from tests.factories.institutions import staffed_city
from tests.factories.production import approved_batch, round_of, season_of
from tests.web.reading import forms_of, values_of

from xueji.certificates.models import CertificateState
from xueji.production.actions import book_appointment
from xueji.production.form_data import certificates_of
from xueji.production.models import SealingRound, SealingSession

pytestmark = pytest.mark.django_db
NOON = datetime(2019, 7, 9, 12, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def on_sealing_day(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOON)


def press_data(batch, city, **changes):
    data = {
        "diplomas_counted": certificates_of(batch.issue).count(), "supervised_by": city.seal_supervisor.pk,
        "password": "xueji-pass-1",
    }  # fmt: skip
    return {**data, **changes}


@pytest.mark.requirement("S1-12")
def test_a_round_takes_its_days_from_the_pack(city, as_user, on_sealing_day):
    season = season_of(city)
    client = as_user(city.city_reviewer)
    assert client.get(reverse("authority:rounds")).status_code == 200
    answer = client.post(
        reverse("authority:rounds"), {"season": season.pk, "place": "职成科", "schools_per_half_day": 3}
    )
    assert answer.status_code == 302
    opened = SealingRound.objects.get()
    assert (opened.opens_on, opened.closes_on) == (date(2019, 7, 8), date(2019, 7, 12))
    again = client.post(
        reverse("authority:rounds"), {"season": season.pk, "place": "职成科", "schools_per_half_day": 3}
    )
    assert again.status_code == 409
    assert "已经安排过" in again.text
    assert as_user(city.county_reviewer).get(reverse("authority:rounds")).status_code == 403


def test_the_calendar_names_schools_by_half_day(city, as_user, django_assert_max_num_queries):
    batch = approved_batch(city, count=1)
    sealing_round = round_of(batch)
    at = datetime(2019, 7, 5, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
    book_appointment(issue=batch.issue, round=sealing_round, day=date(2019, 7, 8), half="am", by=city.clerk, at=at)
    other = approved_batch(city, count=1, school=city.city_school, first_serial=20)
    client = as_user(city.city_reviewer)
    with django_assert_max_num_queries(25):
        page = client.get(reverse("authority:round", args=[sealing_round.pk]))
    assert batch.school.name in page.text
    assert [issue.pk for issue in page.context["unbooked"]] == [other.issue.pk]
    stranger = staffed_city("610300", "610302")
    assert as_user(stranger.city_reviewer).get(reverse("authority:round", args=[sealing_round.pk])).status_code == 404


@pytest.mark.requirement("S1-21")
def test_the_press_seals_with_two_persons(city, as_user, on_sealing_day):
    batch = approved_batch(city, count=3)
    round_of(batch)
    client = as_user(city.sealer)
    assert batch.school.name in client.get(reverse("authority:sealing")).text
    page = client.get(reverse("authority:press", args=[batch.pk]))
    assert page.context["balance"].range_count == 3
    refused = certificates_of(batch.issue).last()
    data = press_data(batch, city, refuse=[str(refused.pk)], **{f"reason-{refused.pk}": "照片不符"})
    answer = client.post(reverse("authority:press", args=[batch.pk]), data)
    assert answer.status_code == 302, answer.context["form"].errors
    session = SealingSession.objects.get()
    assert (session.sealed_count, session.refused_count) == (2, 1)
    assert session.supervised_by == city.seal_supervisor
    shown = client.get(reverse("authority:press", args=[batch.pk]), follow=True)
    assert shown.redirect_chain == [(reverse("authority:session", args=[session.pk]), 302)]
    assert "照片不符" in shown.text
    assert "已验印 2 本，不予验印 1 本" in shown.text


def test_a_wrong_password_of_the_supervisor_seals_nothing(city, as_user, on_sealing_day):
    batch = approved_batch(city, count=1)
    round_of(batch)
    answer = as_user(city.sealer).post(
        reverse("authority:press", args=[batch.pk]), press_data(batch, city, password="guess-guess")
    )
    assert answer.status_code == 422
    assert "密码不正确" in answer.text
    assert not SealingSession.objects.exists()


def test_a_wrong_password_loses_no_refusal(city, as_user, on_sealing_day):
    """The next press, with the right password, must refuse what was ticked before: it sealed them once."""
    batch = approved_batch(city, count=3)
    round_of(batch)
    url, client = reverse("authority:press", args=[batch.pk]), as_user(city.sealer)
    refused = certificates_of(batch.issue).last()
    data = press_data(batch, city, refuse=[str(refused.pk)], password="guess-guess", note="备查")
    answer = client.post(url, data | {f"reason-{refused.pk}": "照片 <不符>"})
    assert answer.status_code == 422
    (form,) = [form for form in forms_of(answer.text) if "refuse" in {c.attributes.get("name") for c in form.controls}]
    again = values_of(form, answer.text)
    assert again["refuse"] == [str(refused.pk)]
    assert again[f"reason-{refused.pk}"] == ["照片 <不符>"]
    assert again["password"] == [""]
    assert "密码不保留，请重新输入" in answer.text
    client.post(url, again | {"password": "xueji-pass-1"})
    session = SealingSession.objects.get()
    assert (session.sealed_count, session.refused_count) == (2, 1)


def test_a_reason_without_its_tick_is_asked_about(city, as_user, on_sealing_day):
    batch = approved_batch(city, count=2)
    round_of(batch)
    doubtful = certificates_of(batch.issue).last()
    data = press_data(batch, city) | {f"reason-{doubtful.pk}": "照片不符"}
    answer = as_user(city.sealer).post(reverse("authority:press", args=[batch.pk]), data)
    assert answer.status_code == 400
    assert f"没有勾选「不予验印」：{doubtful.holder_name}" in answer.text
    assert not SealingSession.objects.exists()


@pytest.mark.requirement("S1-21")
def test_a_count_that_differs_is_shown_with_its_clause(city, as_user, on_sealing_day):
    batch = approved_batch(city, count=2)
    round_of(batch)
    answer = as_user(city.sealer).post(
        reverse("authority:press", args=[batch.pk]), press_data(batch, city, diplomas_counted=5)
    )
    assert answer.status_code == 422
    assert "相差 3" in answer.text
    assert set(certificates_of(batch.issue).values_list("state", flat=True)) == {CertificateState.ISSUED}


@pytest.mark.requirement("S1-13")
def test_after_the_last_day_late_ones_are_told_so(city, as_user):
    batch = approved_batch(city, count=1, is_late=True)
    round_of(batch)
    client = as_user(city.sealer)
    assert "逾期不予办理" in client.get(reverse("authority:press", args=[batch.pk])).text
    answer = client.post(reverse("authority:press", args=[batch.pk]), press_data(batch, city))
    assert answer.status_code == 422
    assert "逾期不予办理" in answer.text


def test_the_press_is_for_sealers(city, as_user):
    batch = approved_batch(city, count=1)
    assert as_user(city.city_reviewer).get(reverse("authority:press", args=[batch.pk])).status_code == 403
    stranger = staffed_city("610300", "610302")
    assert as_user(stranger.sealer).get(reverse("authority:press", args=[batch.pk])).status_code == 404


@pytest.mark.requirement("S1-15")
def test_papers_are_lodged_from_the_session_page(city, as_user, on_sealing_day):
    batch = approved_batch(city, count=1)
    round_of(batch)
    client = as_user(city.sealer)
    client.post(reverse("authority:press", args=[batch.pk]), press_data(batch, city))
    session = SealingSession.objects.get()
    url = reverse("authority:copies", args=[session.pk])
    assert client.post(url, {"mark-city-register": "验-1"}).status_code == 302
    assert session.archive_copies.count() == 1
    assert client.post(url, {}).status_code == 400


def test_seasons_are_opened_by_the_city(city, as_user):
    client = as_user(city.city_reviewer)
    data = {"year": 2019, "term": "autumn", "legal_date": "2019-07-01"}
    assert client.post(reverse("authority:seasons"), data).status_code == 302
    page = client.get(reverse("authority:seasons"))
    assert "2019-07-12" in page.text
    assert client.post(reverse("authority:seasons"), data).status_code == 409
    assert as_user(city.city_leader).get(reverse("authority:seasons")).status_code == 403


def test_a_graduates_page_says_why_and_when_the_diploma_was_not_sealed(city, as_user, on_sealing_day):
    batch = approved_batch(city, count=2)
    round_of(batch)
    sealed, refused = certificates_of(batch.issue).order_by("number__number")
    data = press_data(batch, city, refuse=[str(refused.pk)], **{f"reason-{refused.pk}": "照片不符"})
    as_user(city.sealer).post(reverse("authority:press", args=[batch.pk]), data)
    clerk = as_user(city.clerk)
    page = clerk.get(reverse("school:candidate", args=[refused.candidate.pk])).text
    assert "验印机关没有验印这本证书：照片不符" in page
    assert '<dt>不予验印</dt>\n                <dd class="mono">2019-07-09</dd>' in page
    assert "不予验印" not in clerk.get(reverse("school:candidate", args=[sealed.candidate.pk])).text
