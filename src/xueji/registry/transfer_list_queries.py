"""The workbook of a transfer of many (S2 第十二条): exactly those who may move, what is only compared, what is filled in, read back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache
from io import BytesIO

from xueji.core.columns import column
from xueji.core.days import require_day
from xueji.core.errors import BadInput
from xueji.core.findings import Finding
from xueji.core.packs import PackView, WorkbookSpec
from xueji.exchange.cells import CellFinding
from xueji.exchange.templates import write_prefilled
from xueji.institutions.models import Programme, School
from xueji.registry.bulk_columns import COMPARED, MOST_ROWS, OTHER_HEADERS, OTHERS, WHOM
from xueji.registry.bulk_queries import barred_line, compared_values
from xueji.registry.bulk_reading import (
    Cells,
    ReadLine,
    compare_line,
    find_records,
    refuse_busy,
    text_in,
)
from xueji.registry.models import Enrolment
from xueji.registry.queries.open_applications import open_findings
from xueji.registry.queries.transfers import RECEIVING, SENDING, named_school_to_receive, programmes_taught
from xueji.registry.transfers import judge_moves, school_findings

KEY = "transfers"
TITLE = "批量转学名册"
FAMILY = "bulk_transfer"
FORM = WorkbookSpec(
    KEY, TITLE, TITLE, MOST_ROWS,
    (
        *WHOM,
        column("转入学校", "receiving", required=True, width=28, help="全部学生相同；全称或学校标识码"),
        column("生效日期", "effective_on", required=True, kind="date", width=12, help="全部学生相同，今天或以前"),
        column("申请事由", "statement", required=True, width=28, help="全部学生相同"),
        column("转入专业", "programme", required=True, width=24, help="按转入学校登记的名称"),
        column("转入班级", "class_name", width=14, help="可以不填"),
    ),
)  # fmt: skip
_ALIKE = ("receiving", "effective_on", "statement")
_HEADER = {column.field: column.header for column in FORM.columns}
_LONGEST = {"class_name": 40, "statement": 500}


@dataclass(frozen=True, slots=True)
class TransferLine:
    """A row that goes on: who moves, where to, to study what, from which day, why."""

    record: str
    receiving: int
    programme: int
    class_name: str
    effective_on: str
    statement: str

    def to_text(self) -> str:
        """Return the line as JSON, to be kept until it is confirmed."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_text(cls, text: str) -> TransferLine:
        """Return the line of `to_text`."""
        return cls(**json.loads(text))


@dataclass(frozen=True, slots=True)
class TransferChoice:
    """Students of a school asked about a move to another: who may, who may not and why."""

    receiving: School
    may: tuple[Enrolment, ...]
    barred: tuple[tuple[Enrolment, tuple[Finding, ...]], ...]
    findings: tuple[Finding, ...]  # against all of them: the school itself is no place to move to


def transfer_choice(
    records: Sequence[Enrolment], *, sending: School, receiving: School, on: date, today: date, view: PackView
) -> TransferChoice:
    """Return who of these records may be transferred to a school from a day; what they study there is not asked yet."""
    schools = {SENDING: sending, RECEIVING: receiving}
    busy = open_findings([record.pk for record in records], view)
    judged = judge_moves([(record, None) for record in records], schools, on, today, view, asks_programme=False)
    may, barred = [], []
    for record, findings in zip(records, judged, strict=True):
        against = [*findings, *([busy[record.pk]] if record.pk in busy else [])]
        if any(finding.is_error for finding in against):
            barred.append((record, tuple(against)))
        else:
            may.append(record)
    return TransferChoice(receiving, tuple(may), tuple(barred), tuple(school_findings(schools, view)))


def prefilled_transfers(
    choice: TransferChoice, view: PackView, *, effective_on: date, statement: str, shows_tail: bool
) -> bytes:
    """Return the workbook of those who may move, the programme of the same name filled in where it is taught there."""
    alike = {"receiving": choice.receiving.name, "effective_on": effective_on.isoformat(), "statement": statement}
    taught = {programme.name for programme in programmes_taught(choice.receiving)}
    rows = [
        alike
        | compared_values(record, shows_tail=shows_tail)
        | {
            "programme": record.programme.name if record.programme.name in taught else "", "class_name": "",
        }
        for record in choice.may
    ]  # fmt: skip
    lines = [barred_line(record, findings, view) for record, findings in choice.barred]
    out = BytesIO()
    write_prefilled(FORM, rows, out, compared=COMPARED | {"record"}, others=(OTHERS, OTHER_HEADERS, lines))
    return out.getvalue()


# -- read back


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the rows of one file ask for alike."""

    receiving: School
    on: date
    cells: Cells


def judge_transfer_lines(
    lines: Sequence[ReadLine], unread: Iterable[CellFinding], sending: School, view: PackView, today: date
) -> dict[int, TransferLine]:
    """Return the rows that go on by their numbers; what stands against the others is noted on them. A few statements."""
    faulty = {finding.row for finding in unread if finding.is_error}
    readable = [line for line in lines if line.row_number not in faulty]
    find_records(readable, sending)
    asked = _asked_alike(readable, sending, view, today)
    if asked is None:
        return {}
    for line in readable:
        if line.passes:
            compare_line(line, COMPARED)
    refuse_busy(readable, view)
    taught = programmes_taught(asked.receiving)
    passing = [line for line in readable if line.passes]
    wanted = {line.row_number: _programme_of(line, taught, asked.receiving) for line in passing}
    passing = [line for line in passing if line.passes]
    moves = [(line.record, wanted[line.row_number]) for line in passing if line.record is not None]
    judged = judge_moves(moves, {SENDING: sending, RECEIVING: asked.receiving}, asked.on, today, view)
    for line, findings in zip(passing, judged, strict=True):
        line.findings += findings
    return {line.row_number: _kept(line, asked, wanted[line.row_number]) for line in passing if line.passes}


def _asked_alike(lines: Sequence[ReadLine], sending: School, view: PackView, today: date) -> _Asked | None:
    """Return what the first row that asks for something possible asks for; rows that ask otherwise are refused."""
    first: _Asked | None = None
    named = cache(lambda text: named_school_to_receive(sending, text))
    for line in lines:
        receiving = named(text_in(line.cells, "receiving"))
        problems = _asking_problems(line.cells, sending, receiving, view, today)
        for name, message, remedy in problems:
            line.refuse("asked", message, name, remedy)
        if problems or receiving is None:
            continue
        first = first or _Asked(receiving, line.cells["effective_on"], line.cells)
        differing = [name for name in _ALIKE[1:] if text_in(line.cells, name) != text_in(first.cells, name)]
        for name in [*(["receiving"] if receiving != first.receiving else []), *differing]:
            line.refuse(
                "alike", f"「{_HEADER[name]}」与前面的行不同", name, "一份名册只转入一所学校、一个日期；请分开上传"
            )
    return first


def _asking_problems(
    cells: Cells, sending: School, receiving: School | None, view: PackView, today: date
) -> list[tuple[str, str, str]]:
    """Return (field, message, remedy) of what no application can be made of."""
    problems, on = [], cells.get("effective_on")
    if receiving is None:
        text = text_in(cells, "receiving")[:30]
        problems.append(("receiving", f"没有可以转入的学校「{text}」", "请填写全称或学校标识码；停办的、本校的不能填"))
    else:
        against = school_findings({SENDING: sending, RECEIVING: receiving}, view)
        problems += [("receiving", finding.message, "请改选其他学校") for finding in against]
    for name, longest in _LONGEST.items():
        if len(text_in(cells, name)) > longest:
            problems.append((name, f"超过 {longest} 个字", "请缩短"))
    if not text_in(cells, "statement"):
        problems.append(("statement", "没有填写申请事由", "请填写"))
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


def _programme_of(line: ReadLine, taught: Sequence[Programme], receiving: School) -> Programme | None:
    """Return the programme a row names; the row is refused where the school teaches none of that name, or several."""
    name, record = text_in(line.cells, "programme"), line.record
    assert record is not None
    found = [programme for programme in taught if programme.name == name]
    if len(found) > 1:
        found = [programme for programme in found if programme.duration_years == record.duration_years]
    if len(found) != 1:
        message = f"{receiving.name}没有开设「{name[:30]}」专业，或者同名的不止一个"
        line.refuse("programme", message, "programme", "请按转入学校登记的名称填写")
        return None
    return found[0]


def _kept(line: ReadLine, asked: _Asked, programme: Programme | None) -> TransferLine:
    assert line.record is not None
    assert programme is not None, "a row without its programme does not pass"
    return TransferLine(
        str(line.record.pk), asked.receiving.pk, programme.pk, text_in(line.cells, "class_name"), asked.on.isoformat(),
        text_in(line.cells, "statement"),
    )  # fmt: skip
