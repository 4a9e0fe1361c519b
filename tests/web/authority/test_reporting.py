"""Who has not reported a season is listed and reminded; the reminder stands on the school's desk until it submits."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone
from tests.factories.graduation import AT, filled, season_of, setting
from tests.factories.institutions import ProgrammeFactory, SchoolFactory, staffed_city

from xueji.core.errors import BadInput, Conflict, NotFound
from xueji.graduation.actions import close_season, remind_schools, submit_batch
from xueji.graduation.queries.reporting import open_reminders, reporting_of
from xueji.ledger.models import Event

pytestmark = pytest.mark.django_db


def test_schools_that_have_not_submitted_are_reminded_on_their_desk_until_they_do(city, as_user) -> None:
    here = filled(setting(city))  # the county's school has a draft, the city's none
    ProgrammeFactory(school=city.city_school)
    SchoolFactory(authority=city.city)  # teaches nothing: awaited by nobody
    officer, page = as_user(city.city_reviewer), reverse("authority:reporting")
    shown = officer.get(page).text
    assert city.county_school.name in shown
    assert city.city_school.name in shown
    assert "未建立批次" in shown
    url = reverse("authority:remind_schools", args=[here.season.pk])
    both = [city.county_school.pk, city.city_school.pk]
    assert officer.post(url, {"ids": both, "note": "请于周五前提交"}).status_code == 302
    desk = as_user(city.clerk).get(reverse("desk")).text
    assert "催办：2019届秋季毕业生还没有提交" in desk
    assert "请于周五前提交" in desk
    assert officer.post(url, {"ids": both}).status_code == 409  # the same day, from a page that stayed open
    submit_batch(batch=here.batch, by=here.clerk, at=AT)
    assert not open_reminders([city.county_school.pk])
    assert [r.school_id for r in open_reminders([city.city_school.pk])] == [city.city_school.pk]
    assert city.county_school.name not in officer.get(page).text
    assert city.county_school.name in officer.get(page, {"show": "all"}).text
    assert Event.objects.filter(tag="school:reminded").count() == 2


def test_only_whoever_watches_a_school_reminds_it_and_only_while_it_is_awaited(city, as_user) -> None:
    season, school = season_of(city), city.county_school
    ProgrammeFactory(school=school)
    far = staffed_city("610400", "610401")
    act = {"season": season, "note": "", "at": timezone.now()}
    for stranger in (far.city_reviewer, far.county_reviewer, city.clerk):
        assert school not in [row.school for row in reporting_of(stranger, season)]
        with pytest.raises(NotFound):
            remind_schools(schools={school.pk}, by=stranger, **act)
    with pytest.raises(BadInput):
        remind_schools(schools=set(), by=city.city_reviewer, **act)
    assert remind_schools(schools={school.pk}, by=city.county_reviewer, **act) == 1  # a county reminds its own
    close_season(season=season, by=city.city_reviewer, at=timezone.now())
    season.refresh_from_db()
    with pytest.raises(Conflict, match="截止"):
        remind_schools(schools={school.pk}, by=city.city_reviewer, **act)
    assert not open_reminders([school.pk])
    assert as_user(city.clerk).get(reverse("authority:reporting")).status_code == 403
