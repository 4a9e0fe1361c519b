"""A change of many students as an upload: rows that pass go on as one application, the others come back marked (S2-19)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from io import BytesIO
from uuid import UUID

from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
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
from xueji.exchange.values import read_values, sorted_findings
from xueji.institutions.models import School
from xueji.institutions.queries import pack_of, pick, require_permission, schools_visible_to
from xueji.jobs.progress import JobProgress
from xueji.registry.actions.applying import open_status_application
from xueji.registry.bulk_columns import FORM, KEY, MOST_ROWS, TITLE, BulkLine
from xueji.registry.bulk_reading import BulkReading, judge_lines, lines_of, placed_findings, text_in
from xueji.registry.models import Enrolment
from xueji.registry.queries.status_changes import changes_of_law
from xueji.uploads.kinds import ReadRow, Subject, UploadKind, UploadReading
from xueji.uploads.models import Upload, UploadRow


def read_status_changes(upload: Upload, progress: JobProgress) -> UploadReading:
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
    progress.phase("核对学籍登记和规定")
    reading = judge_lines(lines_of(table, values), unread, school, view, today)
    findings = sorted_findings([*table.findings, *unread, *placed_findings(reading, table)], table, FORM)
    return UploadReading(_rows(reading), findings, _marked(reading, table, findings, view))


def _rows(reading: BulkReading) -> list[ReadRow]:
    rows = []
    for line in reading.lines:
        name = line.record.person.name if line.record else text_in(line.cells, "name")
        if line.passes:
            kept = reading.line_of(line)
            rows.append(ReadRow(line.row_number, name, kept.to_text(), UploadRow.Change.CHANGED, kept.change))
        else:
            why = "；".join(finding.message for finding in line.findings if finding.is_error)
            rows.append(ReadRow(line.row_number, name, "{}", UploadRow.Change.LEFT_OUT, why or "单元格读不懂"))
    return rows


def _marked(reading: BulkReading, table: TableReading, findings: Sequence[CellFinding], view: PackView) -> bytes | None:
    """Return the rows that do not go on, marked: corrected, the file is sent as it is."""
    if not findings:
        return None
    bad = {line.row_number for line in reading.lines if not line.passes}
    kept = replace(table, rows=tuple(row for row in table.rows if row.row_number in bad))
    out = BytesIO()
    write_error_workbook(kept, findings, out, view=view, spec=FORM)
    return out.getvalue()


def _confirm(
    *, upload: Upload, subject: School, rows: Sequence[UploadRow], by: User, at: datetime
) -> Mapping[str, int]:
    """Open one application of every row that goes on, in the transaction of the confirmation; the law is asked again."""
    assert upload.subject_id == subject.pk
    lines = [BulkLine.from_text(row.payload) for row in rows]
    first = lines[0]  # all alike
    records = list(Enrolment.objects.filter(school=subject, pk__in=[line.record for line in lines]).only("pk"))
    application = open_status_application(
        school=subject, change=first.change, enrolments=records, wanted={UUID(line.record): line.wanted for line in lines},
        statement=first.statement, effective_on=first.effective_on, reason=first.reason, by=by, at=at,
    )  # fmt: skip
    return {"students": len(records), "case": application.case_id}


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
    if not changes_of_law(_law(school)):
        raise BadInput(f"{school.name}所在地的规定没有学籍异动，不能成批办理")


def _no_rows(school: School) -> Finding:
    cites = _law(school).workflow("status_change").cites
    return Finding("bulk_change.not_empty", Severity.ERROR, "名册中没有一名可以办理的学生", cites=cites)


STATUS_CHANGES = UploadKind(
    key=KEY, label=TITLE,
    subject=Subject(find=_find, get=_get, lock=_lock, place=lambda school: school, title=str, law=_law),
    require=_require, read=read_status_changes, confirm=_confirm, no_rows=_no_rows, suits=_suits, leaves_out=True,
)  # fmt: skip
