"""Working days as the State Council publishes them, and the last day of a term counted in them.

A day is worked when it is a make-up day, or Monday to Friday and not a holiday. Years beyond the table are computed
from weekends alone, and whatever was counted there is flagged provisional: the table of a year appears the November before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from xueji.core.findings import Citation

_SATURDAY = 5
_LONGEST_TERM = 3650


@dataclass(frozen=True, slots=True)
class Clock:
    """A term in working days (or calendar days) that starts with an event, or leads up to one."""

    key: str
    label: str
    days: int
    unit: str  # working_days | calendar_days
    cites: tuple[Citation, ...] = ()
    direction: str = "after"  # after the event | before: the days that lead up to it


@dataclass(frozen=True, slots=True, eq=False)
class WorkingCalendar:
    """Holidays and make-up days of the years `first_year` to `last_year`; compared by identity, it is large."""

    holidays: frozenset[date]
    makeup_days: frozenset[date]
    first_year: int
    last_year: int

    def covers(self, day: date) -> bool:
        """Whether the published table includes the year of `day`."""
        return self.first_year <= day.year <= self.last_year

    def is_working_day(self, day: date) -> bool:
        """Whether offices work on `day`; beyond the table Monday to Friday is taken as worked."""
        return day in self.makeup_days or (day.weekday() < _SATURDAY and day not in self.holidays)

    def working_days_after(self, day: date) -> Iterator[date]:
        """Yield the working days that follow `day`, without end."""
        while True:
            day += timedelta(days=1)
            if self.is_working_day(day):
                yield day

    def working_days_before(self, day: date) -> Iterator[date]:
        """Yield the working days that lead up to `day`, the nearest first, without end."""
        while True:
            day -= timedelta(days=1)
            if self.is_working_day(day):
                yield day


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last day of a term (of one that leads up to an event: its first); `days` are the days counted, `provisional` tells that the table did not reach that far."""

    on: date
    days: tuple[date, ...]
    provisional: bool


def deadline_for(event: date, working_days: int, calendar: WorkingCalendar) -> Deadline:
    """Return the last day of a term of working days: the day of the event is not counted (Civil Code, article 201)."""
    _check_length(working_days)
    following = calendar.working_days_after(event)
    days = tuple(next(following) for _ in range(working_days))
    return Deadline(days[-1], days, not (calendar.covers(days[0]) and calendar.covers(days[-1])))


def deadline_by_clock(event: date, clock: Clock, calendar: WorkingCalendar) -> Deadline:
    """Return the last day of a pack's term; one in calendar days that ends on a day off moves to the next working day.

    The moving is article 203 of the Civil Code. A term that leads up to an event is counted back from it.
    """
    if clock.direction == "before":
        return _days_before(event, clock, calendar)
    if clock.unit == "working_days":
        return deadline_for(event, clock.days, calendar)
    _check_length(clock.days)
    days = tuple(event + timedelta(days=n) for n in range(1, clock.days + 1))
    last = days[-1]
    if not calendar.is_working_day(last):
        last = next(calendar.working_days_after(last))
    return Deadline(last, days, not (calendar.covers(days[0]) and calendar.covers(last)))


def _days_before(event: date, clock: Clock, calendar: WorkingCalendar) -> Deadline:
    """Return the days that lead up to an event, which is itself not counted; `on` is the first of them."""
    _check_length(clock.days)
    if clock.unit == "working_days":
        preceding = calendar.working_days_before(event)
        counted = [next(preceding) for _ in range(clock.days)]
    else:
        counted = [event - timedelta(days=n) for n in range(1, clock.days + 1)]
    days = tuple(reversed(counted))
    return Deadline(days[0], days, not (calendar.covers(days[0]) and calendar.covers(days[-1])))


def working_days_between(start: date, end: date, calendar: WorkingCalendar) -> int:
    """Return how many working days lie after `start` up to and including `end`; negative when `end` lies before."""
    if end < start:
        return -working_days_between(end, start, calendar)
    span = (end - start).days
    return sum(calendar.is_working_day(start + timedelta(days=n)) for n in range(1, span + 1))


def days_left_until(due: date, today: date, calendar: WorkingCalendar) -> int:
    """Return the working days left: 0 on the last day; once it has passed, negative, and at least -1 over a weekend."""
    if today > due:
        return -max(1, working_days_between(due, today, calendar))
    return working_days_between(today, due, calendar)


def _check_length(days: int) -> None:
    if not 1 <= days <= _LONGEST_TERM:
        raise ValueError(f"a term has 1 to {_LONGEST_TERM} days, not {days}")


@dataclass(frozen=True, slots=True)
class Pause:
    """A term stood still: from a day to the day on which it goes on."""

    since: date
    until: date


def deadline_over_pauses(opened_on: date, clock: Clock, calendar: WorkingCalendar, pauses: Sequence[Pause]) -> Deadline:
    """Return when a term ends that stood still for a while, or several times, one after the other.

    What was left of it on the day it stopped starts anew on the day it goes on. A term that was over when it stopped is
    over as before; of one that was not, a day is left at least: standing still makes nobody late.
    """
    term = deadline_by_clock(opened_on, clock, calendar)
    for pause in pauses:
        if term.on >= pause.since:
            left = _days_left(clock, pause.since, term.on, calendar)
            term = deadline_by_clock(pause.until, replace(clock, days=max(left, 1)), calendar)
    return term


def _days_left(clock: Clock, day: date, end: date, calendar: WorkingCalendar) -> int:
    return working_days_between(day, end, calendar) if clock.unit == "working_days" else (end - day).days
