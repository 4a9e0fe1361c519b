"""Rows of a table to typed values, and findings to their place in the workbook: what every kind of form shares."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from xueji.core.findings import Finding, Severity
from xueji.core.identifiers import mask_numbers
from xueji.core.packs import ColumnSpec, PackView, WorkbookSpec
from xueji.exchange.archives import ARCHIVE_SHEET
from xueji.exchange.cells import CellFinding
from xueji.exchange.normalise import Context, normalise_cell
from xueji.exchange.tables import TableReading
from xueji.exchange.troubles import Normalised

_CLOSED = frozenset({"resident_id", "birth_date"})
_QUOTED = re.compile("「[^」]*」")
_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.ADVICE: 2}


def read_values(
    table: TableReading, columns: Sequence[ColumnSpec], view: PackView
) -> tuple[list[dict[str, Any]], list[CellFinding]]:
    """Return the values of every row by field, in order, and what was wrong with single cells."""
    tables = {column.table: view.table(column.table) for column in columns if column.table}
    aliases = {key: view.table(f"{key}_aliases") for key in tables if f"{key}_aliases" in view.keys("table")}
    context = Context(tables, aliases)
    rows: list[dict[str, Any]] = []
    findings: list[CellFinding] = []
    known: dict[tuple[object, ...], Normalised] = {}  # most columns repeat a few values; the type tells 3 from True
    for row in table.rows:
        values: dict[str, Any] = {}
        for column in columns:
            cell = row.cells[column.field]
            key = (column.field, type(cell), cell)
            read = known.get(key) or known.setdefault(key, normalise_cell(cell, column, context))
            values[column.field] = read.value
            findings += (
                CellFinding(
                    table.sheet,
                    row.row_number,
                    table.headers[column.field],
                    trouble.severity,
                    trouble.rule,
                    _said(trouble.message, column),
                    column.field,
                    trouble.remedy,
                )
                for trouble in read.troubles
            )
        rows.append(values)
    return rows, findings


def _said(message: str, column: ColumnSpec) -> str:
    """Return what is said of a cell; of a number or a birth date only what is wrong, never what stands there."""
    return _QUOTED.sub("", message) if column.field in _CLOSED else mask_numbers(message)


def placed(finding: Finding, table: TableReading, row_number: int) -> CellFinding:
    """Return a rule's finding with its place in the workbook; ID numbers in its words are masked."""
    return CellFinding(
        table.sheet,
        row_number,
        table.headers.get(finding.field or "", ""),
        finding.severity,
        finding.rule,
        mask_numbers(finding.message),
        finding.field,
        finding.remedy,
        finding.cites,
    )


def sorted_findings(
    findings: Iterable[CellFinding], table: TableReading, spec: WorkbookSpec
) -> tuple[CellFinding, ...]:
    """Order findings as the clerk works: the sheet from top to bottom, left to right, the archive last."""
    places = {column.header: index for index, column in enumerate(spec.columns)}
    places |= {header: table.columns[field] for field, header in table.headers.items()}

    def key(finding: CellFinding) -> tuple[int, int, int, int, str]:
        sheet = 2 if finding.sheet == ARCHIVE_SHEET else int(finding.sheet != table.sheet)
        return sheet, finding.row, places.get(finding.column, 999), _ORDER[finding.severity], finding.rule

    return tuple(sorted(findings, key=key))
