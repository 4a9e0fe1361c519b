"""What a check of attendance finds of a student, and what it comes to: away since when without leave, in how many checks (S2 第十三条)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Attendance:
    """What a check found of one student; no `absent_since` for who was there and had not been away."""

    absent_since: date | None = None
    back_on: date | None = None  # the day they were back; None while they are away
    leave_until: date | None = None  # the last day of the leave that was granted; None without leave
    reason: str = ""
    contacts: str = ""  # how student and guardian were asked after

    @property
    def is_away(self) -> bool:
        """Whether they were not there at the check."""
        return self.absent_since is not None and self.back_on is None

    def without_leave_since(self, checked_on: date) -> date | None:
        """Return the first day away without leave; None for who was there, or on leave at the check."""
        if self.absent_since is None or self.back_on is not None or self.has_leave_on(checked_on):
            return None
        if self.leave_until is None:
            return self.absent_since
        return max(self.absent_since, self.leave_until + timedelta(days=1))

    def has_leave_on(self, day: date) -> bool:
        """Whether leave was granted for a day."""
        return self.leave_until is not None and day <= self.leave_until


def attendance_problems(
    attendance: Attendance, checked_on: date, *, present_on: date | None, entered_on: date | None
) -> list[tuple[str, str]]:
    """Return (field, message) of what cannot be: days in the wrong order, absence over a day on which somebody was there.

    `present_on` is the last earlier check at which they were there, `entered_on` the day they were admitted.
    """
    since = attendance.absent_since
    if since is None:
        return _of_the_present(attendance)
    problems = []
    if since > checked_on:
        problems.append(("absent_since", f"未到校之日 {since} 晚于核查日期 {checked_on}"))
    if present_on is not None and since <= present_on:
        problems.append(("absent_since", f"{present_on} 核查时在校，未到校之日应在其后"))
    if entered_on is not None and since < entered_on:
        problems.append(("absent_since", f"未到校之日早于办理入学手续的日期 {entered_on}"))
    if attendance.back_on is not None and not since < attendance.back_on <= checked_on:
        problems.append(("back_on", "返校之日应在未到校之日以后、核查日期以前"))
    if attendance.leave_until is not None and attendance.leave_until < since:
        problems.append(("leave_until", "准假至的日期早于未到校之日"))
    return problems


def _of_the_present(attendance: Attendance) -> list[tuple[str, str]]:
    is_empty = not (attendance.back_on or attendance.leave_until or attendance.reason or attendance.contacts)
    return [] if is_empty else [("absent_since", "没有填写未到校之日；在校的学生各栏都不填")]


def missed_in_a_row(checks: Sequence[tuple[date, Attendance]]) -> int:
    """Return how many checks, the latest first, somebody missed one after the other without leave."""
    count = 0
    for checked_on, attendance in checks:
        if attendance.without_leave_since(checked_on) is None:
            break
        count += 1
    return count


def term_start(day: date, months: Sequence[int]) -> date:
    """Return the first day of the term a day lies in, by the months in which terms start."""
    starts = [date(year, month, 1) for year in (day.year - 1, day.year) for month in months]
    return max(start for start in starts if start <= day)


@dataclass(frozen=True, slots=True)
class TermAttendance:
    """One term of a student: how often checked and missed, the days away in it with leave and without; days of the calendar."""

    starts: date
    checks: int
    missed: int  # checks at which they were not there
    days_with_leave: int
    days_without_leave: int


def by_term(checks: Sequence[tuple[date, Attendance]], months: Sequence[int]) -> list[TermAttendance]:
    """Return the terms of which a check says something, the latest first; a day counts once, however many checks name it.

    A day that any check knows to be on leave is on leave: a leave granted later stands in the later check.
    """
    away: set[date] = set()
    on_leave: set[date] = set()
    for checked_on, attendance in checks:
        days = _days_away(checked_on, attendance)
        away |= days
        on_leave |= {day for day in days if attendance.has_leave_on(day)}
    starts = {term_start(day, months) for day in (*away, *(checked_on for checked_on, _ in checks))}
    return [_of_term(term, checks, away, on_leave, months) for term in sorted(starts, reverse=True)]


def _of_term(
    starts: date, checks: Sequence[tuple[date, Attendance]], away: set[date], on_leave: set[date], months: Sequence[int]
) -> TermAttendance:
    of_term = [attendance for checked_on, attendance in checks if term_start(checked_on, months) == starts]
    days = {day for day in away if term_start(day, months) == starts}
    return TermAttendance(
        starts,
        len(of_term),
        sum(attendance.is_away for attendance in of_term),
        len(days & on_leave),
        len(days - on_leave),
    )


def _days_away(checked_on: date, attendance: Attendance) -> set[date]:
    if attendance.absent_since is None:
        return set()
    last = attendance.back_on - timedelta(days=1) if attendance.back_on else checked_on
    return {attendance.absent_since + timedelta(days=n) for n in range((last - attendance.absent_since).days + 1)}
