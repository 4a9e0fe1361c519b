"""A check of attendance as an upload: rows that agree with the register are noted, the others come back marked (S2 第十三条)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from io import BytesIO
from uuid import UUID

from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.attendance import Attendance, attendance_problems
from xueji.core.days import require_day
from xueji.core.errors import BadInput
from xueji.core.findings import Finding, Severity
from xueji.core.packs import PackView
from xueji.documents.storage import open_stored
from xueji.exchange.cells import CellFinding
from xueji.exchange.error_workbook import write_error_workbook
from xueji.exchange.formreading import FOOTERS_ALLOWED
from xueji.exchange.headings import HEADER_DEPTH
from xueji.exchange.sandbox import read_workbook
from xueji.exchange.tables import TableReading, read_table
from xueji.exchange.values import placed, read_values, sorted_findings
from xueji.institutions.models import School
from xueji.institutions.queries import pack_of, pick, require_permission, schools_visible_to
from xueji.jobs.progress import JobProgress
from xueji.registry.actions.attending import record_attendance
from xueji.registry.attendance_columns import COMPARED, FORM, LONGEST, MOST_ROWS, TITLE, CheckLine
from xueji.registry.bulk_reading import ReadLine, compare_line, find_records, lines_of, text_in
from xueji.registry.models import ACTIVE
from xueji.registry.queries.attendance import KEY, absence_rule, entered_days, present_before
from xueji.uploads.kinds import ReadRow, Subject, UploadKind, UploadReading
from xueji.uploads.models import Upload, UploadRow

_DAYS = ("absent_since", "back_on", "leave_until")


def read_attendance(upload: Upload, progress: JobProgress) -> UploadReading:
    """Read the file: every row with whether it goes on, everything found at once."""
    school: School = upload.subject
    today = timezone.localdate(upload.uploaded_at)
    view = pack_of(school).on(today)
    progress.phase("读取名册")
    with open_stored(upload.workbook_id) as file:
        workbook = read_workbook(file, name=upload.workbook_name, row_limit=MOST_ROWS + HEADER_DEPTH + FOOTERS_ALLOWED)
    table = read_table(workbook, FORM)
    columns = [column for column in FORM.columns if column.field in table.columns]
    values, unread = read_values(table, columns, view)
    progress.phase("核对学籍登记")
    lines = lines_of(table, values, "attendance")
    _judge(lines, {finding.row for finding in unread if finding.is_error}, school, today)
    found = [placed(finding, table, line.row_number) for line in lines for finding in line.findings]
    findings = sorted_findings([*table.findings, *unread, *found], table, FORM)
    faulty = {finding.row for finding in findings if finding.is_error}
    good = [line for line in lines if line.passes and line.row_number not in faulty]
    return UploadReading(_rows(lines, good), findings, _marked(table, good, findings, view))


def _judge(lines: Sequence[ReadLine], faulty: set[int], school: School, today: date) -> None:
    """Note what stands against each row; a few statements, however many there are."""
    readable = [line for line in lines if line.row_number not in faulty]
    find_records(readable, school)
    first: object = None
    for line in readable:
        if line.record is not None:
            compare_line(line, COMPARED)
        if line.record is not None and line.record.status not in ACTIVE:
            line.refuse(
                "active",
                f"学籍状态是「{line.record.get_status_display()}」",
                "record",
                "不在籍的学生不核查考勤，请删去这一行",
            )
        checked_on = line.cells.get("checked_on")
        first = first or checked_on
        _judge_day(line, checked_on, first, today)
    _judge_absences({line.record.pk: line for line in readable if line.passes and line.record is not None})


def _judge_absences(lines: Mapping[UUID, ReadLine]) -> None:
    """Note which absences cannot be, of rows that name a student and the day of all."""
    if not lines:
        return
    checked_on = next(iter(lines.values())).cells["checked_on"]
    present, entered = present_before(lines, checked_on), entered_days(lines)
    for key, line in lines.items():
        problems = attendance_problems(
            _attendance(line), checked_on, present_on=present.get(key), entered_on=entered.get(key)
        )
        for name, message in problems:
            line.refuse("possible", message, name, "请核对后更正")


def _judge_day(line: ReadLine, checked_on: object, first: object, today: date) -> None:
    if not isinstance(checked_on, date):
        line.refuse("day", "没有填写核查日期", "checked_on", "请填写")
        return
    if checked_on != first:
        line.refuse("alike", "「核查日期」与前面的行不同", "checked_on", "一份名册只登记一天的核查；请分开上传")
    try:
        require_day("checked", checked_on, today)
    except BadInput as refusal:
        line.refuse("day", str(refusal), "checked_on", "请核对")
    for name, most in LONGEST.items():
        if len(text_in(line.cells, name)) > most:
            line.refuse("length", f"超过 {most} 个字", name, "请缩短")


def _attendance(line: ReadLine) -> Attendance:
    days = {name: value for name in _DAYS if isinstance(value := line.cells.get(name), date)}
    return Attendance(**days, reason=text_in(line.cells, "reason"), contacts=text_in(line.cells, "contacts"))


def _rows(lines: Sequence[ReadLine], good: Sequence[ReadLine]) -> list[ReadRow]:
    passing, rows = {line.row_number for line in good}, []
    for line in lines:
        name = line.record.person.name if line.record else text_in(line.cells, "name")
        if line.row_number in passing and line.record is not None:
            attendance = _attendance(line)
            kept = CheckLine(str(line.record.pk), line.cells["checked_on"], attendance)
            words = f"未到校，自 {attendance.absent_since} 起" if attendance.is_away else "在校"
            rows.append(ReadRow(line.row_number, name, kept.to_text(), UploadRow.Change.NEW, words))
        else:
            why = "；".join(finding.message for finding in line.findings if finding.is_error)
            rows.append(ReadRow(line.row_number, name, "{}", UploadRow.Change.LEFT_OUT, why or "单元格读不懂"))
    return rows


def _marked(
    table: TableReading, good: Sequence[ReadLine], findings: Sequence[CellFinding], view: PackView
) -> bytes | None:
    if not findings:
        return None
    passing = {line.row_number for line in good}
    kept = replace(table, rows=tuple(row for row in table.rows if row.row_number not in passing))
    out = BytesIO()
    write_error_workbook(kept, findings, out, view=view, spec=FORM)
    return out.getvalue()


def _confirm(
    *, upload: Upload, subject: School, rows: Sequence[UploadRow], by: User, at: datetime
) -> Mapping[str, int]:
    """Note the check of every row that goes on, in the transaction of the confirmation; everything is asked again."""
    assert upload.subject_id == subject.pk
    lines = [CheckLine.from_text(row.payload) for row in rows]
    attendances = {UUID(line.record): line.attendance for line in lines}
    notes = record_attendance(school=subject, checked_on=lines[0].checked_on, attendances=attendances, by=by, at=at)
    return {"noted": len(notes)}


def _find(user: User, school_id: object) -> School:
    return pick(schools_visible_to(user, permission=Permission.VIEW_REGISTER), school_id)


def _get(school_id: int) -> School:
    return School.objects.select_related("authority").get(pk=school_id)


def _lock(school: School) -> School:
    return School.objects.select_for_update(of=("self",), no_key=True).select_related("authority").get(pk=school.pk)


def _law(school: School) -> PackView:
    return pack_of(school).on(timezone.localdate())


def _require(by: User, school: School) -> None:
    require_permission(by, Permission.FILE_STATUS_CHANGE, school=school)


def _suits(school: School) -> None:
    if absence_rule(_law(school)) is None:
        raise BadInput(f"{school.name}所在地的规定没有按未到校处理学籍，不能登记考勤核查")


def _no_rows(school: School) -> Finding:
    switch = absence_rule(_law(school))
    cites = switch.cites if switch else ()
    return Finding("attendance.not_empty", Severity.ERROR, "名册中没有一名可以登记的学生", cites=cites)


ATTENDANCE = UploadKind(
    key=KEY, label=TITLE,
    subject=Subject(find=_find, get=_get, lock=_lock, place=lambda school: school, title=str, law=_law),
    require=_require, read=read_attendance, confirm=_confirm, no_rows=_no_rows, suits=_suits, leaves_out=True,
)  # fmt: skip
