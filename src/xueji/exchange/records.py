"""Records about graduates, from a workbook of their own to values and findings: everything at once, nothing stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from xueji.core.errors import BadInput
from xueji.core.facts import Surroundings
from xueji.core.findings import Finding
from xueji.core.packs import PackView
from xueji.core.record_facts import RECORD_KINDS, RecordFacts
from xueji.core.rules import check_record, check_records
from xueji.exchange.cells import CellFinding, WorkbookReading
from xueji.exchange.formreading import read_form
from xueji.exchange.judging import counts_of, name_findings, rule_findings
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
    of_rows = ((n, f) for n, record in enumerate(facts) for f in check_record(record, view, surroundings))
    findings = [
        *table.findings,
        *read,
        *name_findings(table, (record.text("name") for record in facts)),
        *(placed(finding, table, table.rows[index].row_number) for index, finding in missed),
        *rule_findings(table, read, (*of_rows, *check_records(facts, view, surroundings))),
    ]
    rows = tuple(RecordRow(raw.row_number, record) for raw, record in zip(table.rows, facts, strict=True))
    ordered = sorted_findings(findings, table, spec)
    return RecordReport(rows, ordered, counts_of(rows, ordered), form.workbook, table)
