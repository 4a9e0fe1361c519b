"""Registrations in the national system as an upload: a list of the school or that system's export; another person confirms (S2-09)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.errors import BadInput
from xueji.core.findings import Finding, Severity
from xueji.core.status_specs import ClosingSpec
from xueji.institutions.models import School
from xueji.institutions.queries import require_permission
from xueji.jobs.progress import JobProgress
from xueji.registry.actions.national import record_national_registrations
from xueji.registry.bulk_reading import ReadLine, lines_of
from xueji.registry.name_lists import SCHOOL, law_of_school, read_name_list
from xueji.registry.national_columns import FORM, KEY, TITLE, NationalLine
from xueji.registry.national_reading import judge_lines, national_date
from xueji.uploads.kinds import UploadKind, UploadReading
from xueji.uploads.models import Upload, UploadRow


def read_national_registrations(upload: Upload, progress: JobProgress) -> UploadReading:
    """Read the file: every row with whether it goes on and what stands now, everything found at once."""
    names = read_name_list(upload, progress, FORM)
    progress.phase("核对学籍登记")
    lines = lines_of(names.table, names.values, "national")
    judge_lines([line for line in lines if line.row_number not in names.faulty], names.school, names.view, names.on)
    return names.reading_of(lines, {line.row_number for line in lines if line.passes}, _kept)


def _kept(line: ReadLine) -> tuple[str, str, str]:
    assert line.record is not None
    given, stands = national_date(line), line.record.registration
    text = NationalLine(str(line.record.pk), given).to_text()
    if stands.national_on is None:
        return text, UploadRow.Change.NEW, f"{given.on}（{given.source}）"
    if (stands.national_on, stands.national_source) == (given.on, given.source):
        return text, UploadRow.Change.SAME, ""
    was = f"{stands.national_on}（{stands.national_source}）"
    return text, UploadRow.Change.CHANGED, f"原为 {was}，现为 {given.on}（{given.source}）"


def _confirm(
    *, upload: Upload, subject: School, rows: Sequence[UploadRow], by: User, at: datetime
) -> Mapping[str, int]:
    """Record every row that goes on, in the transaction of the confirmation; everything is asked again."""
    assert upload.subject_id == subject.pk
    lines = [NationalLine.from_text(row.payload) for row in rows]
    registered = {UUID(line.record): line.registered for line in lines}
    changed = record_national_registrations(school=subject, registered=registered, by=by, at=at)
    return {"recorded": len(changed)}


def _require(by: User, school: School) -> None:
    require_permission(by, Permission.REGISTER_STUDENTS, school=school)


def _require_second(by: User, school: School) -> None:
    require_permission(by, Permission.CONFIRM_REGISTRATION, school=school)


def _suits(school: School) -> None:
    if "registration" not in law_of_school(school).keys("closing"):
        raise BadInput(f"{school.name}所在地的规定没有学籍注册，不能登记全国系统注册日期")


def _no_rows(school: School) -> Finding:
    cites = law_of_school(school).entry("closing", "registration", ClosingSpec).cites
    return Finding("national.not_empty", Severity.ERROR, "名册中没有一名可以登记的学生", cites=cites)


NATIONAL_REGISTRATIONS = UploadKind(
    key=KEY, label=TITLE, subject=SCHOOL, require=_require, read=read_national_registrations, confirm=_confirm,
    no_rows=_no_rows, suits=_suits, leaves_out=True, second_hand=_require_second,
    waits_beside=True,  # one student's date typed on a page comes the same way as a list
)  # fmt: skip
