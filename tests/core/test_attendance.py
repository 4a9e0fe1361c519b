"""What a check of attendance comes to: away since when without leave, how many checks in a row, in which term (S2 第十三条)."""

from __future__ import annotations

from datetime import date

import pytest

from xueji.core.attendance import (
    Attendance,
    TermAttendance,
    attendance_problems,
    by_term,
    missed_in_a_row,
    term_start,
)

pytestmark = pytest.mark.requirement("S2-27")
CHECKED = date(2024, 3, 4)
SINCE = date(2023, 12, 1)


@pytest.mark.parametrize(
    ("attendance", "since"),
    [
        (Attendance(), None),
        (Attendance(SINCE), SINCE),
        (Attendance(SINCE, back_on=date(2024, 1, 2)), None),
        (Attendance(SINCE, leave_until=CHECKED), None),  # the last day of the leave is leave
        (Attendance(SINCE, leave_until=date(2024, 3, 3)), CHECKED),  # the day after it is not
        (Attendance(SINCE, leave_until=date(2023, 12, 31)), date(2024, 1, 1)),
    ],
)
def test_absence_without_leave_begins_the_day_after_the_leave(attendance, since) -> None:
    assert attendance.without_leave_since(CHECKED) == since


@pytest.mark.parametrize(
    ("attendance", "fields"),
    [
        (Attendance(CHECKED), []),
        (Attendance(date(2024, 3, 5)), ["absent_since"]),
        (Attendance(date(2023, 10, 9)), ["absent_since"]),  # was there on that day
        (Attendance(date(2023, 10, 10)), []),
        (Attendance(date(2023, 8, 31)), ["absent_since", "absent_since"]),  # before the admission, too
        (Attendance(SINCE, back_on=SINCE), ["back_on"]),
        (Attendance(SINCE, back_on=date(2024, 3, 5)), ["back_on"]),
        (Attendance(SINCE, back_on=CHECKED), []),
        (Attendance(SINCE, leave_until=date(2023, 11, 30)), ["leave_until"]),
        (Attendance(SINCE, leave_until=SINCE), []),
        (Attendance(contacts="已电话联系"), ["absent_since"]),
    ],
)
def test_days_that_cannot_be_are_named_with_their_field(attendance, fields) -> None:
    found = attendance_problems(attendance, CHECKED, present_on=date(2023, 10, 9), entered_on=date(2023, 9, 1))
    assert [name for name, _ in found] == fields


@pytest.mark.requirement("S2-48")
def test_checks_missed_are_counted_back_to_the_last_one_somebody_attended_or_had_leave_for() -> None:
    away, leave = Attendance(SINCE), Attendance(SINCE, leave_until=date(2024, 1, 20))
    checks = [(CHECKED, away), (date(2024, 2, 20), away), (date(2024, 1, 10), leave), (date(2023, 12, 20), away)]
    assert missed_in_a_row(checks) == 2
    assert missed_in_a_row([(CHECKED, Attendance()), *checks]) == 0


@pytest.mark.parametrize(
    ("day", "start"),
    [
        ("2024-02-29", "2023-09-01"), ("2024-03-01", "2024-03-01"), ("2024-08-31", "2024-03-01"),
        ("2024-09-01", "2024-09-01"), ("2024-12-31", "2024-09-01"), ("2025-01-01", "2024-09-01"),
    ],
)  # fmt: skip
def test_a_term_begins_on_the_first_of_its_month(day, start) -> None:
    assert term_start(date.fromisoformat(day), [3, 9]) == date.fromisoformat(start)


def test_days_away_count_once_in_the_term_they_lie_in_with_leave_or_without() -> None:
    over_new_year = Attendance(date(2024, 2, 27), back_on=date(2024, 3, 3), leave_until=date(2024, 2, 28))
    checks = [
        (date(2024, 3, 5), over_new_year),  # two days of leave, one without in the old term; two without in the new one
        (date(2024, 3, 4), Attendance(date(2024, 2, 28), back_on=date(2024, 3, 3))),  # the same days seen again
        (date(2023, 9, 10), Attendance(date(2023, 9, 9))),  # the day of the check counts: they were not there
        (date(2023, 9, 5), Attendance()),
    ]
    assert by_term(checks, [3, 9]) == [
        TermAttendance(date(2024, 3, 1), checks=2, missed=0, days_with_leave=0, days_without_leave=2),
        TermAttendance(date(2023, 9, 1), checks=2, missed=1, days_with_leave=2, days_without_leave=3),
    ]
    assert by_term([], [3, 9]) == []
