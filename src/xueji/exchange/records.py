"""Records about graduates, from a workbook of their own to values and findings: everything at once, nothing stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from xueji.core.errors import BadInput
from xueji.core.facts import Surroundings
from xueji.core.findings import Finding, Severity
from xueji.core.names import name_problem
from xueji.core.packs import PackView
from xueji.core.record_facts import RECORD_KINDS, RecordFacts
from xueji.core.rules import check_record, check_records
from xueji.exchange.cells import CellFinding, WorkbookReading
from xueji.exchange.formreading import read_form
from xueji.exchange.sources import Source
from xueji.exchange.tables import TableReading
from xueji.exchange.values import placed, sorted_findings

LookUp = Callable[[Sequence[RecordFacts]], tuple[Sequence[RecordFacts], Sequence[tuple[int, Finding]]]]


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One line as read: its number in the workbook and what it says."""

    row_number: int
    facts: RecordFacts


@dataclass(frozen=True, slots=True)
class RecordReport:
    """What an upload amounts to. `workbook` and `table` are kept for the error workbook."""

    rows: tuple[RecordRow, ...]
    findings: tuple[CellFinding, ...]
    counts: Mapping[str, int]
    workbook: WorkbookReading
    table: TableReading

    @property
    def is_acceptable(self) -> bool:
        """Whether there are rows and no error: warnings and advice do not refuse."""
        return bool(self.rows) and not any(finding.is_error for finding in self.findings)


def record_kinds_of(view: PackView) -> tuple[str, ...]:
    """Return the kinds of record the pack has a form for, in our order."""
    return tuple(kind for kind in RECORD_KINDS if kind in view.keys("workbook"))


def read_records(
    source: Source, view: PackView, kind: str, *, on: date | None = None, name: str = "", look_up: LookUp | None = None
) -> RecordReport:
    """Read a workbook of records and run every rule; BadInput when it cannot be read, or the pack has no such form.

    `look_up` finds the graduates the lines are about and says which were not found; without it (a dry run) rules that
    compare with the register stay silent. `on` is the day on which the file is judged.
    """
    if kind not in RECORD_KINDS:
        raise BadInput(f"没有这种表册：{kind}；可用：{'、'.join(RECORD_KINDS)}")
    spec = view.workbook(kind)
    form = read_form(source, spec, view, name=name)
    table, read = form.table, form.findings
    facts: Sequence[RecordFacts] = form.facts
    missed: Sequence[tuple[int, Finding]] = ()
    if look_up is not None and facts:
        facts, missed = look_up(facts)
    surroundings = Surroundings(on=on or view.day, workbook=kind)
    findings = [
        *table.findings,
        *read,
        *_name_findings(table, facts),
        *(placed(finding, table, table.rows[index].row_number) for index, finding in missed),
        *_rule_findings(table, facts, read, view, surroundings),
    ]
    rows = tuple(RecordRow(raw.row_number, record) for raw, record in zip(table.rows, facts, strict=True))
    ordered = sorted_findings(findings, table, spec)
    return RecordReport(rows, ordered, _counts(rows, ordered), form.workbook, table)


def _name_findings(table: TableReading, facts: Sequence[RecordFacts]) -> Iterable[CellFinding]:
    """Say which names nobody can have; in a list of graduates that is a rule of the pack, here every form's."""
    for row, record in zip(table.rows, facts, strict=True):
        if (name := record.text("name")) and (problem := name_problem(name)):
            finding = Finding("reading.name_unusable", Severity.ERROR, problem, "name", "请按名册上的姓名重新录入")
            yield placed(finding, table, row.row_number)


def _rule_findings(
    table: TableReading,
    facts: Sequence[RecordFacts],
    read: Sequence[CellFinding],
    view: PackView,
    surroundings: Surroundings,
) -> Iterable[CellFinding]:
    """Run the rules; stay silent about a cell that could not be read and a column that is not there: said already."""
    unreadable = {(finding.row, finding.field) for finding in read if finding.is_error}
    found = [
        (index, finding) for index, record in enumerate(facts) for finding in check_record(record, view, surroundings)
    ]
    for index, finding in (*found, *check_records(facts, view, surroundings)):
        row_number = table.rows[index].row_number
        absent = finding.rule == "record.required_given" and finding.field not in table.columns
        if not absent and (row_number, finding.field) not in unreadable:
            yield placed(finding, table, row_number)


def _counts(rows: Sequence[RecordRow], findings: Sequence[CellFinding]) -> dict[str, int]:
    by_severity = Counter(finding.severity for finding in findings)
    return {
        "rows": len(rows),
        "rows_with_errors": len({f.row for f in findings if f.is_error and f.row}),
        "errors": by_severity[Severity.ERROR],
        "warnings": by_severity[Severity.WARNING],
        "advice": by_severity[Severity.ADVICE],
        "photos": 0,
    }
