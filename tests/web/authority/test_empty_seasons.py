"""A class opened by mistake: refused for a year that cannot be meant, removed while nothing stands in it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse
from django.utils import timezone
from tests.factories.institutions import staffed_city
from tests.factories.production import approved_batch, class_of, season_of

from xueji.core.days import refusal_of_class
from xueji.core.errors import BadInput, Conflict, NotPermitted
from xueji.graduation.actions import open_season, remove_season
from xueji.graduation.models import Season
from xueji.ledger.models import Event
from xueji.production.models import SealingRound

pytestmark = pytest.mark.django_db
AT = datetime(2026, 6, 1, 1, tzinfo=UTC)


def test_the_year_of_a_class_lies_around_today(city, as_user) -> None:
    year = timezone.localdate().year
    wrong = as_user(city.city_reviewer).post(
        reverse("authority:seasons"), {"year": 2099, "term": "autumn", "legal_date": f"{year}-06-01"}
    )
    assert wrong.status_code == 422
    assert f"毕业届次的年份应在 2000 至 {year + 3} 之间，填写的是 2099" in wrong.text
    with pytest.raises(BadInput, match="应在 2000 至 2029 之间"):
        open_season(
            authority=city.city, year=2030, term="autumn", legal_date=date(2029, 6, 1), by=city.city_reviewer, at=AT
        )
    assert not Season.objects.exists()
    assert refusal_of_class(2029, AT.date()) is None


def test_a_class_opened_by_mistake_is_removed_after_a_question_and_opened_anew(city, as_user) -> None:
    officer = as_user(city.city_reviewer)
    typed = {"year": 2019, "term": "autumn", "legal_date": "2020-06-01"}
    officer.post(reverse("authority:seasons"), typed)
    season = Season.objects.get()
    url = reverse("authority:remove_season", args=[season.pk])
    assert url in officer.get(reverse("authority:seasons")).text
    asked = officer.post(url)
    assert "2020-06-01" in asked.text
    assert Season.objects.filter(pk=season.pk).exists()
    done = officer.post(url, {"confirmed": "1"}, follow=True)
    assert "已删除2019届秋季" in done.text
    event = Event.objects.get(tag="season:removed")
    assert (event.before["legal_date"], event.authority_id) == ("2020-06-01", city.city.pk)
    assert officer.post(reverse("authority:seasons"), typed | {"legal_date": "2019-07-01"}).status_code == 302


def test_a_class_with_a_batch_or_a_round_stays_and_its_page_offers_no_removal(city, as_user) -> None:
    officer = as_user(city.city_reviewer)
    used = approved_batch(city, count=1).season
    arranged = season_of(city, year=2020, day=date(2020, 7, 1))
    SealingRound.objects.create(
        **class_of(arranged), opens_on=date(2020, 7, 6), closes_on=date(2020, 7, 10), place="职成科"
    )
    page = officer.get(reverse("authority:seasons")).text
    for season in (used, arranged):
        url = reverse("authority:remove_season", args=[season.pk])
        assert url not in page
        assert officer.post(url).status_code == 409
        with pytest.raises(Conflict, match="不能删除"):
            remove_season(season=season, by=city.city_reviewer, at=AT)
    assert Season.objects.count() == 2
    assert not Event.objects.filter(tag="season:removed").exists()


def test_only_its_own_office_removes_a_class(city, as_user) -> None:
    season, far = season_of(city), staffed_city("610300", "610302")
    with pytest.raises(NotPermitted):
        remove_season(season=season, by=far.city_reviewer, at=AT)
    url = reverse("authority:remove_season", args=[season.pk])
    assert as_user(far.city_reviewer).post(url).status_code == 404
    assert as_user(city.city_leader).post(url).status_code == 403
    assert Season.objects.filter(pk=season.pk).exists()
