"""A change of many students as an upload: rows that pass go on as one application, the others come back marked (S2-19)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from xueji.accounts.models import User
from xueji.core.errors import BadInput
from xueji.core.findings import Finding, Severity
from xueji.institutions.models import School
from xueji.jobs.progress import JobProgress
from xueji.registry.actions.applying import open_status_application
from xueji.registry.bulk_columns import FORM, KEY, TITLE, BulkLine
from xueji.registry.bulk_reading import ReadLine, judge_lines, lines_of
from xueji.registry.models import Enrolment
from xueji.registry.name_lists import SCHOOL, law_of_school, read_name_list, require_filing
from xueji.registry.queries.status_changes import changes_of_law
from xueji.uploads.kinds import UploadKind, UploadReading
from xueji.uploads.models import Upload, UploadRow


def read_status_changes(upload: Upload, progress: JobProgress) -> UploadReading:
    """Read the file: every row with whether it goes on, everything found at once."""
    names = read_name_list(upload, progress, FORM)
    progress.phase("核对学籍登记和规定")
    lines = lines_of(names.table, names.values)
    reading = judge_lines(lines, names.unread, names.school, names.view, names.on)

    def kept(line: ReadLine) -> tuple[str, str, str]:
        row = reading.line_of(line)
        return row.to_text(), UploadRow.Change.CHANGED, row.change

    return names.reading_of(lines, {line.row_number for line in lines if line.passes}, kept)


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


def _suits(school: School) -> None:
    if not changes_of_law(law_of_school(school)):
        raise BadInput(f"{school.name}所在地的规定没有学籍异动，不能成批办理")


def _no_rows(school: School) -> Finding:
    cites = law_of_school(school).workflow("status_change").cites
    return Finding("bulk_change.not_empty", Severity.ERROR, "名册中没有一名可以办理的学生", cites=cites)


STATUS_CHANGES = UploadKind(
    key=KEY, label=TITLE,
    subject=SCHOOL, require=require_filing, read=read_status_changes, confirm=_confirm, no_rows=_no_rows, suits=_suits,
    leaves_out=True,
)  # fmt: skip
