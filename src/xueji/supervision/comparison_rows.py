"""What came of holding a school's students against an export of the national system, as it waits for its confirmation.

Somebody is told by their record here and by the row of the export; what differs is told in words, kept sealed until then.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from io import BytesIO

import xlsxwriter

from xueji.core.sheets import AS_TEXT
from xueji.reconciliation.answers import Answer

DIFFERENT = (Answer.DIFFERS, Answer.MISSING_HERE, Answer.MISSING_THERE, Answer.POSSIBLE_SAME, Answer.NUMBER_WRONG)
SHOWN = (*DIFFERENT, Answer.SUPERSEDED)
_LABELS = {
    Answer.SAME: "一致", Answer.DIFFERS: "不一致", Answer.MISSING_HERE: "本系统没有", Answer.MISSING_THERE: "全国系统没有",
    Answer.NUMBER_WRONG: "号码有误", Answer.SUPERSEDED: "号码已更换", Answer.POSSIBLE_SAME: "可能是同一人",
}  # fmt: skip
_HEADINGS = ("全国系统导出表的行", "姓名", "情况")
_WIDTHS = (20, 14, 90)


def label_of(answer: str) -> str:
    """Return an answer in words: here is the register, there the national system."""
    return _LABELS[Answer(answer)]


@dataclass(frozen=True, slots=True)
class ComparedStudent:
    """One student who is not simply the same in both: the record here, the row there, which columns, why in words."""

    answer: str
    name: str
    record: str = ""  # key of the enrolment here
    row: int = 0  # of the export
    columns: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    counts: bool = True  # whether it is a difference of the two systems

    def to_text(self) -> str:
        """Return it as JSON, to be kept until it is confirmed."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_text(cls, text: str) -> ComparedStudent:
        """Return what `to_text` kept."""
        kept = json.loads(text)
        return cls(**kept | {"columns": tuple(kept["columns"]), "reasons": tuple(kept["reasons"])})

    def on_record(self) -> dict[str, object]:
        """Return what stays on record: nobody's particulars."""
        kept = {"answer": self.answer, "record": self.record, "row": self.row, "columns": list(self.columns)}
        return kept if self.counts else kept | {"counts": False}


@dataclass(frozen=True, slots=True)
class ComparedLists:
    """The figures of a comparison: how many of all students of both systems differ, and in what they were compared."""

    differing: int
    total: int
    counts: Mapping[str, int] = field(default_factory=dict)
    compared: tuple[str, ...] = ()
    not_compared: tuple[str, ...] = ()  # columns that the export does not have

    def to_text(self) -> str:
        """Return the figures as JSON."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_text(cls, text: str) -> ComparedLists:
        """Return what `to_text` kept."""
        kept = json.loads(text)
        return cls(**kept | {"compared": tuple(kept["compared"]), "not_compared": tuple(kept["not_compared"])})


def answer_workbook(students: Iterable[ComparedStudent]) -> bytes:
    """Return the workbook by which a clerk puts things right: a sheet an answer, each row with what differs."""
    out, by_answer = BytesIO(), {answer: [] for answer in SHOWN}  # type: ignore[var-annotated]  # of students
    for student in students:
        by_answer[Answer(student.answer)].append(student)
    with xlsxwriter.Workbook(out, AS_TEXT) as book:
        head = book.add_format({"bold": True, "bg_color": "#DDEBF7"})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        for answer, found in by_answer.items():
            if not found:
                continue
            sheet = book.add_worksheet(_LABELS[answer])
            sheet.write_row(0, 0, _HEADINGS, head)
            for place, width in enumerate(_WIDTHS):
                sheet.set_column(place, place, width)
            for line, student in enumerate(found, start=1):
                words = "；".join(student.reasons)
                sheet.write_row(line, 0, (str(student.row or "—"), student.name, words), wrapped)
            sheet.freeze_panes(1, 0)
        if not any(by_answer.values()):
            book.add_worksheet("核对结果").write_string(0, 0, "两个系统一致")
    return out.getvalue()
