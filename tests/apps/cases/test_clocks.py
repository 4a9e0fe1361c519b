"""Terms of steps: working days over holidays and make-up days, provisional years, pauses. June 2019: the 24th is a Monday."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.apps import apps
from tests.apps.cases.freedonia import NOON, World, step_of
from tests.factories.institutions import staffed_city

from xueji.cases.actions import submit_case
from xueji.cases.clock_actions import recount_steps
from xueji.cases.models import StepState
from xueji.cases.queries import days_left, days_left_of
from xueji.core.errors import AlreadyDecided, BadInput, Conflict, NotFound, NotPermitted
from xueji.institutions import calendars
from xueji.institutions.calendar_actions import (
    declare_calendar_day,
    publish_year,
    remove_calendar_day,
    take_back_year,
)
from xueji.institutions.models import CalendarDay
from xueji.ledger.models import Event


def test_a_step_is_due_after_its_working_days(world: World) -> None:
    step = step_of(world.at_county())  # opened Monday 24; Wednesday 26 is a holiday
    assert (step.due_on, step.due_is_provisional) == (date(2019, 6, 28), False)


def test_a_step_without_a_clock_has_no_due_date(world: World) -> None:
    step = step_of(world.submitted())
    assert step.due_on is None
    assert days_left(step, date(2019, 6, 24)) is None


def test_a_term_in_calendar_days_ends_on_a_working_day(world: World) -> None:
    case = world.decide(world.at_city(), world.people.city_reviewer)
    assert step_of(case).due_on == date(2019, 7, 4)


def test_a_term_beyond_the_published_table_is_provisional(world: World) -> None:
    at = NOON.replace(month=12, day=30)
    case = submit_case(case=world.draft(), by=world.people.clerk, at=at)
    case = world.decide(case, world.people.leader, hours=24 * 189)
    step = step_of(case)
    assert step.due_on is not None
    assert (step.due_on.year, step.due_is_provisional) == (2020, True)
    city = world.people.city
    change = publish_year(
        authority=city, year=2020, notice="国办发明电〔2019〕16号", by=world.people.city_reviewer, at=at
    )
    assert change.moved == 1
    step.refresh_from_db()
    assert step.due_is_provisional is False
    assert recount_steps(city, None, at) == 0
    with pytest.raises(BadInput, match="原因"):
        take_back_year(published=change.entry, reason=" ", by=world.people.city_reviewer, at=at)
    with pytest.raises(NotPermitted):  # the calendar is the city's
        take_back_year(published=change.entry, reason="误登", by=world.people.county_reviewer, at=at)
    back = take_back_year(published=change.entry, reason="误登", by=world.people.city_reviewer, at=at)
    step.refresh_from_db()
    assert (back.moved, step.due_is_provisional) == (1, True)
    with pytest.raises(NotFound, match="已经撤销"):
        take_back_year(published=change.entry, reason="误登", by=world.people.city_reviewer, at=at)


@pytest.mark.parametrize(
    ("today", "left"),
    [
        pytest.param(date(2019, 6, 24), 3, id="on the day it opened"),
        pytest.param(date(2019, 6, 26), 2, id="holiday not counted"),
        pytest.param(date(2019, 6, 28), 0, id="last day"),
        pytest.param(date(2019, 6, 29), -1, id="make-up Saturday counts"),
        pytest.param(date(2019, 6, 30), -1, id="Sunday does not"),
    ],
)
def test_days_left_counts_working_days(world: World, today: date, left: int) -> None:
    step = step_of(world.at_county())
    assert days_left(step, today) == left
    assert days_left_of([step], today) == {step.pk: left}


def test_days_left_of_many_steps_reads_the_calendar_once(world: World, django_assert_num_queries) -> None:
    steps = [step_of(world.at_county()) for _ in range(3)]
    with django_assert_num_queries(2):
        left = days_left_of(steps, date(2019, 6, 24))
    assert set(left.values()) == {3}


def holiday(world: World, day: date, authority=None, by=None):
    """Declare a day off."""
    return declare_calendar_day(
        authority=authority or world.people.city, day=day, kind=CalendarDay.Kind.HOLIDAY, note="市政府通知",
        by=by or world.people.city_reviewer, at=NOON,
    )  # fmt: skip


def test_a_declared_holiday_moves_open_terms_and_taken_back_moves_them_back(world: World) -> None:
    step = step_of(world.at_county())
    change = holiday(world, date(2019, 6, 27))
    assert change.moved == 1
    step.refresh_from_db()
    assert step.due_on == date(2019, 6, 29)  # the make-up Saturday
    event = Event.objects.get(tag="deadline:recounted")
    assert (event.before["due_on"], event.after["due_on"]) == ("2019-06-28", "2019-06-29")
    back = remove_calendar_day(declared=change.entry, by=world.people.city_reviewer, at=NOON)
    step.refresh_from_db()
    assert (back.moved, step.due_on) == (1, date(2019, 6, 28))
    assert Event.objects.get(tag="calendar_day:removed").before["day"] == "2019-06-27"
    with pytest.raises(NotFound, match="已经撤销"):
        remove_calendar_day(declared=change.entry, by=world.people.city_reviewer, at=NOON)


def test_a_holiday_moves_also_what_was_deferred_and_resumed(world: World) -> None:
    """Two days were left on Tuesday 25; resumed on Monday 8 July, they are Tuesday and Wednesday."""
    people = world.people
    case = world.decide(world.at_county(), people.county_reviewer, "defer", "待核实", hours=24)
    case = world.decide(case, people.county_reviewer, "resume", hours=24 * 14)
    step = step_of(case)
    assert step.due_on == date(2019, 7, 10)
    change = holiday(world, date(2019, 7, 9))
    step.refresh_from_db()
    assert (change.moved, step.due_on) == (1, date(2019, 7, 11))
    remove_calendar_day(declared=change.entry, by=people.city_reviewer, at=NOON)
    step.refresh_from_db()
    assert step.due_on == date(2019, 7, 10)


def test_a_holiday_in_a_pause_gives_nothing_and_one_before_it_gives_a_day(world: World) -> None:
    people = world.people
    case = world.decide(world.at_county(), people.county_reviewer, "defer", "待核实", hours=24)
    assert (
        holiday(world, date(2019, 6, 28)).moved == 1
    )  # the term had not run yet: 24 to 28, now to the make-up Saturday
    case = world.decide(case, people.county_reviewer, "resume", hours=24 * 14)
    assert step_of(case).due_on == date(2019, 7, 10)
    assert holiday(world, date(2019, 6, 25)).moved == 1  # the one day that had counted did not
    assert step_of(case).due_on == date(2019, 7, 11)


def test_a_day_belongs_to_its_authority_and_those_below(world: World) -> None:
    step = step_of(world.at_county())
    far = staffed_city(division_code="110100", county_code="110101")
    assert holiday(world, date(2019, 6, 27), far.city, far.city_reviewer).moved == 0
    county = declare_calendar_day(
        authority=world.people.county, day=date(2019, 6, 27), kind=CalendarDay.Kind.HOLIDAY, note="x", by=None, at=NOON
    )
    assert county.moved == 1
    step.refresh_from_db()
    assert step.due_on == date(2019, 6, 29)
    assert CalendarDay.objects.count() == 2  # the same day twice, neither over the other


def test_nobody_enters_or_takes_back_a_day_of_another_authority(world: World) -> None:
    far = staffed_city(division_code="110100", county_code="110101")
    entry = holiday(world, date(2019, 6, 27)).entry
    with pytest.raises(NotPermitted, match="本机关"):
        holiday(world, date(2019, 6, 27), world.people.city, far.city_reviewer)
    with pytest.raises(NotPermitted, match="本机关"):
        holiday(world, date(2019, 6, 27), world.people.county)
    with pytest.raises(NotPermitted, match="本机关"):
        remove_calendar_day(declared=entry, by=far.city_reviewer, at=NOON)


def test_every_model_with_a_due_date_follows_the_calendar() -> None:
    holding = {
        model._meta.label for model in apps.get_models() if any(f.name.startswith("due_") for f in model._meta.fields)
    }
    assert holding == set(calendars._clocks)


def test_deferral_stops_the_clock_and_resumption_gives_what_was_left(world: World) -> None:
    people = world.people
    case = world.at_county()
    case = world.decide(case, people.county_reviewer, "defer", "待核实", hours=24)  # Tuesday 25: two days left
    step = step_of(case)
    assert step.state == StepState.DEFERRED
    assert days_left(step, date(2019, 6, 27)) is None
    assert recount_steps(people.city, None, NOON) == 0
    case = world.decide(case, people.county_reviewer, "resume", hours=24 * 14)  # Monday 8 July
    step = step_of(case)
    assert (step.state, step.due_on) == (StepState.CURRENT, date(2019, 7, 10))
    assert world.decide(case, people.county_reviewer).state == "in_progress"


@pytest.mark.parametrize(
    ("days", "due_on"),
    [
        pytest.param(3, date(2019, 7, 9), id="the day before the last: one is left"),
        pytest.param(4, date(2019, 7, 9), id="the last day: nothing is left, and one is given"),
        pytest.param(5, date(2019, 6, 28), id="the day after the last: overdue as before"),
    ],
)
def test_a_step_deferred_about_its_last_day_can_be_resumed(world: World, days: int, due_on: date) -> None:
    """Due on Friday 28 June, deferred on the 27th, 28th or 29th, resumed on Monday 8 July."""
    people = world.people
    case = world.decide(world.at_county(), people.county_reviewer, "defer", "待核实", hours=24 * days)
    case = world.decide(case, people.county_reviewer, "resume", hours=24 * 14)
    assert (step_of(case).state, step_of(case).due_on) == (StepState.CURRENT, due_on)


def test_an_overdue_step_stays_overdue_through_a_deferral(world: World) -> None:
    people = world.people
    case = world.decide(world.at_county(), people.county_reviewer, "defer", "待核实", hours=24 * 10)
    case = world.decide(case, people.county_reviewer, "resume", hours=24 * 20)
    assert step_of(case).due_on == date(2019, 6, 28)


def test_a_deferred_step_is_resumed_before_it_is_decided(world: World) -> None:
    people = world.people
    case = world.decide(world.at_county(), people.county_reviewer, "defer", "待核实")
    with pytest.raises(AlreadyDecided, match="已经暂缓"):
        world.decide(case, people.county_reviewer, "defer", "再次")
    with pytest.raises(Conflict, match="先恢复"):
        world.decide(case, people.county_reviewer, "approve")
    case = world.decide(case, people.county_reviewer, "resume")
    with pytest.raises(Conflict, match="无需恢复"):
        world.decide(case, people.county_reviewer, "resume")


def test_the_legal_day_is_that_of_shanghai(world: World) -> None:
    late = NOON + timedelta(hours=13)  # 01:00 on Tuesday in Shanghai, still Monday in UTC
    case = submit_case(case=world.draft(), by=world.people.clerk, at=late)
    case = world.decide(case, world.people.leader, hours=13)
    assert step_of(case).due_on == date(2019, 6, 29)
