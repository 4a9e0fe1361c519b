from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xueji.core.calendar import Clock, days_left_until, deadline_by_clock, deadline_for, working_days_between
from xueji.policy import get_library

CALENDAR = get_library().pack("edu/national").on(date(2024, 1, 1)).calendar
days = st.dates(date(2003, 6, 1), date(2028, 6, 1))
terms = st.integers(1, 60)


def test_every_day_of_the_table_agrees_with_the_oracle():
    day, wrong = date(2004, 1, 1), []
    while day <= date(2026, 12, 31):
        if CALENDAR.is_working_day(day) != chinese_calendar.is_workday(day):
            wrong.append(day)
        day += timedelta(days=1)
    assert wrong == []


@pytest.mark.requirement("S1-16")
def test_ten_working_days_over_the_national_day_of_2024_end_on_the_make_up_saturday():
    deadline = deadline_for(date(2024, 9, 24), 10, CALENDAR)
    assert deadline.on == date(2024, 10, 12)
    assert [f"{day:%m%d}" for day in deadline.days] == [
        "0925",
        "0926",
        "0927",
        "0929",
        "0930",
        "1008",
        "1009",
        "1010",
        "1011",
        "1012",
    ]
    assert not deadline.provisional


@given(days, terms)
def test_the_last_day_is_worked_and_as_many_working_days_lie_between(event, term):
    deadline = deadline_for(event, term, CALENDAR)
    assert CALENDAR.is_working_day(deadline.on)
    assert event not in deadline.days
    assert working_days_between(event, deadline.on, CALENDAR) == term == len(deadline.days)


@given(days, terms)
def test_a_later_event_or_a_longer_term_never_ends_earlier(event, term):
    on = deadline_for(event, term, CALENDAR).on
    assert on <= deadline_for(event + timedelta(days=1), term, CALENDAR).on
    assert on < deadline_for(event, term + 1, CALENDAR).on


@given(days, terms)
def test_a_term_is_provisional_exactly_when_a_counted_day_lies_outside_the_table(event, term):
    deadline = deadline_for(event, term, CALENDAR)
    assert deadline.provisional == any(not 2004 <= day.year <= 2026 for day in deadline.days)


@given(days, days)
def test_counting_backwards_is_counting_forwards_with_a_minus(start, end):
    assert working_days_between(start, end, CALENDAR) == -working_days_between(end, start, CALENDAR)


def test_a_term_in_calendar_days_moves_off_a_day_off():
    clock = Clock("x", "公示", 7, "calendar_days")
    assert deadline_by_clock(date(2024, 9, 25), clock, CALENDAR).on == date(2024, 10, 8)  # 2 October is a holiday
    assert deadline_by_clock(date(2024, 9, 20), clock, CALENDAR).on == date(2024, 9, 27)


def test_a_clock_in_working_days_is_counted_like_one():
    clock = Clock("x", "验印后", 10, "working_days")
    assert deadline_by_clock(date(2024, 9, 24), clock, CALENDAR) == deadline_for(date(2024, 9, 24), 10, CALENDAR)


@pytest.mark.parametrize("term", [0, -1, 3651])
def test_a_term_without_days_is_a_bug(term):
    with pytest.raises(ValueError, match="1 to 3650"):
        deadline_for(date(2024, 9, 24), term, CALENDAR)
    for unit, direction in (("calendar_days", "after"), ("calendar_days", "before"), ("working_days", "before")):
        with pytest.raises(ValueError, match="1 to 3650"):
            deadline_by_clock(date(2024, 9, 24), Clock("x", "预约", term, unit, direction=direction), CALENDAR)


def test_days_left_turn_negative_the_moment_the_last_day_has_passed() -> None:
    friday = date(2024, 3, 8)
    assert days_left_until(friday, date(2024, 3, 7), CALENDAR) == 1
    assert days_left_until(friday, friday, CALENDAR) == 0
    assert days_left_until(friday, date(2024, 3, 9), CALENDAR) == -1  # Saturday: over
    assert days_left_until(friday, date(2024, 3, 12), CALENDAR) == -2
