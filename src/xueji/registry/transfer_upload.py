"""A transfer of many students as an upload: rows that pass go on as one case of two schools, the others come back marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from xueji.accounts.models import User
from xueji.core.errors import BadInput
from xueji.core.findings import Finding, Severity
from xueji.institutions.models import School
from xueji.jobs.progress import JobProgress
from xueji.registry.actions.transferring import open_transfer
from xueji.registry.bulk_reading import ReadLine, lines_of
from xueji.registry.models import Enrolment
from xueji.registry.name_lists import SCHOOL, law_of_school, read_name_list, require_filing
from xueji.registry.queries.transfers import KIND, programmes_by_key, receiving_by_key
from xueji.registry.transfer_list_queries import FAMILY, FORM, KEY, TITLE, TransferLine, judge_transfer_lines
from xueji.uploads.kinds import UploadKind, UploadReading
from xueji.uploads.models import Upload, UploadRow


def read_transfers(upload: Upload, progress: JobProgress) -> UploadReading:
    """Read the file: every row with whether it goes on, everything found at once."""
    names = read_name_list(upload, progress, FORM)
    progress.phase("核对学籍登记和规定")
    lines = lines_of(names.table, names.values, FAMILY)
    passing = judge_transfer_lines(lines, names.unread, names.school, names.view, names.on)

    def kept(line: ReadLine) -> tuple[str, str, str]:
        return passing[line.row_number].to_text(), UploadRow.Change.CHANGED, "转学"

    return names.reading_of(lines, set(passing), kept)


def _confirm(
    *, upload: Upload, subject: School, rows: Sequence[UploadRow], by: User, at: datetime
) -> Mapping[str, int]:
    """Open one transfer of every row that goes on, in the transaction of the confirmation; the law is asked again."""
    assert upload.subject_id == subject.pk
    lines = {UUID((line := TransferLine.from_text(row.payload)).record): line for row in rows}
    first = next(iter(lines.values()))  # all alike
    related = ("person", "programme", "school__authority", "registration")
    records = list(Enrolment.objects.filter(school=subject, pk__in=list(lines)).select_related(*related).order_by("pk"))
    if len(records) != len(lines):
        raise BadInput("名册中有学生已经不在本校，请重新下载名册")
    programmes = programmes_by_key(line.programme for line in lines.values())
    application = open_transfer(
        enrolments=records, receiving=receiving_by_key(first.receiving),
        programmes={key: programmes[line.programme] for key, line in lines.items()},
        classes={key: line.class_name for key, line in lines.items()}, statement=first.statement,
        effective_on=date.fromisoformat(first.effective_on), by=by, at=at,
    )  # fmt: skip
    return {"students": len(records), "case": application.case_id}


def _suits(school: School) -> None:
    if KIND not in law_of_school(school).keys("workflow"):
        raise BadInput(f"{school.name}所在地的规定没有转学，不能成批办理")


def _no_rows(school: School) -> Finding:
    cites = law_of_school(school).workflow(KIND).cites
    return Finding(f"{FAMILY}.not_empty", Severity.ERROR, "名册中没有一名可以转学的学生", cites=cites)


TRANSFERS = UploadKind(
    key=KEY, label=TITLE,
    subject=SCHOOL, require=require_filing, read=read_transfers, confirm=_confirm, no_rows=_no_rows, suits=_suits,
    leaves_out=True,
)  # fmt: skip
