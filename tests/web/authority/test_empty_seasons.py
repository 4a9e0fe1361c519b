"""A class opened by mistake: refused for a year that cannot be meant, removed while nothing stands in it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse
from django.utils import timezone
from tests.factories.institutions import ProgrammeFactory, staffed_city
from tests.factories.production import approved_batch, class_of, season_of

from xueji.core.days import refusal_of_class
from xueji.core.errors import BadInput, Conflict, NotPermitted
from xueji.graduation.actions import (
    amend_season,
    close_season,
    open_batch,
    open_season,
    remove_season,
    reopen_season,
)
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


def test_a_class_is_closed_and_opened_again_and_batches_that_stand_go_on(city, as_user) -> None:
    season = season_of(city, year=2020, day=date(2020, 7, 1))
    school, page, url = (
        city.county_school,
        reverse("authority:seasons"),
        reverse("authority:close_season", args=[season.pk]),
    )
    ProgrammeFactory(school=school)
    officer, clerk = as_user(city.city_reviewer), as_user(city.clerk)
    assert "2020届秋季毕业生验印已开放" in clerk.get(reverse("school:batches")).text
    assert "照常办理到底" in officer.post(url).text
    officer.post(url, {"confirmed": "1"})
    assert "已截止" in officer.get(page).text
    with pytest.raises(Conflict, match="截止上报"):
        close_season(season=season, by=city.city_reviewer, at=AT)
    assert "2020届秋季" not in clerk.get(reverse("school:batches")).text
    with pytest.raises(Conflict, match="截止上报"):  # a page from before
        open_batch(season=season, school=school, by=city.clerk, at=AT)
    far = staffed_city("610400", "610401")
    for act in (close_season, reopen_season):
        with pytest.raises(NotPermitted):
            act(season=season, by=far.city_reviewer, at=AT)
    officer.post(url)
    assert open_batch(season=season, school=school, by=city.clerk, at=AT).season == season
    assert Event.objects.filter(tag__in=["season:closed", "season:reopened"]).count() == 2


def test_the_legal_date_of_a_class_is_put_right_while_no_batch_stands_under_it(city, as_user) -> None:
    season = season_of(city, year=2020, day=date(2020, 7, 1))
    url, officer = reverse("authority:amend_season", args=[season.pk]), as_user(city.city_reviewer)
    assert url in officer.get(reverse("authority:seasons")).text
    officer.post(url, {"legal_date": "2020-06-01"})
    season.refresh_from_db()
    assert season.legal_date == date(2020, 6, 1)
    for wrong, words in ((date(2020, 6, 1), "没有变化"), (date(2023, 6, 1), "适用日期应在")):
        with pytest.raises((Conflict, BadInput), match=words):
            amend_season(season=season, legal_date=wrong, by=city.city_reviewer, at=AT)
    open_batch(season=season, school=city.county_school, by=city.clerk, at=AT)
    with pytest.raises(Conflict, match="已有批次"):
        amend_season(season=season, legal_date=date(2020, 7, 2), by=city.city_reviewer, at=AT)
    assert url not in officer.get(reverse("authority:seasons")).text
    assert Event.objects.get(tag="season:amended").before["legal_date"] == "2020-07-01"
