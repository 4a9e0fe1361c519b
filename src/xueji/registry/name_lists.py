"""Prefilled workbooks of students in the register: read against it, good rows go on, the others come back marked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from io import BytesIO

from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.packs import PackView, WorkbookSpec
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
from xueji.registry.bulk_reading import Cells, ReadLine, text_in
from xueji.uploads.kinds import ReadRow, Subject, UploadReading
from xueji.uploads.models import Upload, UploadRow

_UNREAD = "单元格读不懂"  # what a row is left out for when nothing else stands against it


@dataclass(frozen=True, slots=True)
class NameList:
    """A workbook as it was read, nothing of it asked of the register yet."""

    school: School
    on: date
    view: PackView
    form: WorkbookSpec
    table: TableReading
    values: Sequence[Cells]
    unread: Sequence[CellFinding]

    @property
    def faulty(self) -> set[int]:
        """The rows with a cell that cannot be read."""
        return {finding.row for finding in self.unread if finding.is_error}

    def findings_with(self, lines: Iterable[ReadLine]) -> list[CellFinding]:
        """Return all that was found, each in its place, what the rows came to last."""
        judged = [placed(finding, self.table, line.row_number) for line in lines for finding in line.findings]
        return list(sorted_findings([*self.table.findings, *self.unread, *judged], self.table, self.form))

    def reading_of(
        self, lines: Sequence[ReadLine], passing: Collection[int], kept: Callable[[ReadLine], tuple[str, str, str]]
    ) -> UploadReading:
        """Return what came of the file; `kept` gives payload, kind of change and words of a row that goes on."""
        findings = self.findings_with(lines)
        rows = [_row(line, kept(line) if line.row_number in passing else None) for line in lines]
        return UploadReading(rows, findings, self._marked(passing, findings))

    def _marked(self, passing: Collection[int], findings: Sequence[CellFinding]) -> bytes | None:
        """Return the rows that do not go on, marked: corrected, the file is sent as it is."""
        if not findings:
            return None
        left_out = replace(self.table, rows=tuple(row for row in self.table.rows if row.row_number not in passing))
        out = BytesIO()
        write_error_workbook(left_out, findings, out, view=self.view, spec=self.form)
        return out.getvalue()


def read_name_list(upload: Upload, progress: JobProgress, form: WorkbookSpec) -> NameList:
    """Read the cells of a workbook that a school filled in, by the law of the day it was sent."""
    school: School = upload.subject
    on = timezone.localdate(upload.uploaded_at)
    view = pack_of(school).on(on)
    progress.phase("读取名册")
    most = form.max_rows + HEADER_DEPTH + FOOTERS_ALLOWED
    with open_stored(upload.workbook_id) as file:
        workbook = read_workbook(file, name=upload.workbook_name, row_limit=most)
    table = read_table(workbook, form)
    columns = [column for column in form.columns if column.field in table.columns]
    values, unread = read_values(table, columns, view)
    return NameList(school, on, view, form, table, values, unread)


def _row(line: ReadLine, kept: tuple[str, str, str] | None) -> ReadRow:
    name = line.record.person.name if line.record else text_in(line.cells, "name")
    if kept is not None:
        return ReadRow(line.row_number, name, *kept)
    why = "；".join(finding.message for finding in line.findings if finding.is_error)
    return ReadRow(line.row_number, name, "{}", UploadRow.Change.LEFT_OUT, why or _UNREAD)


def require_filing(by: User, school: School) -> None:
    """Refuse whoever may not file changes for a school."""
    require_permission(by, Permission.FILE_STATUS_CHANGE, school=school)


def law_of_school(school: School) -> PackView:
    """Return the law a school stands under today."""
    return pack_of(school).on(timezone.localdate())


def _find(user: User, school_id: object) -> School:
    return pick(schools_visible_to(user, permission=Permission.VIEW_REGISTER), school_id)


def _get(school_id: int) -> School:
    return School.objects.select_related("authority").get(pk=school_id)


def _lock(school: School) -> School:
    return School.objects.select_for_update(of=("self",), no_key=True).select_related("authority").get(pk=school.pk)


SCHOOL = Subject(find=_find, get=_get, lock=_lock, place=lambda school: school, title=str, law=law_of_school)
