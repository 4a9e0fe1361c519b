"""Checks of attendance: what they propose, on which evidence, and that nothing happens by itself (S2 第十三条)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook
from tests.apps.registry.test_applying import approved, student, values_of
from tests.factories.institutions import staffed_city
from tests.factories.registry import AttendanceNoteFactory

from xueji.core.attendance import Attendance
from xueji.core.errors import BadInput, NotPermitted
from xueji.core.packs import PackView
from xueji.documents.storage import open_stored
from xueji.institutions.queries import pack_of
from xueji.jobs.testing import run_pending_jobs
from xueji.ledger.models import Event
from xueji.registry.actions import open_absence_withdrawals, record_attendance
from xueji.registry.attendance_queries import attendance_workbook
from xueji.registry.models import AttendanceNote, Enrolment, EnrolmentStatus, StatusApplication
from xueji.registry.queries.attendance import Absentee, absentees, checks_of, classes_checked
from xueji.uploads.actions import confirm_upload, receive_upload
from xueji.uploads.models import UploadState

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S2-27")]
SINCE = date(2023, 12, 4)
THREE_MONTHS, OVER = date(2024, 3, 4), date(2024, 3, 5)


@pytest.fixture
def henan():
    return staffed_city("410100", "410102")


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 4, tzinfo=UTC)


def check(henan, day: date, found: dict[Enrolment, Attendance]) -> list[AttendanceNote]:
    attendances = {record.pk: attendance for record, attendance in found.items()}
    return record_attendance(
        school=henan.county_school, checked_on=day, attendances=attendances, by=henan.clerk, at=at(day)
    )


def view_on(henan, day: date) -> PackView:
    return pack_of(henan.county_school).on(day)


def away(henan, on: date) -> list[Absentee]:
    return absentees(henan.county_school, on, view_on(henan, on))


def test_after_three_months_and_a_day_a_check_proposes_and_people_withdraw(henan) -> None:
    record = student(henan)
    check(henan, date(2023, 12, 20), {record: Attendance(SINCE, contacts="12-19 电话联系，无人接听")})
    check(henan, THREE_MONTHS, {record: Attendance(SINCE, reason="外出务工")})
    (row,) = away(henan, THREE_MONTHS)
    assert (row.is_proposed, row.since) == (False, SINCE)
    assert any("尚未超过 3 个月" in reason.message for reason in row.reasons)
    (row,) = away(henan, OVER)  # over by the calendar, but nobody looked again
    assert [reason.rule for reason in row.reasons] == ["attendance.checked_again"]
    assert all(reason.cites for reason in row.reasons)
    check(henan, OVER, {record: Attendance(SINCE, reason="外出务工", contacts="监护人称不再返校")})
    (row,) = away(henan, OVER)
    assert (row.is_proposed, row.missed, len(row.notes)) == (True, 3, 3)
    assert Enrolment.objects.get(pk=record.pk).status == EnrolmentStatus.STUDYING
    assert not StatusApplication.objects.exists()
    application = open_absence_withdrawals(
        school=henan.county_school, records=[record.pk], statement="未履行请假手续离校", by=henan.clerk, at=at(OVER)
    )
    assert (application.reason, application.applicants.get().wanted["absent_since"]) == ("absence", "2023-12-04")
    (row,) = away(henan, OVER)
    assert [reason.rule for reason in row.reasons] == ["status_change.one_at_a_time"]
    approved(henan, application, at(OVER))
    assert values_of(record)["status"] == EnrolmentStatus.WITHDRAWN
    assert away(henan, OVER) == []


@pytest.mark.parametrize(
    ("found", "is_listed", "since"),
    [
        (Attendance(SINCE, leave_until=OVER), True, None),
        (Attendance(SINCE, leave_until=date(2024, 1, 31)), True, date(2024, 2, 1)),
        (Attendance(SINCE, back_on=date(2024, 2, 20)), False, None),
        (Attendance(), False, None),
    ],
)
def test_leave_counts_and_who_came_back_is_not_listed(henan, found, is_listed, since) -> None:
    record = student(henan)
    check(henan, OVER, {record: found})
    rows = away(henan, OVER)
    assert [row.since for row in rows] == ([since] if is_listed else [])
    assert not any(row.is_proposed for row in rows)
    with pytest.raises(BadInput, match="不在拟退学名单中"):
        open_absence_withdrawals(
            school=henan.county_school, records=[record.pk], statement="离校", by=henan.clerk, at=at(OVER)
        )


@pytest.mark.requirement("S2-22")
def test_who_has_not_completed_compulsory_schooling_is_listed_and_not_proposed(henan) -> None:
    record = student(henan, compulsory_until=date(2024, 8, 31))
    check(henan, OVER, {record: Attendance(SINCE)})
    (row,) = away(henan, OVER)
    assert not row.is_proposed
    assert any("尚未完成义务教育" in reason.message for reason in row.reasons)


def test_a_check_is_noted_once_and_corrected_by_what_differs(henan) -> None:
    record, other = student(henan), student(henan)
    check(henan, OVER, {record: Attendance(SINCE), other: Attendance()})
    assert check(henan, OVER, {record: Attendance(SINCE), other: Attendance()}) == []
    corrected = record_attendance(
        school=henan.county_school, checked_on=OVER, attendances={record.pk: Attendance()}, by=henan.clerk,
        at=datetime(2024, 3, 5, 9, tzinfo=UTC),
    )  # fmt: skip
    assert len(corrected) == 1
    assert AttendanceNote.objects.filter(enrolment=record).count() == 2
    assert [note.attendance for note in checks_of([record.pk])[record.pk]] == [Attendance()]
    assert away(henan, OVER) == []
    events = Event.objects.filter(tag="attendance:checked").order_by("pk")
    assert [(event.after["students"], event.after["away"]) for event in events] == [(2, 1), (1, 0)]


def test_what_cannot_be_is_refused_and_nothing_is_noted(henan) -> None:
    record = student(henan)
    check(henan, date(2024, 1, 10), {record: Attendance()})
    with pytest.raises(BadInput, match="2024-01-10 核查时在校"):
        check(henan, OVER, {record: Attendance(SINCE)})
    with pytest.raises(BadInput, match="核查日期应在"):
        record_attendance(
            school=henan.county_school, checked_on=date(2024, 3, 6), attendances={record.pk: Attendance()},
            by=henan.clerk, at=at(OVER),
        )  # fmt: skip
    with pytest.raises(BadInput, match="不是本校在籍的"):
        check(henan, OVER, {student(staffed_city("410200", "410202")): Attendance()})
    with pytest.raises(NotPermitted):
        record_attendance(
            school=henan.county_school, checked_on=OVER, attendances={record.pk: Attendance()}, by=henan.leader,
            at=at(OVER),
        )  # fmt: skip
    weinan = staffed_city("610500", "610502")
    with pytest.raises(BadInput, match="没有按未到校处理学籍"):
        record_attendance(
            school=weinan.county_school, checked_on=OVER, attendances={record.pk: Attendance()}, by=weinan.clerk,
            at=at(OVER),
        )  # fmt: skip
    assert AttendanceNote.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"absent_since": date(2024, 3, 5)}, {"absent_since": SINCE, "back_on": SINCE}, {"back_on": date(2024, 3, 1)},
        {"leave_until": date(2024, 3, 1)}, {"absent_since": SINCE, "leave_until": date(2023, 12, 3)},
    ],
)  # fmt: skip
def test_the_database_refuses_days_in_the_wrong_order(wrong) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        AttendanceNoteFactory(**wrong)


def test_classes_say_how_far_they_were_checked_this_term(henan) -> None:
    first, _ = student(henan, class_name="1班"), student(henan, class_name="2班")
    check(henan, date(2024, 2, 29), {first: Attendance()})  # the term before
    starts, classes = classes_checked(henan.clerk, henan.county_school, OVER, view_on(henan, OVER))
    assert (starts, [(row.of.class_name, row.checked) for row in classes]) == (
        date(2024, 3, 1),
        [("1班", 0), ("2班", 0)],
    )
    check(henan, OVER, {first: Attendance()})
    _, classes = classes_checked(henan.clerk, henan.county_school, OVER, view_on(henan, OVER))
    assert [(row.checked, row.last) for row in classes] == [(1, OVER), (0, None)]


def sent(henan, data: bytes):
    upload = receive_upload(
        kind="attendance", subject=henan.county_school, workbook=("考勤.xlsx", data), by=henan.clerk, at=at(OVER)
    )
    run_pending_jobs()
    upload.refresh_from_db()
    assert upload.state == UploadState.READY, upload.message
    return upload


def filled(henan, records: list[Enrolment], cells: dict[int, dict[str, str]]) -> bytes:
    """Return the prefilled workbook with cells typed over, by row and header."""
    book = load_workbook(BytesIO(attendance_workbook(henan.clerk, records, OVER)))
    sheet = book.worksheets[0]
    header = [cell.value for cell in sheet[1]]
    for line, values in cells.items():
        for name, value in values.items():
            sheet.cell(line + 2, header.index(name) + 1).value = value
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_workbook_notes_good_rows_and_sends_the_others_back_marked(henan) -> None:
    records = [student(henan) for _ in range(7)]
    check(henan, date(2024, 1, 10), {records[4]: Attendance()})
    cells = {
        0: {"未到校之日": "2023-12-04", "联系情况": "电话联系三次"}, 2: {"姓名": "别人"}, 3: {"返校之日": "2024-03-01"},
        4: {"未到校之日": "2023-12-04"}, 5: {"核查日期": "2024-03-04"}, 6: {"未到校之日": "不知道"},
    }  # fmt: skip
    upload = sent(henan, filled(henan, records, cells))
    assert (upload.row_count, upload.left_out_count, upload.error_count) == (2, 5, 0)
    assert set(upload.findings.filter(rule__startswith="attendance.").values_list("row", "rule")) == {
        (4, "attendance.compared"), (5, "attendance.possible"), (6, "attendance.possible"), (7, "attendance.alike"),
    }  # fmt: skip
    with open_stored(upload.error_workbook_id) as file:
        marked = load_workbook(BytesIO(file.read())).worksheets[0]
    header, *rows = marked.iter_rows(values_only=True)
    assert [row[header.index("记录号")] for row in rows] == [str(record.pk) for record in records[2:]]
    confirm_upload(upload=upload, by=henan.clerk, at=at(OVER))
    notes = AttendanceNote.objects.filter(checked_on=OVER)
    assert {note.enrolment_id: note.absent_since for note in notes} == {records[0].pk: SINCE, records[1].pk: None}
    assert [row.record for row in away(henan, OVER) if row.is_proposed] == [records[0]]
    assert [row.last.contacts for row in away(henan, OVER)] == ["电话联系三次"]


def test_who_is_away_stands_in_the_next_workbook_as_noted(henan) -> None:
    record = student(henan)
    check(henan, date(2024, 1, 10), {record: Attendance(SINCE, reason="病", leave_until=date(2024, 1, 31))})
    upload = sent(henan, attendance_workbook(henan.clerk, [record], OVER))
    confirm_upload(upload=upload, by=henan.clerk, at=at(OVER))
    assert AttendanceNote.objects.get(checked_on=OVER).attendance == Attendance(
        SINCE, leave_until=date(2024, 1, 31), reason="病"
    )


def test_the_statements_do_not_grow_with_the_students(henan) -> None:
    counts = []
    for day, more in ((date(2024, 3, 6), 2), (date(2024, 3, 7), 8)):
        records = [student(henan) for _ in range(more)]
        with CaptureQueriesContext(connection) as noting:
            check(henan, day, {record: Attendance(SINCE) for record in records})
        with CaptureQueriesContext(connection) as reading:
            away(henan, day)
        counts.append([len(noting), len(reading)])
    assert all(many <= few for few, many in zip(*counts, strict=True)), counts
    assert all(many <= most for many, most in zip(counts[1], (30, 12), strict=True)), counts
