"""When somebody came: an intake, a spring or an autumn: «2021-autumn», or the month in which somebody entered."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

SPRING, AUTUMN = "spring", "autumn"
_INTAKE = re.compile(r"([12][0-9]{3})-(spring|autumn)")
_MONTH = re.compile(r"([12][0-9]{3})-(0[1-9]|1[0-2])")
_FIRST_AUTUMN_MONTH = 7  # schools admit from the summer on


@dataclass(frozen=True, slots=True)
class Intake:
    """The intake of a year; the spring one comes before the autumn one."""

    year: int
    term: str  # spring | autumn

    def __le__(self, other: Intake) -> bool:
        return (self.year, self.term == AUTUMN) <= (other.year, other.term == AUTUMN)

    @classmethod
    def parse(cls, text: str) -> Intake:
        """Read «2021-autumn» or a month, «2021-09»; raise ValueError otherwise."""
        if match := _INTAKE.fullmatch(text):
            return cls(int(match[1]), match[2])
        if match := _MONTH.fullmatch(text):
            return cls.of(date(int(match[1]), int(match[2]), 1))
        raise ValueError(f"no intake: {text!r}")

    @classmethod
    def of(cls, day: date) -> Intake:
        """Return the intake with which somebody comes who enters on a day."""
        return cls(day.year, AUTUMN if day.month >= _FIRST_AUTUMN_MONTH else SPRING)

    def first_of_september(self) -> date:
        """Return the day on which ages are counted."""
        return date(self.year, 9, 1)


@dataclass(frozen=True, slots=True)
class Age:
    """How old somebody born on a day is on another."""

    years: int
    is_birthday: bool

    @classmethod
    def on(cls, day: date, born: date) -> Age:
        """Return the age on a day."""
        years = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
        return cls(years, (day.month, day.day) == (born.month, born.day))


def months_after(day: date, months: int) -> date:
    """Return the same day so many months later, the last of its month where there is none (Civil Code, article 202)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError(f"no month has fewer than 28 days: {day}")
