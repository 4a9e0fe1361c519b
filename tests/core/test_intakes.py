"""Intakes, ages and months later: at their turns."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xueji.core.intakes import Age, Intake, months_after


@pytest.mark.parametrize(
    ("text", "year", "term"),
    [("2021-autumn", 2021, "autumn"), ("2021-09", 2021, "autumn"), ("2022-02", 2022, "spring"), ("2022-06", 2022, "spring"),
     ("2021-07", 2021, "autumn")],
)  # fmt: skip
def test_an_intake_is_a_season_or_the_month_of_one(text: str, year: int, term: str) -> None:
    assert Intake.parse(text) == Intake(year, term)


@pytest.mark.parametrize("text", ["", "2021", "2021-13", "2021-summer", "2021-9", "２０２１-09"])
def test_what_is_no_intake_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no intake"):
        Intake.parse(text)


@pytest.mark.parametrize(
    ("born", "years", "is_birthday"),
    [(date(2003, 8, 31), 18, False), (date(2003, 9, 1), 18, True), (date(2003, 9, 2), 17, False)],
)
def test_somebody_is_a_year_older_from_the_birthday_on(born: date, years: int, is_birthday: bool) -> None:
    assert Age.on(date(2021, 9, 1), born) == Age(years, is_birthday)


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [(date(2021, 9, 1), 3, date(2021, 12, 1)), (date(2021, 11, 30), 3, date(2022, 2, 28)),
     (date(2023, 11, 30), 3, date(2024, 2, 29)), (date(2021, 8, 31), 3, date(2021, 11, 30))],
)  # fmt: skip
def test_months_later_is_the_same_day_or_the_last(day: date, months: int, later: date) -> None:
    assert months_after(day, months) == later


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(0, 60))
def test_months_later_lies_in_the_month_counted_to(day: date, months: int) -> None:
    later = months_after(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day <= day.day
