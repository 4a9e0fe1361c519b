"""What is said of each person when two lists are held against each other, and the report of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from xueji.core.identifiers import NUMBER_WORDS


class Answer(StrEnum):
    """Every person of both lists gets one of these."""

    SAME = "same"
    DIFFERS = "differs"
    MISSING_HERE = "missing_here"
    MISSING_THERE = "missing_there"
    NUMBER_WRONG = "number_wrong"
    SUPERSEDED = "superseded"
    POSSIBLE_SAME = "possible_same"

    @property
    def label(self) -> str:
        """The answer in the words of a clerk: «here» is the first list, «there» the second."""
        return _LABELS[self]


_LABELS = {
    Answer.SAME: "一致",
    Answer.DIFFERS: "不一致",
    Answer.MISSING_HERE: "甲表没有",
    Answer.MISSING_THERE: "乙表没有",
    Answer.NUMBER_WRONG: "号码有误",
    Answer.SUPERSEDED: "号码已更换",
    Answer.POSSIBLE_SAME: "可能是同一人",
}


@dataclass(frozen=True, slots=True)
class Spot:
    """Where something stands, as the person sees it: sheet, 1-based row, header text of the column."""

    sheet: str
    row: int
    column: str = ""


@dataclass(frozen=True, slots=True)
class FieldAnswer:
    """One field of one person: differs, missing here, missing there; `form` where only the way of writing differs."""

    field: str
    answer: str
    here: Spot
    there_spot: Spot
    here_value: str
    there_value: str

    @property
    def sentence(self) -> str:
        """The field in one line."""
        header = (
            self.here.column
            if self.here.column == self.there_spot.column
            else f"{self.here.column}／{self.there_spot.column}"
        )
        if self.here_value == self.there_value == NUMBER_WORDS:
            return f"{header}：两表的号码不同"
        if self.answer == "missing_here":
            return f"{header}：甲表空着，乙表为「{self.there_value}」"
        if self.answer == "missing_there":
            return f"{header}：甲表为「{self.here_value}」，乙表空着"
        return f"{header}：甲表为「{self.here_value}」，乙表为「{self.there_value}」"


@dataclass(frozen=True, slots=True)
class PersonAnswer:
    """What is said of one person, where they stand in either list, and why."""

    answer: Answer
    name: str
    here: Spot | None
    there_spot: Spot | None
    reasons: tuple[str, ...]
    fields: tuple[FieldAnswer, ...] = ()
    tail: str = ""
    points: int | None = None
    pair: str = ""  # the keyed fingerprint of two numbers, by which a decision is kept
    has_one_number: bool = False  # both lists have the same number, right or wrong


@dataclass
class Report:
    """The answers of one run; rows beyond `row_limit` are counted and not kept."""

    row_limit: int
    counts: Counter[Answer] = field(default_factory=Counter)
    rows: list[PersonAnswer] = field(default_factory=list)
    by_form: int = 0  # people who are the same though something is written another way
    forms: Counter[str] = field(default_factory=Counter)
    decided: int = 0
    left_out: int = 0
    columns: Mapping[str, object] = field(default_factory=dict)

    def add(self, person: PersonAnswer) -> None:
        """Count an answer and keep its row."""
        self.counts[person.answer] += 1
        if len(self.rows) < self.row_limit:
            self.rows.append(person)
        else:
            self.left_out += 1

    def add_same_by_form(self, fields: Sequence[FieldAnswer]) -> None:
        """Count somebody who is the same though something is written another way."""
        self.counts[Answer.SAME] += 1
        self.by_form += bool(fields)
        self.forms.update(answer.here.column for answer in fields)

    @property
    def total(self) -> int:
        """How many people both lists hold together: what a share of them is counted of."""
        return self.counts.total()

    @property
    def is_equal(self) -> bool:
        """Whether nobody differs in anything."""
        return self.total == self.counts[Answer.SAME]
