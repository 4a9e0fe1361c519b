"""The workbook of a change of many students is read: each row compared with the register, asked of the law, good or sent back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from xueji.core.days import require_day
from xueji.core.errors import BadInput
from xueji.core.findings import Finding, Severity
from xueji.core.identifiers import tail_of
from xueji.core.packs import PackView
from xueji.core.rules.changes import ABSENCE
from xueji.core.status.fold import Value
from xueji.core.status_words import WITHDRAW
from xueji.exchange.cells import CellFinding
from xueji.exchange.tables import TableReading
from xueji.institutions.models import Programme, School
from xueji.registry.bulk_columns import ALIKE, COMPARED, YES, BulkLine, header_of
from xueji.registry.models import Enrolment
from xueji.registry.queries.change_values import LABELS, VALUES_OF, completed_values
from xueji.registry.queries.open_applications import open_findings
from xueji.registry.queries.shown_changes import REASON_WORDS
from xueji.registry.queries.status_changes import (
    AskedChange,
    Wish,
    changes_of_law,
    judge_wishes,
    programmes_of,
    registration_of,
)

_REASONS: Mapping[str, str] = {word: reason for reason, word in REASON_WORDS.items()}
Cells = Mapping[str, Any]  # of one row, by field
_LONGEST = {"class_name": 40, "statement": 1000}


@dataclass(slots=True)
class ReadLine:
    """A row on its way: its cells, what is known of it, what stands against it."""

    row_number: int
    cells: Cells
    record: Enrolment | None = None
    wanted: Mapping[str, Value] = field(default_factory=dict)
    family: str = "bulk_change"  # of the names of what is found
    findings: list[Finding] = field(default_factory=list)

    @property
    def passes(self) -> bool:
        """Whether nothing refuses it."""
        return self.record is not None and not any(finding.is_error for finding in self.findings)

    def refuse(self, rule: str, message: str, column: str, remedy: str) -> None:
        """Note what stands against the row."""
        self.findings.append(Finding(f"{self.family}.{rule}", Severity.ERROR, message, column, remedy))


@dataclass(frozen=True, slots=True)
class BulkReading:
    """Every row with what it came to, and the change they ask for alike; None where no row names one."""

    lines: tuple[ReadLine, ...]
    asked: AskedChange | None

    def line_of(self, line: ReadLine) -> BulkLine:
        """Return a row that passes as it is kept until it is confirmed."""
        assert self.asked is not None
        assert line.record is not None
        return BulkLine(
            str(line.record.pk), self.asked.change, self.asked.on, text_in(line.cells, "statement"),
            self.asked.reason, line.wanted,
        )  # fmt: skip


def class_of(record: Enrolment) -> str:
    """Return the class of a record in words, as lists print it."""
    registration = registration_of(record)
    return f"{registration.grade} 级 {registration.class_name}".strip() if registration else ""


def text_in(cells: Cells, name: str) -> str:
    """Return a cell as text."""
    value = cells.get(name)
    return "" if value is None else str(value).strip()


def lines_of(table: TableReading, values: Sequence[Cells], family: str = "bulk_change") -> list[ReadLine]:
    """Return the rows of a file, of which nothing is known yet."""
    return [ReadLine(row.row_number, cells, family=family) for row, cells in zip(table.rows, values, strict=True)]


def judge_lines(
    lines: Sequence[ReadLine], unread: Iterable[CellFinding], school: School, view: PackView, today: date
) -> BulkReading:
    """Return every row with what stands against it; a few statements, however many there are. `unread` cells refuse theirs."""
    faulty = {finding.row for finding in unread if finding.is_error}
    readable = [line for line in lines if line.row_number not in faulty]
    find_records(readable, school)
    asked = _asked_alike(readable, school, view, today)
    if asked is not None:
        programmes = programmes_of(school)
        for line in readable:
            if line.passes:
                compare_line(line, COMPARED)
                _read_values(line, asked, programmes)
        refuse_busy(readable, view)
        passing = [line for line in readable if line.passes]
        wishes = [Wish(line.record, line.wanted) for line in passing if line.record is not None]
        for line, judged in zip(passing, judge_wishes(asked, wishes, view), strict=True):
            line.findings += judged.findings
    return BulkReading(tuple(lines), asked)


def find_records(lines: Sequence[ReadLine], school: School) -> None:
    """Give each row the record it names; a row whose record is not the school's, or stands before it, is refused."""
    keys = {line.row_number: key for line in lines if (key := _key(text_in(line.cells, "record"))) is not None}
    rows = Enrolment.objects.filter(school=school, pk__in=set(keys.values()))
    found = {row.pk: row for row in rows.select_related("person", "programme", "registration")}
    first: dict[UUID, int] = {}
    for line in lines:
        key = keys.get(line.row_number)
        line.record = found.get(key) if key is not None else None
        if line.record is None:
            line.refuse("record_of_school", "本校没有这条学籍记录", "record", "请重新下载名册，不要改动「记录号」")
        elif (other := first.setdefault(line.record.pk, line.row_number)) != line.row_number:
            line.refuse("once", f"与第 {other} 行是同一名学生", "record", "请删去一行")


def _key(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _asked_alike(lines: Sequence[ReadLine], school: School, view: PackView, today: date) -> AskedChange | None:
    """Return what the first row that asks for something possible asks for; rows that ask otherwise are refused."""
    first: Cells | None = None
    for line in lines:
        problems = _asking_problems(line.cells, view, today)
        for name, message, remedy in problems:
            line.refuse("asked", message, name, remedy)
        if problems:
            continue
        first = first or line.cells
        for name in ALIKE:
            if text_in(line.cells, name) != text_in(first, name):
                line.refuse(
                    "alike", f"「{header_of(name)}」与前面的行不同", name, "一份名册只办一种异动、一个日期；请分开上传"
                )
    if first is None:
        return None
    reason = _REASONS.get(text_in(first, "reason"), "")
    return AskedChange(text_in(first, "change"), first["effective_on"], school, reason)


def _asking_problems(cells: Cells, view: PackView, today: date) -> list[tuple[str, str, str]]:
    """Return (field, message, remedy) of what no application can be made of."""
    change, on, reason = text_in(cells, "change"), cells.get("effective_on"), text_in(cells, "reason")
    problems = []
    if change not in changes_of_law(view):
        problems.append(("change", f"不能成批办理「{change[:20]}」", f"可以办理：{'、'.join(changes_of_law(view))}"))
    if not text_in(cells, "statement"):
        problems.append(("statement", "没有填写申请事由", "请填写"))
    if reason and (reason not in _REASONS or change != WITHDRAW):
        problems.append(("reason", f"原因类别不能填「{reason[:20]}」", f"只用于退学，可填：{'、'.join(_REASONS)}"))
    if not isinstance(on, date):
        problems.append(("effective_on", "没有填写生效日期", "请填写"))
    elif on > today:
        problems.append(("effective_on", f"生效日期 {on:%Y-%m-%d} 还没有到", "请在当日或以后办理"))
    else:
        try:
            require_day("changed", on, today)
        except BadInput as refusal:
            problems.append(("effective_on", str(refusal), "请核对"))
    return problems


def compare_line(line: ReadLine, names: Collection[str]) -> None:
    """Refuse a row whose columns to compare say something else than the register: it may be about somebody else."""
    record = line.record
    assert record is not None
    stands = {
        "name": record.person.name, "tail": tail_of(record.person.resident_id), "class_now": class_of(record),
        "status": record.get_status_display(),
    }  # fmt: skip
    for name in sorted(names):
        text = text_in(line.cells, name)
        if text and text.upper() != stands[name].upper():
            message = f"与学籍登记不一致：名册中是「{text[:20]}」" + (
                "" if name == "tail" else f"，登记为「{stands[name]}」"
            )
            line.refuse("compared", message, name, "核对列不会写入；请重新下载名册")


def _read_values(line: ReadLine, asked: AskedChange, programmes: Mapping[int, Programme]) -> None:
    """Read what the change is to move; what follows by itself is added, what it does not move refused."""
    given: dict[str, Value] = {}
    for name, label in LABELS.items():
        value = line.cells.get(name)
        if value in (None, ""):
            continue
        text = text_in(line.cells, name)
        if name not in VALUES_OF[asked.change]:
            line.refuse("values", f"{asked.change}不涉及「{label}」", name, "请清空这一格")
        elif len(text) > _LONGEST.get(name, 200):
            line.refuse("values", f"有 {len(text)} 个字，超过 {_LONGEST[name]} 个", name, "请缩短")
        else:
            _read_value(line, name, value, given, programmes)
    for name in ("absent_since", "leave_granted") if asked.reason == ABSENCE else ():
        if name not in given:
            line.refuse("values", f"没有填写{LABELS[name]}", name, "按未请假离校退学的须填写")
    if line.passes and line.record is not None:
        line.wanted = completed_values(asked.change, line.record, given, asked.on)


def _read_value(
    line: ReadLine, name: str, value: object, given: dict[str, Value], programmes: Mapping[int, Programme]
) -> None:
    text = text_in(line.cells, name)
    if name == "grade":
        if not (text.isascii() and text.isdigit() and len(text) == 4):
            return line.refuse("values", f"年级应为四位年份，现为「{text[:20]}」", name, "如 2025")
        given[name] = int(text)
    elif name == "leave_granted":
        if text not in YES:
            return line.refuse("values", f"应填「是」或「否」，现为「{text[:20]}」", name, "请更正")
        given[name] = YES[text]
    elif name == "programme_id":
        taught = [row for row in programmes.values() if row.name == text and row.closed_on is None]
        if line.record is not None and len(taught) > 1:
            taught = [row for row in taught if row.duration_years == line.record.duration_years]
        if len(taught) != 1:
            return line.refuse(
                "values", f"本校没有登记专业「{text[:30]}」，或者同名的不止一个", name, "请按登记的名称填写"
            )
        given[name] = taught[0].pk
    else:
        given[name] = value.isoformat() if isinstance(value, date) else text
    return None


def refuse_busy(lines: Sequence[ReadLine], view: PackView) -> None:
    """Refuse whoever has another application that is not over."""
    busy = open_findings([line.record.pk for line in lines if line.record is not None], view)
    for line in lines:
        if line.record is not None and line.record.pk in busy:
            line.findings.append(busy[line.record.pk])
