"""What every form does once its rows are facts: findings put in their place, what was said already left out, counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from xueji.core.findings import Finding, Severity
from xueji.core.names import name_problem
from xueji.exchange.archives import ARCHIVE_SHEET
from xueji.exchange.cells import CellFinding
from xueji.exchange.tables import TableReading
from xueji.exchange.values import placed

_REQUIRED = ".required_given"


def name_findings(table: TableReading, names: Iterable[str]) -> Iterator[CellFinding]:
    """Say which names nobody can have; in a list of graduates that is a rule of the pack, here every form's."""
    for row, name in zip(table.rows, names, strict=True):
        if name and (problem := name_problem(name)):
            finding = Finding("reading.name_unusable", Severity.ERROR, problem, "name", "请按名册上的姓名重新录入")
            yield placed(finding, table, row.row_number)


def rule_findings(
    table: TableReading, read: Iterable[CellFinding], found: Iterable[tuple[int, Finding]]
) -> Iterator[CellFinding]:
    """Put what the rules found in its row; silent about a cell that could not be read and a column that is not there.

    `found` gives each finding with the index of its row; `read` is what reading said already.
    """
    unreadable = {(finding.row, finding.field) for finding in read if finding.is_error}
    for index, finding in found:
        row_number = table.rows[index].row_number
        is_absent = finding.rule.endswith(_REQUIRED) and finding.field not in table.columns
        if not is_absent and (row_number, finding.field) not in unreadable:
            yield placed(finding, table, row_number)


def counts_of(rows: Sequence[object], findings: Iterable[CellFinding]) -> dict[str, int]:
    """Count rows, rows with an error (of the workbook, not of the archive of photographs), and findings by severity."""
    listed = list(findings)
    by_severity = Counter(finding.severity for finding in listed)
    return {
        "rows": len(rows),
        "rows_with_errors": len({f.row for f in listed if f.is_error and f.row and f.sheet != ARCHIVE_SHEET}),
        "errors": by_severity[Severity.ERROR],
        "warnings": by_severity[Severity.WARNING],
        "advice": by_severity[Severity.ADVICE],
        "photos": 0,
    }
