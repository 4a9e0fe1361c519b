"""The prefilled workbook of a check of attendance: the students of a class or a school, who is away as it was noted last."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from io import BytesIO

from xueji.accounts.models import User
from xueji.accounts.permissions import Sight
from xueji.core.identifiers import tail_of
from xueji.exchange.templates import write_prefilled
from xueji.institutions.queries import sight_of
from xueji.registry.attendance_columns import COMPARED, FORM, TITLE
from xueji.registry.bulk_reading import class_of
from xueji.registry.models import AttendanceNote, Enrolment
from xueji.registry.queries.attendance import KEY, checks_of

__all__ = ["KEY", "TITLE", "attendance_workbook"]  # what pages ask for
_CARRIED_ON = ("absent_since", "leave_until")  # of who is still away


def attendance_workbook(user: User, records: Sequence[Enrolment], checked_on: date) -> bytes:
    """Return the workbook of a check of records the caller was let see."""
    tails = sight_of(user) == Sight.TAIL
    stands = checks_of(record.pk for record in records)
    rows = [_row(record, checked_on, stands.get(record.pk, ()), tails=tails) for record in records]
    out = BytesIO()
    write_prefilled(FORM, rows, out, compared=COMPARED | {"record"})
    return out.getvalue()


def _row(record: Enrolment, checked_on: date, notes: Sequence[AttendanceNote], *, tails: bool) -> dict[str, str]:
    row = {
        "record": str(record.pk), "name": record.person.name, "class_now": class_of(record),
        "tail": tail_of(record.person.resident_id) if tails else "", "checked_on": checked_on.isoformat(),
    }  # fmt: skip
    if notes and notes[0].attendance.is_away:
        row |= {name: day.isoformat() for name in _CARRIED_ON if (day := getattr(notes[0], name))}
        row["reason"] = notes[0].reason
    return row
