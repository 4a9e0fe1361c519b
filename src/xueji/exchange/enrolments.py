"""New students, from the national system's import form to findings: everything at once, nothing stored."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from xueji.core.enrolment_facts import KIND, EnrolmentFacts, Licence, Licences
from xueji.core.errors import BadInput
from xueji.core.facts import Surroundings
from xueji.core.facts_kinds import facts_kind_of
from xueji.core.intakes import AUTUMN, SPRING, Intake
from xueji.core.packs import PackView
from xueji.core.rules.registry import run_rules
from xueji.exchange.cells import CellFinding, WorkbookReading
from xueji.exchange.formreading import FormReading, read_form
from xueji.exchange.judging import counts_of, name_findings, rule_findings
from xueji.exchange.sources import Source
from xueji.exchange.tables import RawRow, TableReading
from xueji.exchange.values import read_values, sorted_findings

_COLUMNS = ("学校代码", "学校名称", "专业名称", "学制", "招生年份", "招生季节", "校区", "招生计划")
_SEASONS = {"春": SPRING, "春季": SPRING, "秋": AUTUMN, "秋季": AUTUMN, SPRING: SPRING, AUTUMN: AUTUMN}
_MOST_LICENCES = 200_000
_YEAR = re.compile(r"[12][0-9]{3}")


@dataclass(frozen=True, slots=True)
class EnrolmentReport:
    """What a file of new students amounts to. `workbook` and `table` are kept for the error workbook."""

    rows: tuple[EnrolmentFacts, ...]
    findings: tuple[CellFinding, ...]
    counts: Mapping[str, int]
    workbook: WorkbookReading
    table: TableReading

    @property
    def is_acceptable(self) -> bool:
        """Whether there are rows and no error: warnings and advice do not refuse."""
        return bool(self.rows) and not any(finding.is_error for finding in self.findings)


def read_licences(path: Path, school: str = "") -> Licences:
    """Read the published admission licences (UTF-8 CSV); BadInput says in which line what is wrong."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as unreadable:
        raise BadInput(f"招生资质文件读不出：应为 UTF-8 的 CSV（{path.name}）") from unreadable
    if missing := [name for name in _COLUMNS if not rows or name not in rows[0]]:
        raise BadInput(f"招生资质文件没有「{'、'.join(missing)}」列；应有：{'、'.join(_COLUMNS)}")
    if len(rows) > _MOST_LICENCES:
        raise BadInput(f"招生资质文件有 {len(rows)} 行，超过 {_MOST_LICENCES} 行")
    filled = ((number, row) for number, row in enumerate(rows, start=2) if any(row.get(name) for name in _COLUMNS))
    licences = Licences(frozenset(_licence(row, number) for number, row in filled), school)
    if school and not any(licence.school == school for licence in licences.every):
        raise BadInput(f"招生资质文件中没有学校代码「{school}」")
    return licences


def _licence(row: Mapping[str, str | None], number: int) -> Licence:
    cells = {name: (row[name] or "").strip() for name in _COLUMNS}
    season = _SEASONS.get(cells["招生季节"])
    if not _YEAR.fullmatch(cells["招生年份"]) or season is None or not cells["学校代码"] or not cells["专业名称"]:
        raise BadInput(f"招生资质文件第 {number} 行：学校代码、专业名称、招生年份、招生季节（春季、秋季）须填写完整")
    return Licence(cells["学校代码"], cells["专业名称"], Intake(int(cells["招生年份"]), season))


def read_enrolments(
    source: Source, view: PackView, *, on: date | None = None, name: str = "", licences: Licences | None = None
) -> EnrolmentReport:
    """Read a file of new students and run every rule; BadInput when it cannot be read, or the pack has no such form.

    `on` is the day on which the file is judged; without `licences` nobody's right to admit is compared.
    """
    form = read_form(source, view.workbook(KIND), view, name=name)
    return _judged(form, view, on=on, licences=licences)


def read_typed_student(
    values: Mapping[str, str], view: PackView, *, on: date, licences: Licences | None = None
) -> EnrolmentReport:
    """Judge one student typed on a page, by field, as a row of the workbook would be: the same columns, rules and words."""
    spec, kind = view.workbook(KIND), facts_kind_of(KIND)
    assert kind is not None, "registered with the facts of new students"
    columns = [column for column in spec.columns if kind.has_field(column.field)]
    row = RawRow(1, {column.field: values.get(column.field, "") for column in columns})
    headers = {column.field: column.header for column in columns}
    table = TableReading(spec.sheet, 0, {column.field: n for n, column in enumerate(columns)}, headers, (row,), ())
    read, findings = read_values(table, columns, view)
    form = FormReading(WorkbookReading("page", ()), table, [kind.of_row(cells) for cells in read], findings)
    return _judged(form, view, on=on, licences=licences)


def _judged(form: FormReading, view: PackView, *, on: date | None, licences: Licences | None) -> EnrolmentReport:
    spec = view.workbook(KIND)
    facts = [replace(fact, licences=licences) for fact in form.facts]
    surroundings = Surroundings(on=on or view.day, workbook=KIND)
    of_rows = ((n, f) for n, fact in enumerate(facts) for _, f in run_rules(view, "enrolment", fact, surroundings))
    of_rules = (*of_rows, *run_rules(view, "enrolments", tuple(facts), surroundings))
    found = [
        *form.table.findings,
        *form.findings,
        *name_findings(form.table, (fact.text("name") for fact in facts)),
        *rule_findings(form.table, form.findings, of_rules),
    ]
    ordered = sorted_findings(found, form.table, spec)
    return EnrolmentReport(tuple(facts), ordered, counts_of(facts, ordered), form.workbook, form.table)
