"""Months: the law dates study by month (入学年月, 毕业年月), never by day."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

_FORMS = (
    re.compile(r"([12][0-9]{3})[-./年]\s?([0-9]{1,2})月?(?:[-./][0-9]{1,2}|[0-9]{1,2}日)?$"),
    re.compile(r"([12][0-9]{3})([01][0-9])(?:[0-3][0-9])?$"),
)


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month; ordered; `str` gives «2019-07»."""

    year: int
    month: int

    def __post_init__(self) -> None:
        if not 1 <= self.month <= 12:
            raise ValueError(f"no such month: {self.month}")

    @classmethod
    def parse(cls, text: str) -> Month:
        """Read «2019-07», «2019.7», «2019年7月», «201907» (a day behind it is dropped); raise ValueError otherwise."""
        return _parse(text)

    @classmethod
    def of(cls, day: date) -> Month:
        """Return the month of a day."""
        return cls(day.year, day.month)

    def first_day(self) -> date:
        """Return the first day of the month."""
        return date(self.year, self.month, 1)

    def months_until(self, other: Month) -> int:
        """Return the number of months from this one to `other` (negative when it lies before)."""
        return (other.year - self.year) * 12 + other.month - self.month

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"


@lru_cache(maxsize=4096)
def _parse(text: str) -> Month:
    """Read a month; kept, because a class shares two of them."""
    stripped = text.strip()
    for form in _FORMS:
        if match := form.match(stripped):
            return Month(int(match[1]), int(match[2]))
    raise ValueError(f"not a month: {text!r}")
