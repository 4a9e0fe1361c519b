"""The date of issue is asked of who takes the last approval, on the page that says what it will do."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from tests.web.authority.test_review import at_county

from xueji.cases.actions import decide_step
from xueji.cases.queries import open_step_of
from xueji.institutions.calendars import working_calendar

pytestmark = pytest.mark.django_db


def at_the_city(city):
    batch, step = at_county(city)
    decide_step(step=step, verdict="approve", by=city.county_reviewer, at=timezone.now())
    batch.case.refresh_from_db()
    return batch, open_step_of(batch.case)


def day_that(city, batch, *, works: bool) -> date:
    """Return the next day on which the office works, or does not."""
    calendar = working_calendar(batch.law, city.city)
    days = (timezone.localdate() + timedelta(days=n) for n in range(1, 20))
    return next(day for day in days if calendar.is_working_day(day) == works)


def test_the_last_approval_asks_for_the_date_and_gives_it(city, as_user):
    batch, step = at_the_city(city)
    client, url = as_user(city.city_reviewer), reverse("authority:step", args=[step.pk])
    sent = {"verdict": "approve", "version": batch.case.version}
    question = client.post(url, sent)
    assert question.status_code == 200
    assert 'name="issue_date"' in question.text
    assert timezone.localdate().isoformat() in question.text
    day = day_that(city, batch, works=True)
    assert client.post(url, sent | {"confirmed": "1", "issue_date": day.isoformat()}).status_code == 302
    batch.issue.refresh_from_db()
    assert batch.issue.issue_date == day


def test_a_day_off_is_asked_about_once_and_then_taken(city, as_user):
    batch, step = at_the_city(city)
    client, url = as_user(city.city_reviewer), reverse("authority:step", args=[step.pk])
    day = day_that(city, batch, works=False)
    sent = {"verdict": "approve", "version": batch.case.version, "confirmed": "1", "issue_date": day.isoformat()}
    asked = client.post(url, sent)
    assert asked.status_code == 422
    assert "不是工作日" in asked.text
    assert f'name="off_day" value="{day.isoformat()}"' in asked.text
    batch.issue.refresh_from_db()
    assert batch.issue.numbered_at is None
    assert client.post(url, sent | {"off_day": day.isoformat()}).status_code == 302
    batch.issue.refresh_from_db()
    assert batch.issue.issue_date == day


@pytest.mark.parametrize("days", [-31, 61, 4000])
def test_a_day_outside_the_pack_is_refused_on_the_page_that_asked(city, as_user, days):
    batch, step = at_the_city(city)
    day = timezone.localdate() + timedelta(days=days)
    sent = {"verdict": "approve", "version": batch.case.version, "confirmed": "1", "issue_date": day.isoformat()}
    refused = as_user(city.city_reviewer).post(reverse("authority:step", args=[step.pk]), sent)
    assert refused.status_code == 422
    assert day.isoformat() in refused.text
    batch.issue.refresh_from_db()
    assert batch.issue.numbered_at is None


def test_an_earlier_step_asks_for_no_date(city, as_user):
    batch, step = at_county(city)
    page = as_user(city.county_reviewer).post(
        reverse("authority:step", args=[step.pk]), {"verdict": "approve", "version": batch.case.version}
    )
    assert "issue_date" not in page.text


def test_in_bulk_one_date_is_asked_for_all(city, as_user):
    batch, step = at_the_city(city)
    client = as_user(city.city_reviewer)
    assert 'name="issue_date"' in client.post(reverse("authority:bulk"), {"steps": [step.pk]}).text
    sent = {"steps": [step.pk], f"version-{step.pk}": batch.case.version}
    off, day = day_that(city, batch, works=False), day_that(city, batch, works=True)
    asked = client.post(reverse("authority:bulk_decision"), sent | {"issue_date": off.isoformat()})
    assert asked.status_code == 422
    assert "不是工作日" in asked.text
    done = client.post(reverse("authority:bulk_decision"), sent | {"issue_date": day.isoformat()})
    assert (done.context["done"], done.context["failed"]) == (1, 0)
    batch.issue.refresh_from_db()
    assert batch.issue.issue_date == day
