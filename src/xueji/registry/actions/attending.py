"""Checks of attendance are noted; who was away too long without leave is withdrawn only where people ask for it (S2 第十三条)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.attendance import Attendance, attendance_problems
from xueji.core.days import require_day
from xueji.core.errors import BadInput
from xueji.core.rules.changes import ABSENCE
from xueji.core.status_words import WITHDRAW
from xueji.institutions.models import School
from xueji.institutions.queries import pack_of, require_permission
from xueji.ledger.actions import record_event
from xueji.ledger.copying import copy_rows
from xueji.ledger.tags import EventTag
from xueji.registry.actions.applying import open_status_application
from xueji.registry.models import ACTIVE, AttendanceNote, Enrolment, StatusApplication
from xueji.registry.queries.attendance import absence_rule, absentees, checks_of, present_before, wanted_of


@transaction.atomic
def record_attendance(
    *, school: School, checked_on: date, attendances: Mapping[UUID, Attendance], by: User, at: datetime
) -> list[AttendanceNote]:
    """Note a check of attendance, all of it or nothing, and return the notes that say something new.

    What was noted of the same day already is corrected by what differs, and not written twice. BadInput names what cannot be.
    """
    require_permission(by, Permission.FILE_STATUS_CHANGE, school=school)
    today = timezone.localdate(at)
    require_day("checked", checked_on, today)
    view = pack_of(school).on(today)
    if absence_rule(view) is None:
        raise BadInput(f"{school.name}所在地的规定没有按未到校处理学籍，不能登记考勤核查")
    School.objects.select_for_update(no_key=True).get(pk=school.pk)  # two checks of one day wait for each other
    records = list(_records(school, attendances))
    _require_possible(records, attendances, checked_on)
    stands = checks_of(attendances)
    notes = [
        note
        for record in records
        if not _says_the_same(note := _note(record, checked_on, attendances[record.pk], by, at), stands)
    ]
    if not notes:
        return []
    copy_rows(notes)
    away = sum(note.attendance.is_away for note in notes)
    record_event(
        tag=EventTag.ATTENDANCE_CHECKED, subject=school, by=by, at=at, school_id=school.pk, view=view,
        after={"on": checked_on, "students": len(notes), "away": away},
    )  # fmt: skip
    return notes


def open_absence_withdrawals(
    *, school: School, records: Sequence[UUID], statement: str, by: User, at: datetime
) -> StatusApplication:
    """Open the withdrawal of students whom the checks propose and somebody chose, as one application.

    BadInput for whoever is not proposed: nobody is withdrawn by this way on other grounds.
    """
    require_permission(by, Permission.FILE_STATUS_CHANGE, school=school)
    today = timezone.localdate(at)
    proposed = {row.record.pk: row for row in absentees(school, today, pack_of(school).on(today)) if row.is_proposed}
    if not records or not set(records) <= proposed.keys():
        raise BadInput("没有选择学生，或者有学生不在拟退学名单中；请刷新后重新选择")
    return open_status_application(
        school=school, change=WITHDRAW, enrolments=[proposed[key].record for key in records],
        wanted={key: wanted_of(proposed[key].last) for key in records}, statement=statement, effective_on=today,
        reason=ABSENCE, by=by, at=at,
    )  # fmt: skip


def _records(school: School, attendances: Mapping[UUID, Attendance]) -> Sequence[Enrolment]:
    rows = Enrolment.objects.filter(school=school, status__in=ACTIVE, pk__in=list(attendances))
    records = list(rows.select_related("person", "registration").defer("registration__form"))
    if not records or len(records) != len(attendances):
        raise BadInput("名单中没有学生，或者有学生不是本校在籍的；请回到班级重新填写")
    return records


def _require_possible(records: Sequence[Enrolment], attendances: Mapping[UUID, Attendance], checked_on: date) -> None:
    present = present_before(attendances, checked_on)
    problems = []
    for record in records:
        registration = getattr(record, "registration", None)
        found = attendance_problems(
            attendances[record.pk], checked_on, present_on=present.get(record.pk),
            entered_on=registration.entered_on if registration else None,
        )  # fmt: skip
        problems += [f"{record.person.name}：{message}" for _, message in found]
    if problems:
        raise BadInput("；".join(problems))


def _note(record: Enrolment, checked_on: date, attendance: Attendance, by: User, at: datetime) -> AttendanceNote:
    return AttendanceNote(
        enrolment=record, checked_on=checked_on, absent_since=attendance.absent_since, back_on=attendance.back_on,
        leave_until=attendance.leave_until, reason=attendance.reason.strip()[:60],
        contacts=attendance.contacts.strip()[:300], entered_by=by, entered_at=at,
    )  # fmt: skip


def _says_the_same(note: AttendanceNote, stands: Mapping[UUID, Sequence[AttendanceNote]]) -> bool:
    same_day = [row for row in stands.get(note.enrolment_id, ()) if row.checked_on == note.checked_on]
    return bool(same_day) and same_day[0].attendance == note.attendance
