"""Days that are typed: each meaning has its first and its last day, taken at both ends and refused beyond."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from xueji.core.days import DAYS, refusal_of_day, require_day
from xueji.core.errors import BadInput

TODAY = date(2026, 3, 2)
SLIPS = [date(1, 1, 1), date(209, 7, 1), date(1900, 1, 1), date(2109, 7, 1), date(9999, 12, 31)]
ONE = timedelta(days=1)


@pytest.mark.parametrize("meaning", DAYS)
def test_both_ends_are_taken_and_the_days_beyond_are_not(meaning: str) -> None:
    first, last = DAYS[meaning].span(TODAY)
    assert first < last
    for day in (first, last):
        require_day(meaning, day, TODAY)
    for day in (first - ONE, last + ONE):
        with pytest.raises(BadInput, match=f"应在 {first} 至 {last} 之间"):
            require_day(meaning, day, TODAY)


@pytest.mark.parametrize("meaning", DAYS)
@pytest.mark.parametrize("day", SLIPS, ids=str)
def test_slips_of_the_keys_are_refused_whatever_the_day_means(meaning: str, day: date) -> None:
    refusal = refusal_of_day(meaning, day, TODAY)
    assert refusal is not None
    assert refusal.startswith(DAYS[meaning].label)


@pytest.mark.parametrize(
    ("meaning", "day"),
    [
        ("day_off", date(2019, 7, 10)),
        ("day_off", date(2027, 1, 1)),
        ("amended", date(2015, 9, 1)),
        ("taken_up", date(2026, 9, 1)),
        ("closed", date(2026, 8, 31)),
        ("legal", date(2019, 7, 1)),
        ("legal", date(2029, 12, 31)),
        ("amended", date(1996, 1, 1)),
        ("sealing", date(2026, 7, 6)),
        ("handed_on", TODAY),
        ("born", date(2008, 2, 29)),
        ("study", date(2016, 9, 1)),
        ("law", date(2015, 1, 1)),
    ],
)
def test_days_of_the_work_are_taken(meaning: str, day: date) -> None:
    assert refusal_of_day(meaning, day, TODAY) is None


def test_on_a_leap_day_the_bounds_stand() -> None:
    for bounds in DAYS.values():
        first, last = bounds.span(date(2028, 2, 29))
        assert first < last


def test_a_refusal_repeats_what_was_typed_but_no_birth_date() -> None:
    slip = date(209, 7, 1)
    assert "0209-07-01" in (refusal_of_day("amended", slip, TODAY) or "")
    assert "0209-07-01" not in (refusal_of_day("born", slip, TODAY) or "0209-07-01")
