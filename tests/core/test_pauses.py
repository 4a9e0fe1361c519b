"""A term that stood still: what is left of it, whenever it stopped and went on."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xueji.core.calendar import (
    Clock,
    Pause,
    WorkingCalendar,
    days_left_until,
    deadline_by_clock,
    deadline_over_pauses,
)

CALENDAR = WorkingCalendar(frozenset({date(2019, 6, 26)}), frozenset({date(2019, 6, 29)}), 2019, 2019)
TEN = Clock("ten", "十个工作日", 10, "working_days")
MONDAY = date(2019, 6, 24)
DAYS = st.integers(0, 60)


def pauses_of(gaps: list[tuple[int, int]], start: date = MONDAY) -> list[Pause]:
    """Pauses one after the other: each stops so many days after the last went on, and lasts so many."""
    found, day = [], start
    for before, lasts in gaps:
        since = day + timedelta(days=before)
        day = since + timedelta(days=lasts)
        found.append(Pause(since, day))
    return found


@given(
    st.lists(st.tuples(DAYS, DAYS), max_size=4), st.integers(1, 30), st.sampled_from(["working_days", "calendar_days"])
)
def test_standing_still_never_brings_a_term_forward(gaps, days, unit):
    clock = Clock("c", "c", days, unit)
    plain = deadline_by_clock(MONDAY, clock, CALENDAR)
    assert deadline_over_pauses(MONDAY, clock, CALENDAR, pauses_of(gaps)).on >= plain.on


@given(st.integers(0, 30), DAYS)
def test_what_was_left_is_left_and_a_day_at_least(before, lasts):
    (pause,) = pauses_of([(before, lasts)])
    plain = deadline_by_clock(MONDAY, TEN, CALENDAR).on
    term = deadline_over_pauses(MONDAY, TEN, CALENDAR, [pause]).on
    if plain < pause.since:  # it was over: it is over as before
        assert term == plain
    else:
        left = days_left_until(plain, pause.since, CALENDAR)
        assert days_left_until(term, pause.until, CALENDAR) == max(left, 1)


@pytest.mark.parametrize(
    ("stopped", "due"),
    [
        pytest.param(date(2019, 7, 5), date(2019, 8, 2), id="a day before the last: one is left"),
        pytest.param(date(2019, 7, 8), date(2019, 8, 2), id="on the last: a day is given"),
        pytest.param(date(2019, 7, 9), date(2019, 7, 8), id="on the day after: over as before"),
    ],
)
def test_a_term_stopped_about_its_last_day(stopped, due):
    assert deadline_by_clock(MONDAY, TEN, CALENDAR).on == date(2019, 7, 8)
    assert deadline_over_pauses(MONDAY, TEN, CALENDAR, [Pause(stopped, date(2019, 8, 1))]).on == due
