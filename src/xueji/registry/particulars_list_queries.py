"""The workbook of 信息变更 of many (S2 第十四条): who may have it, what is only compared, the particulars that may change, read back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from io import BytesIO

from xueji.core.columns import column
from xueji.core.errors import BadInput
from xueji.core.findings import Finding, Severity
from xueji.core.packs import PackView, WorkbookSpec
from xueji.core.status_specs import ChangeSpec, EvidenceSpec
from xueji.core.status_words import CHANGE_PARTICULARS
from xueji.exchange.cells import CellFinding
from xueji.exchange.templates import write_prefilled
from xueji.institutions.models import School
from xueji.registry.bulk_columns import COMPARED, OTHER_HEADERS, OTHERS, WHOM
from xueji.registry.bulk_queries import barred_line, compared_values
from xueji.registry.bulk_reading import ReadLine, compare_line, find_records, text_in
from xueji.registry.changes import (
    CLOSED_FIELDS,
    FIELDS,
    claimed_values,
    particulars_findings,
    read_changes,
    with_what_number_says,
)
from xueji.registry.models import Enrolment
from xueji.registry.queries import open_changes_of
from xueji.registry.queries.status_changes import AskedChange, Wish, judge_wishes

KEY = "particulars_changes"
TITLE = "批量信息变更名册"
FAMILY = "bulk_particulars"
_MOST_ROWS = 500  # each row becomes a case of its own, with papers of its own
_BECOMES = "变更后"
_WIDTHS = {"resident_id": 22, "programme": 20}
_KINDS = {"birth_date": "date", "entry_month": "month"}
_PARTICULARS = tuple(
    column(f"{_BECOMES}{label}", name, kind=_KINDS.get(name, "text"), width=_WIDTHS.get(name, 14), help="不变的不填")
    for name, label in FIELDS.items()
    if name != "name"
)
FORM = WorkbookSpec(
    KEY, TITLE, TITLE, _MOST_ROWS,
    (
        *WHOM,
        column(f"{_BECOMES}姓名", "new_name", width=14, help="不变的不填"),
        *_PARTICULARS,
        column("证明材料", "papers", required=True, width=30, help="材料名称，几种的用顿号分开；扫描件在办件页上传"),
        column("学校文号", "document_number", required=True, width=20, help="上报文件的文号"),
        column("变更原因", "reason", required=True, width=28),
    ),
)  # fmt: skip
_LONGEST = {"document_number": 60, "reason": 300}


@dataclass(frozen=True, slots=True)
class ParticularsLine:
    """A row that goes on: whose particulars become what, by which document, why."""

    record: str
    document_number: str
    reason: str
    changes: Mapping[str, str]

    def to_text(self) -> str:
        """Return the line as JSON, to be kept sealed until it is confirmed."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_text(cls, text: str) -> ParticularsLine:
        """Return the line of `to_text`."""
        return cls(**json.loads(text))


@dataclass(frozen=True, slots=True)
class ParticularsChoice:
    """Students asked about a change of particulars: who may have it, who may not and why, on which papers."""

    may: tuple[Enrolment, ...]
    barred: tuple[tuple[Enrolment, tuple[Finding, ...]], ...]
    papers: tuple[EvidenceSpec, ...]


def knows_particulars(view: PackView) -> bool:
    """Whether a law says who may have particulars changed."""
    return CHANGE_PARTICULARS in view.keys("change")


def proving_papers(view: PackView) -> tuple[EvidenceSpec, ...]:
    """Return the papers that prove a change of particulars."""
    spec = view.entry("change", CHANGE_PARTICULARS, ChangeSpec)
    return tuple(view.entry("evidence", key, EvidenceSpec) for key in spec.evidence)


def particulars_choice(records: Sequence[Enrolment], school: School, on: date, view: PackView) -> ParticularsChoice:
    """Return who of these records of a school may have particulars changed; a few statements, however many there are."""
    against = barred_from_particulars(records, school, on, view)
    may = tuple(record for record in records if not against.get(record.pk))
    barred = tuple((record, tuple(against[record.pk])) for record in records if against.get(record.pk))
    return ParticularsChoice(may, barred, proving_papers(view))


def barred_from_particulars(
    records: Sequence[Enrolment], school: School, on: date, view: PackView
) -> dict[object, list[Finding]]:
    """Return by record what keeps particulars from being changed: the law, or a change that is under way."""
    cites = view.entry("change", CHANGE_PARTICULARS, ChangeSpec).cites
    asked = AskedChange(CHANGE_PARTICULARS, on, school)
    judged = judge_wishes(asked, [Wish(record, {}) for record in records], view, asks_values=False)
    against: dict[object, list[Finding]] = {
        row.wish.enrolment.pk: [finding for finding in row.findings if finding.is_error] for row in judged
    }
    for change in open_changes_of([record.pk for record in records]):
        message = f"有信息变更正在办理：「{change.case.title}」"
        against[change.enrolment_id].append(
            Finding("particulars.one_at_a_time", Severity.ERROR, message, "record", "办结或撤回后再申请", cites)
        )
    return against


def prefilled_particulars(
    choice: ParticularsChoice, view: PackView, *, document_number: str, reason: str, shows_tail: bool
) -> bytes:
    """Return the workbook of those who may have particulars changed; the others on a second sheet, with reason and clause."""
    alike = {
        "papers": "、".join(paper.label for paper in choice.papers), "document_number": document_number, "reason": reason,
    }  # fmt: skip
    rows = [compared_values(record, shows_tail=shows_tail) | alike for record in choice.may]
    others = [barred_line(record, findings, view) for record, findings in choice.barred]
    out = BytesIO()
    write_prefilled(FORM, rows, out, compared=COMPARED | {"record"}, others=(OTHERS, OTHER_HEADERS, others))
    return out.getvalue()


# -- read back


def judge_particulars_lines(
    lines: Sequence[ReadLine], unread: Iterable[CellFinding], school: School, view: PackView, today: date
) -> dict[int, ParticularsLine]:
    """Return the rows that go on by their numbers; what stands against the others is noted on them."""
    faulty = {finding.row for finding in unread if finding.is_error}
    readable = [line for line in lines if line.row_number not in faulty]
    find_records(readable, school)
    known = [line.record for line in readable if line.record is not None]
    against = barred_from_particulars(known, school, today, view)
    labels = {paper.label for paper in proving_papers(view)}
    first: dict[str, int] = {}
    kept: dict[int, ParticularsLine] = {}
    for line in readable:
        if not line.passes or line.record is None:
            continue
        compare_line(line, COMPARED)
        line.findings += against.get(line.record.pk, [])
        _check_words(line, labels)
        changes = _changes_of(line, today)
        if changes:
            _judge_values(line, changes, view, first)
        if line.passes:
            kept[line.row_number] = _kept(line, changes)
    return kept


def _check_words(line: ReadLine, labels: set[str]) -> None:
    """Refuse a row without its papers, number or reason, or with papers that prove nothing of the kind."""
    for name, longest in _LONGEST.items():
        if len(text_in(line.cells, name)) > longest:
            line.refuse("words", f"超过 {longest} 个字", name, "请缩短")
    unknown = [name for name in _papers(line) if name not in labels]
    if unknown or not _papers(line):
        message = f"不是信息变更的证明材料：{'、'.join(unknown)[:60]}" if unknown else "没有填写证明材料"
        line.refuse("papers", message, "papers", f"可填：{'、'.join(sorted(labels))}")


def _papers(line: ReadLine) -> list[str]:
    return [name.strip() for name in text_in(line.cells, "papers").split("、") if name.strip()]


def _changes_of(line: ReadLine, today: date) -> dict[str, str]:
    """Return what is to become of the particulars, without what stands so already; nothing where the row is refused."""
    assert line.record is not None
    given: dict[str, str] = {}
    for name in FIELDS:
        value = line.cells.get(_column(name))
        text = value.isoformat() if isinstance(value, date) else str(value or "").strip()
        if not text:
            continue
        try:
            given |= read_changes({name: text}, today)
        except BadInput as refusal:
            message = f"「{FIELDS[name]}」读不懂" if name in CLOSED_FIELDS else str(refusal)
            line.refuse("value", message, _column(name), "请更正")
    given = with_what_number_says(line.record, given)
    stands = claimed_values(line.record)
    changes = {name: text for name, text in given.items() if text != stands[name]}
    if line.passes and not changes:
        line.refuse("something", "没有要变更的项目，或者与现有信息相同", "new_name", "填写变更后的内容，或者删去这一行")
    return changes if line.passes else {}


def _judge_values(line: ReadLine, changes: Mapping[str, str], view: PackView, first: dict[str, int]) -> None:
    """Refuse particulars that would contradict each other, or a number that is somebody else's, or two rows ask for."""
    assert line.record is not None
    cites = view.entry("change", CHANGE_PARTICULARS, ChangeSpec).cites
    for finding in particulars_findings(line.record, changes, cites):
        line.findings.append(
            Finding(
                finding.rule, finding.severity, finding.message, _column(finding.field or "name"), finding.remedy, cites
            )
        )
    number = changes.get("resident_id")
    if number and (other := first.setdefault(number, line.row_number)) != line.row_number:
        line.refuse("number_once", f"与第 {other} 行填写了同一个证件号码", "resident_id", "请核对")


def _column(name: str) -> str:
    return "new_name" if name == "name" else name


def _kept(line: ReadLine, changes: Mapping[str, str]) -> ParticularsLine:
    assert line.record is not None
    reason = f"{text_in(line.cells, 'reason')}（证明材料：{'、'.join(_papers(line))}）"
    return ParticularsLine(str(line.record.pk), text_in(line.cells, "document_number"), reason, dict(changes))
