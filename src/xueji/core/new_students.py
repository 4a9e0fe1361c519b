"""A row of the form of new students as the register keeps it: document, birth date, origin, duration, number, graduation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import cast

from xueji.core.enrolment_facts import KIND, MEMBERS, EnrolmentFacts
from xueji.core.identifiers import parse_resident_id
from xueji.core.months import Month
from xueji.core.packs import PackView

ID_CARD = "居民身份证"
_FRESH_JUNIOR, _YES = "应届初中毕业生", "是"
_STUDENT_NUMBER = re.compile(r"[A-Z][0-9]{17}[0-9X]")
_MONTHS = 12


@dataclass(frozen=True, slots=True)
class GuardianGiven:
    """A guardian as the form names one."""

    name: str
    relation: str
    phone: str
    document_kind: str
    document_number: str


@dataclass(frozen=True, slots=True)
class NewStudent:
    """What is registered of a row without a fault; `carried` is the 学籍号 the form gives, empty where it gives none."""

    facts: EnrolmentFacts
    birth_date: date | None
    document_kind: str
    years: Decimal | None
    origin: str  # a key of `core.status_words.ORIGINS`
    carried: str

    @classmethod
    def of(cls, facts: EnrolmentFacts, view: PackView) -> NewStudent:
        """Read a row by the words of a pack."""
        kind = facts.text("id_document_type") or ID_CARD
        number = facts.text("student_number").upper()
        carried = number if _STUDENT_NUMBER.fullmatch(number) else ""
        return cls(facts, birth_date_of(facts, view.day), kind, years_of(facts, view), origin_of(facts), carried)

    @property
    def number(self) -> str:
        """Return the number of the identity document."""
        return self.facts.text("resident_id")

    def number_to_give(self, letter: str) -> str:
        """Return the 学籍号 to be stored: the one carried on, else one made of the ID number; empty for other documents."""
        return self.carried or (f"{letter}{self.number}" if letter and self.document_kind == ID_CARD else "")

    @property
    def guardians(self) -> list[GuardianGiven]:
        """Return who the form says is a guardian, in its order."""
        text = self.facts.text
        return [
            GuardianGiven(
                text(f"{member}_name"), text(f"{member}_relation"), text(f"{member}_phone"),
                text(f"{member}_id_document_type"), text(f"{member}_resident_id"),
            )
            for member in MEMBERS
            if text(f"{member}_name") and text(f"{member}_is_guardian") == _YES
        ]  # fmt: skip


def birth_date_of(facts: EnrolmentFacts, on: date) -> date | None:
    """Return the birth date that is told, or the one in the number; `on` is the day after which nobody was born yet."""
    stated = facts.values.get("birth_date")
    if isinstance(stated, date):
        return stated
    if facts.text("id_document_type") not in ("", ID_CARD) or not facts.text("resident_id"):
        return None
    read = parse_resident_id(facts.text("resident_id"), on=on)
    return None if read.problem else read.birth_date


def origin_of(facts: EnrolmentFacts) -> str:
    """Return how somebody came, as far as the form tells it."""
    return "junior_high_graduate" if facts.text("enrolment_target") == _FRESH_JUNIOR else "other"


def years_of(facts: EnrolmentFacts, view: PackView) -> Decimal | None:
    """Return the duration the word of the form means, None for another word."""
    return _years_by_word(view).get(facts.text("duration"))


def word_of_years(years: Decimal, view: PackView) -> str:
    """Return the word of the form for a duration; one that its list does not have is written out."""
    words = (word for word, meant in _years_by_word(view).items() if meant == years)
    return next(words, f"{years.normalize():f} 年")


@lru_cache(maxsize=16)
def _years_by_word(view: PackView) -> dict[str, Decimal]:
    """Return the years each word of the form means: the codes of its list."""
    columns = [column for column in view.workbook(KIND).columns if column.field == "duration" and column.table]
    return {word: Decimal(code) for column in columns for code, word in view.table(str(column.table)).items()}


def expected_graduation(entered: Month, years: Decimal, view: PackView) -> Month:
    """Return the last month of graduation of the pack before the years are over."""
    months = cast("Sequence[int]", view.value("graduation_months"))
    end = entered.year * _MONTHS + entered.month - 1 + int(years * _MONTHS)
    place = next(place for place in range(end - 1, end - 1 - _MONTHS, -1) if place % _MONTHS + 1 in months)
    return Month(place // _MONTHS, place % _MONTHS + 1)
