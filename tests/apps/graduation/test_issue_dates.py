"""The date of issue: chosen by who releases, within the days of the pack, the same on everything printed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone
from tests.factories.graduation import filled, setting
from tests.factories.institutions import staffed_city

from xueji.cases.actions import decide_step
from xueji.cases.queries import open_step_of
from xueji.certificates.models import Certificate
from xueji.core.errors import Conflict, NotPermitted, RuleViolation
from xueji.core.issue_dates import Floor, check_issue_date
from xueji.graduation.actions import choose_issue_date, submit_batch
from xueji.graduation.models import Candidate
from xueji.graduation.queries.dating import day_to_offer
from xueji.ledger.models import Event
from xueji.policy import get_library

pytestmark = pytest.mark.django_db


def at_the_city(city, school=None):
    """Return a batch that waits for the last step, that of the city, and the step."""
    here, now = filled(setting(city, school=school)), timezone.now()
    submit_batch(batch=here.batch, by=here.clerk, at=now)
    decide_step(step=open_step_of(here.batch.case), verdict="approve", by=city.leader, at=now)
    decide_step(step=open_step_of(here.batch.case), verdict="approve", by=city.county_reviewer, at=now)
    return here.batch, open_step_of(here.batch.case)


def test_the_chosen_day_stands_on_every_certificate() -> None:
    city, now = staffed_city(), timezone.now()
    batch, step = at_the_city(city)
    day = timezone.localdate(now) + timedelta(days=60)
    choose_issue_date(step=step, day=day, by=city.city_reviewer, at=now)
    choose_issue_date(step=step, day=day, by=city.city_reviewer, at=now)
    decide_step(step=step, verdict="approve", by=city.city_reviewer, at=now)
    batch.issue.refresh_from_db()
    assert batch.issue.issue_date == day
    assert set(Certificate.objects.filter(issue=batch.issue).values_list("issue_date", flat=True)) == {day}
    (chosen,) = Event.objects.filter(tag="batch:dated")
    assert chosen.after == {"issue_date": day.isoformat()}
    assert "weinan-2019-22" in str(chosen.rules)


@pytest.mark.parametrize(("days", "passes"), [(-30, True), (-31, False), (60, True), (61, False)])
def test_the_bounds_are_those_of_the_pack(days: int, *, passes: bool) -> None:
    city, now = staffed_city(), timezone.now() + timedelta(days=40)  # long after the school has asked
    batch, step = at_the_city(city)
    day = timezone.localdate(now) + timedelta(days=days)
    if passes:
        choose_issue_date(step=step, day=day, by=city.city_reviewer, at=now)
        batch.refresh_from_db()
        assert batch.issue_on == day
        return
    with pytest.raises(RuleViolation) as refused:
        choose_issue_date(step=step, day=day, by=city.city_reviewer, at=now)
    (finding,) = refused.value.findings
    assert finding.field == "issue_date"
    assert finding.cites


def test_no_day_before_the_school_has_asked() -> None:
    city, now = staffed_city(), timezone.now()
    batch, step = at_the_city(city)
    today = timezone.localdate(now)
    with pytest.raises(RuleViolation, match="不早于学校上报之日"):
        choose_issue_date(step=step, day=today - timedelta(days=1), by=city.city_reviewer, at=now)
    choose_issue_date(step=step, day=today, by=city.city_reviewer, at=now)
    batch.refresh_from_db()
    assert batch.issue_on == today


def test_no_day_before_the_month_in_which_they_graduate() -> None:
    city, now = staffed_city(), timezone.now()
    batch, step = at_the_city(city)
    first = (timezone.localdate(now).replace(day=1) + timedelta(days=32)).replace(day=1)
    for candidate in Candidate.objects.filter(batch=batch):
        candidate.graduation_month = f"{first:%Y-%m}"
        candidate.save()
    with pytest.raises(RuleViolation, match="不早于毕业年月"):
        choose_issue_date(step=step, day=first - timedelta(days=1), by=city.city_reviewer, at=now)
    assert day_to_offer(batch, timezone.localdate(now)) == first
    choose_issue_date(step=step, day=first, by=city.city_reviewer, at=now)


@pytest.mark.requirement("S2-32")
@pytest.mark.parametrize(("day", "passes"), [(date(2026, 6, 10), False), (date(2026, 6, 11), True)])
def test_henan_dates_no_certificate_before_it_begins_to_make_them(day: date, *, passes: bool) -> None:
    view = get_library().pack("edu/henan").on(date(2026, 6, 1))
    window = next(w for w in view.windows(2026, "autumn") if w.key.startswith("print"))
    found = check_issue_date(day, view, date(2026, 6, 12), [Floor(window.opens, window.label, window.cites)])
    assert (not found) is passes
    assert all("第十七条" in str(finding.cites) for finding in found)


def test_a_day_chosen_long_before_the_approval_is_refused_with_it() -> None:
    city, now = staffed_city(), timezone.now()
    batch, step = at_the_city(city)
    choose_issue_date(step=step, day=timezone.localdate(now), by=city.city_reviewer, at=now)
    with pytest.raises(RuleViolation, match="发证日期"):
        decide_step(step=step, verdict="approve", by=city.city_reviewer, at=now + timedelta(days=31))
    batch.issue.refresh_from_db()
    assert batch.issue.numbered_at is None


def test_only_who_releases_chooses() -> None:
    city, now = staffed_city(), timezone.now()
    here = filled(setting(city))
    submit_batch(batch=here.batch, by=here.clerk, at=now)
    step = open_step_of(here.batch.case)
    with pytest.raises(Conflict, match="不发放编号"):
        choose_issue_date(step=step, day=date.today(), by=city.leader, at=now)  # refused for the step
    with pytest.raises(NotPermitted):
        choose_issue_date(step=step, day=date.today(), by=city.county_reviewer, at=now)


def test_the_schools_of_a_class_are_offered_the_same_day() -> None:
    city, now = staffed_city(), timezone.now()
    first, step = at_the_city(city)
    today = timezone.localdate(now)
    assert day_to_offer(first, today) == today
    choose_issue_date(step=step, day=today + timedelta(days=5), by=city.city_reviewer, at=now)
    decide_step(step=step, verdict="approve", by=city.city_reviewer, at=now)
    here = setting(city, school=city.city_school)
    assert day_to_offer(here.batch, today) == today + timedelta(days=5)
