"""The workbook is read: four sheets in a limited process, every row checked, tried and undone, everything told at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from io import BytesIO
from itertools import chain

from django.utils import timezone

from xueji.core.findings import Finding, Severity
from xueji.core.packs import PackView
from xueji.directory.actions import try_rows
from xueji.directory.checks import Placed, check_entry, check_together
from xueji.directory.columns import FORMS, ORDER, DirectoryEntry, summary_of
from xueji.directory.payloads import to_text
from xueji.documents.storage import open_stored
from xueji.exchange.cells import CellFinding, WorkbookReading
from xueji.exchange.error_workbook import write_marked
from xueji.exchange.headings import HEADER_DEPTH
from xueji.exchange.sandbox import read_workbook
from xueji.exchange.tables import HELP_SHEET, PROBLEM_SHEET, TableReading, read_table
from xueji.exchange.values import placed, read_values, sorted_findings
from xueji.institutions.models import Authority
from xueji.institutions.queries import pack_over
from xueji.jobs.progress import JobProgress
from xueji.uploads.kinds import ReadRow, UploadReading
from xueji.uploads.models import Upload

_EMPTY = "reading.no_rows"  # a sheet nobody filled in is no fault
_SHEETS = "、".join(spec.sheet for spec in FORMS.values())
_ROW_LIMIT = max(spec.max_rows for spec in FORMS.values()) + HEADER_DEPTH + 200


@dataclass(frozen=True, slots=True)
class _Sheet:
    """One sheet as read; `entries` are its rows."""

    form: str
    table: TableReading
    entries: tuple[DirectoryEntry, ...]


def read_directory(upload: Upload, progress: JobProgress) -> UploadReading:
    """Read the workbook; rows with what they would register, everything found at once."""
    root: Authority = upload.subject
    view = pack_over(root).on(timezone.localdate(upload.uploaded_at))
    progress.phase("读取工作簿")
    with open_stored(upload.workbook_id) as file:
        workbook = read_workbook(file, name=upload.workbook_name, row_limit=_ROW_LIMIT)
    sheets, findings = _sheets(workbook, view)
    entries = [entry for sheet in sheets.values() for entry in sheet.entries]
    if not entries:
        findings.append(_nothing(workbook))
    refused = [(entry, finding) for entry in entries for finding in check_entry(entry)]
    refused += check_together(entries)
    faulty = {(f.sheet, f.row) for f in findings if f.is_error} | {(e.sheet, e.row_number) for e, _ in refused}
    progress.phase("逐行试登记，不保存")
    sound = [entry for entry in entries if (entry.sheet, entry.row_number) not in faulty]
    changes, tried = try_rows(root=root, entries=sound, by=upload.uploaded_by, at=timezone.now())
    refused += _without_followers(tried, [e for e in entries if e not in changes])
    findings += [_at_its_cell(sheets[entry.form].table, entry, finding) for entry, finding in refused]
    ordered = _ordered(sheets, findings)
    rows = [_row(entry, changes.get(entry, "new")) for entry in entries]
    return UploadReading(rows, ordered, _marked(sheets, ordered, view))


def _sheets(workbook: WorkbookReading, view: PackView) -> tuple[dict[str, _Sheet], list[CellFinding]]:
    """Return the sheets that are there and hold something; what was odd about them, and which others were not read."""
    sheets: dict[str, _Sheet] = {}
    findings: list[CellFinding] = []
    for form in ORDER:
        spec = FORMS[form]
        named = tuple(sheet for sheet in workbook.sheets if sheet.name.strip() == spec.sheet and sheet.height)
        if not named:
            continue
        table = read_table(replace(workbook, sheets=named), spec)
        columns = [column for column in spec.columns if column.field in table.columns]
        values, unread = read_values(table, columns, view)
        findings += [f for f in (*table.findings, *unread) if f.rule != _EMPTY]
        entries = [
            DirectoryEntry(form, row.row_number, {name: text for name, value in read.items() if (text := _text(value))})
            for row, read in zip(table.rows, values, strict=True)
        ]
        sheets[form] = _Sheet(form, table, tuple(entries))
    known = {spec.sheet for spec in FORMS.values()} | {HELP_SHEET, PROBLEM_SHEET}
    others = [s.name for s in workbook.sheets if s.visible and s.height and s.name.strip() not in known]
    findings += [_not_read(name) for name in others]
    return sheets, findings


def _text(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return "" if value is None else str(value).strip()


def _not_read(sheet: str) -> CellFinding:
    message = f"工作表「{sheet}」不是本工作簿的表，没有读取"
    return CellFinding(sheet[:60], 0, "", Severity.WARNING, "directory.sheet", message, None, f"表名应为：{_SHEETS}")


def _nothing(workbook: WorkbookReading) -> CellFinding:
    first = workbook.sheets[0].name if workbook.sheets else ""
    message, remedy = "没有读到一行数据", f"请使用新下载的模板，不要改动表名（{_SHEETS}）和表头"
    return CellFinding(first, 0, "", Severity.ERROR, "directory.nothing", message, None, remedy)


def _without_followers(tried: Sequence[Placed], refused: Sequence[DirectoryEntry]) -> list[Placed]:
    """Leave out that a row names what is not there, where that stands in a row which is refused itself: said already."""
    names = {text for entry in refused for text in (entry.text("name"), entry.text("code")) if text}
    return [
        (entry, finding) for entry, finding in tried
        if finding.rule != "directory.known" or entry.text(finding.field or "") not in names
    ]  # fmt: skip


def _at_its_cell(table: TableReading, entry: DirectoryEntry, finding: Finding) -> CellFinding:
    """Return a finding with its place; one about a field that the sheet has no column for stands at the row."""
    return placed(finding, table, entry.row_number)


def _ordered(sheets: Mapping[str, _Sheet], findings: Sequence[CellFinding]) -> list[CellFinding]:
    """Order findings as the workbook is gone through: sheet by sheet, from top to bottom."""
    by_sheet: dict[str, list[CellFinding]] = {sheet.table.sheet: [] for sheet in sheets.values()}
    elsewhere: list[CellFinding] = []
    for finding in findings:
        by_sheet.get(finding.sheet, elsewhere).append(finding)
    ordered = [sorted_findings(by_sheet[sheet.table.sheet], sheet.table, FORMS[form]) for form, sheet in sheets.items()]
    return [*chain.from_iterable(ordered), *elsewhere]


def _row(entry: DirectoryEntry, change: str) -> ReadRow:
    return ReadRow(
        entry.row_number, entry.label, to_text(entry), change, summary_of(entry), None, entry.sheet,
        ORDER.index(entry.form),
    )  # fmt: skip


def _marked(sheets: Mapping[str, _Sheet], findings: Sequence[CellFinding], view: PackView) -> bytes | None:
    if not findings or not sheets:
        return None
    out = BytesIO()
    write_marked([(sheet.table, FORMS[form]) for form, sheet in sheets.items()], findings, out, view=view)
    return out.getvalue()
