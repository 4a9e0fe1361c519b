"""A check of attendance as an upload: rows that agree with the register are noted, the others come back marked (S2 第十三条)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from xueji.accounts.models import User
from xueji.core.attendance import Attendance, attendance_problems
from xueji.core.days import require_day
from xueji.core.errors import BadInput
from xueji.core.findings import Finding, Severity
from xueji.institutions.models import School
from xueji.jobs.progress import JobProgress
from xueji.registry.actions.attending import record_attendance
from xueji.registry.attendance_columns import COMPARED, FORM, LONGEST, TITLE, CheckLine
from xueji.registry.bulk_reading import ReadLine, compare_line, find_records, lines_of, text_in
from xueji.registry.models import ACTIVE
from xueji.registry.name_lists import SCHOOL, law_of_school, read_name_list, require_filing
from xueji.registry.queries.attendance import KEY, absence_rule, entered_days, present_before
from xueji.uploads.kinds import UploadKind, UploadReading
from xueji.uploads.models import Upload, UploadRow

_DAYS = ("absent_since", "back_on", "leave_until")


def read_attendance(upload: Upload, progress: JobProgress) -> UploadReading:
    """Read the file: every row with whether it goes on, everything found at once."""
    names = read_name_list(upload, progress, FORM)
    progress.phase("核对学籍登记")
    lines = lines_of(names.table, names.values, "attendance")
    _judge(lines, names.faulty, names.school, names.on)
    faulty = {finding.row for finding in names.findings_with(lines) if finding.is_error}
    passing = {line.row_number for line in lines if line.passes} - faulty
    return names.reading_of(lines, passing, _kept)


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


def _kept(line: ReadLine) -> tuple[str, str, str]:
    assert line.record is not None
    attendance = _attendance(line)
    words = f"未到校，自 {attendance.absent_since} 起" if attendance.is_away else "在校"
    return CheckLine(str(line.record.pk), line.cells["checked_on"], attendance).to_text(), UploadRow.Change.NEW, words


def _confirm(
    *, upload: Upload, subject: School, rows: Sequence[UploadRow], by: User, at: datetime
) -> Mapping[str, int]:
    """Note the check of every row that goes on, in the transaction of the confirmation; everything is asked again."""
    assert upload.subject_id == subject.pk
    lines = [CheckLine.from_text(row.payload) for row in rows]
    attendances = {UUID(line.record): line.attendance for line in lines}
    notes = record_attendance(school=subject, checked_on=lines[0].checked_on, attendances=attendances, by=by, at=at)
    return {"noted": len(notes)}


def _suits(school: School) -> None:
    if absence_rule(law_of_school(school)) is None:
        raise BadInput(f"{school.name}所在地的规定没有按未到校处理学籍，不能登记考勤核查")


def _no_rows(school: School) -> Finding:
    switch = absence_rule(law_of_school(school))
    cites = switch.cites if switch else ()
    return Finding("attendance.not_empty", Severity.ERROR, "名册中没有一名可以登记的学生", cites=cites)


ATTENDANCE = UploadKind(
    key=KEY, label=TITLE,
    subject=SCHOOL, require=require_filing, read=read_attendance, confirm=_confirm, no_rows=_no_rows, suits=_suits,
    leaves_out=True,
)  # fmt: skip
