"""Give the clerk their own rows back with every bad cell marked and explained; corrected, the file is uploaded as it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, BinaryIO

import xlsxwriter

from xueji.core.findings import Severity
from xueji.core.packs import PackView, WorkbookSpec
from xueji.core.sheets import AS_TEXT
from xueji.exchange.cells import Cell, CellFault, CellFinding
from xueji.exchange.tables import PROBLEM_COLUMN, PROBLEM_SHEET, TableReading

_FONT = "宋体"
_COLOURS = {Severity.ERROR: "#FFC7CE", Severity.WARNING: "#FFEB9C", Severity.ADVICE: "#DDEBF7"}
_LONGEST_COMMENT = 900
_LONGEST_CELL = 32_000
_EXACT_NUMBER = 1e15
_ORDER = (Severity.ERROR, Severity.WARNING, Severity.ADVICE)


def write_error_workbook(
    table: TableReading, findings: Sequence[CellFinding], out: Path | BinaryIO, *, view: PackView, spec: WorkbookSpec
) -> None:
    """Write the rows of `table` with `findings` marked, then a sheet that lists every finding with its clause.

    The same findings give the same bytes. It is put together in memory: nothing of it lies in a temporary folder.
    """
    write_marked([(table, spec)], findings, out, view=view)


def write_marked(
    parts: Sequence[tuple[TableReading, WorkbookSpec]],
    findings: Sequence[CellFinding],
    out: Path | BinaryIO,
    *,
    view: PackView,
) -> None:
    """Write the same for a workbook of several sheets: one list of findings behind all of them."""
    with xlsxwriter.Workbook(str(out) if isinstance(out, Path) else out, AS_TEXT) as workbook:
        workbook.set_properties({"created": datetime.combine(view.day, time())})  # else the clock's
        formats = _formats(workbook)
        sheets = []
        for table, spec in parts:
            sheets.append(workbook.add_worksheet(spec.sheet))
            _write_rows(sheets[-1], table, findings, spec, formats)
        sheets.append(workbook.add_worksheet(PROBLEM_SHEET))
        _write_list(sheets[-1], findings, view, formats)
        for sheet in sheets:
            _prepare_to_print(sheet)
        sheets[0].activate()


def _prepare_to_print(sheet: Any) -> None:
    """Let the sheet print one page wide with its headings on every page."""
    sheet.set_paper(9)  # A4
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_footer("&C第 &P 页　共 &N 页")


def _formats(workbook: Any) -> dict[object, Any]:
    text = {"num_format": "@", "font_name": _FONT}
    formats: dict[object, Any] = {
        "text": workbook.add_format(text),
        "header": workbook.add_format({**text, "bold": True, "border": 1, "bg_color": "#F2F2F2"}),
        "note": workbook.add_format({**text, "text_wrap": True, "valign": "top"}),
    }
    for severity, colour in _COLOURS.items():
        formats[severity] = workbook.add_format({**text, "bg_color": colour, "border": 1})
    return formats


def _write_rows(
    sheet: Any, table: TableReading, findings: Sequence[CellFinding], spec: WorkbookSpec, formats: dict[object, Any]
) -> None:
    by_row: dict[int, list[CellFinding]] = defaultdict(list)
    for finding in findings:
        if finding.sheet == table.sheet:
            by_row[finding.row].append(finding)
    columns = [column for column in spec.columns if column.field in table.columns or column.required]
    for index, column in enumerate(columns):
        sheet.write_string(0, index, table.headers.get(column.field, column.header), formats["header"])
        sheet.set_column(index, index, column.width, formats["text"])
    last = len(columns)
    sheet.write_string(0, last, PROBLEM_COLUMN, formats["header"])
    sheet.set_column(last, last, 80, formats["text"])
    sheet.freeze_panes(1, 0)
    for line, row in enumerate(table.rows, start=1):
        row_findings = by_row.get(row.row_number, [])
        for index, column in enumerate(columns):
            marks = [finding for finding in row_findings if finding.field == column.field]
            _write_cell(sheet, line, index, row.cells.get(column.field), marks, formats)
        if row_findings:
            worst = min((finding.severity for finding in row_findings), key=_ORDER.index)
            text = f"原第{row.row_number}行：" + "；".join(_words(finding) for finding in row_findings)
            sheet.write_string(line, last, text[:_LONGEST_CELL], formats[worst])


def _write_cell(  # noqa: PLR0917  # place, content, marks
    sheet: Any, line: int, index: int, cell: Cell, marks: list[CellFinding], formats: dict[object, Any]
) -> None:
    style = formats[min((mark.severity for mark in marks), key=_ORDER.index)] if marks else formats["text"]
    text = _as_typed(cell)
    if text:
        sheet.write_string(line, index, text[:_LONGEST_CELL], style)
    elif marks:
        sheet.write_blank(line, index, None, style)
    if marks:
        comment = "\n".join(f"{mark.severity.label}：{_words(mark)}" for mark in marks)
        sheet.write_comment(line, index, comment[:_LONGEST_COMMENT], {"x_scale": 2.2, "y_scale": 1.2})


def _as_typed(cell: Cell) -> str:  # noqa: PLR0911  # one way out for each type of cell
    """Return a cell as text that reads back the same; a number too long to be exact is left empty, never passed on.

    Written out, 6.105E17 would come back as eighteen plausible digits and pass for an identity number.
    """
    if cell is None:
        return ""
    if isinstance(cell, CellFault):
        return cell.text if cell.kind == "error" else ""
    if isinstance(cell, datetime | date):
        return cell.isoformat()[:10]
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, int | float):
        if abs(cell) >= _EXACT_NUMBER:
            return ""
        return str(int(cell)) if float(cell).is_integer() else repr(cell)
    return "".join(c for c in cell if c >= " " and not 0xD800 <= ord(c) < 0xE000)


def _words(finding: CellFinding) -> str:
    text = f"{finding.message}，{finding.remedy}" if finding.remedy else finding.message
    return f"{finding.column}：{text}" if finding.column else text


def _write_list(sheet: Any, findings: Iterable[CellFinding], view: PackView, formats: dict[object, Any]) -> None:
    titles = (("工作表", 14), ("行", 8), ("列", 16), ("程度", 8), ("问题", 60), ("怎样改", 50), ("依据", 60))
    for index, (title, width) in enumerate(titles):
        sheet.write_string(0, index, title, formats["header"])
        sheet.set_column(index, index, width, formats["note"])
    sheet.freeze_panes(1, 0)
    for line, finding in enumerate(findings, start=1):
        row = str(finding.row) if finding.row else ""
        words = (
            finding.sheet,
            row,
            finding.column,
            finding.severity.label,
            finding.message,
            finding.remedy,
            clauses_of(finding, view),
        )
        for index, text in enumerate(words):
            style = formats[finding.severity] if index == 3 else formats["note"]
            sheet.write_string(line, index, text[:_LONGEST_CELL], style)


def clauses_of(finding: CellFinding, view: PackView) -> str:
    """Return the clauses a finding stands on, with their words."""
    parts = []
    for cite in finding.cites:
        source, words = view.clause(cite)
        parts.append(f"{source.number} {cite.clause}：{words}")
    return "\n".join(parts)
