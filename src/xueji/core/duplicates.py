"""Two registrations that may be one student (S2 第八条): how sure that is, what differs, what a school does next about it.

Twins share birth date, guardian and most of their number, never the name: who has another name is never matched by name
and birth date, and numbers of twins differ in two places at least. A check character gives away every single mistyped
digit, so of two numbers that differ in one place one is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from xueji.core.identifiers import eighteen_digits, normalise_resident_id

_EIGHTEEN = re.compile(r"[0-9]{17}[0-9X]")
_DIGITS = "0123456789"
_LAST = "0123456789X"


class Certainty(StrEnum):
    """How sure it is that two registrations are of one student."""

    DEFINITE = "definite"
    POSSIBLE = "possible"
    NONE = "none"


class Alike(StrEnum):
    """What two registrations have in common."""

    SAME_DOCUMENT = "same_document"  # fifteen and eighteen digits of one card among them
    MISTYPED = "mistyped"  # the numbers differ in one place
    SAME_PARTICULARS = "same_particulars"  # name, birth date, sex
    NOTHING = ""


@dataclass(frozen=True, slots=True)
class Particulars:
    """By what a student is told from another."""

    name: str
    sex: str
    birth_date: date
    number: str


def compare_particulars(first: Particulars, other: Particulars) -> tuple[Certainty, Alike]:
    """Return how sure it is that two are one student, and by what.

    One digit apart and of one name is definite: one of the numbers is wrong. Of another name it may be somebody else
    whose number was mistyped. Name, birth date and sex alone are shared by many in a province.
    """
    number, another = _eighteen(first.number), _eighteen(other.number)
    if number and number == another:
        return Certainty.DEFINITE, Alike.SAME_DOCUMENT
    if number and another and _is_one_digit_apart(number, another):
        return (Certainty.DEFINITE if first.name == other.name else Certainty.POSSIBLE), Alike.MISTYPED
    if (first.name, first.sex, first.birth_date) == (other.name, other.sex, other.birth_date):
        return Certainty.POSSIBLE, Alike.SAME_PARTICULARS
    return Certainty.NONE, Alike.NOTHING


def _eighteen(number: str) -> str:
    return eighteen_digits(normalise_resident_id(number))


def _is_one_digit_apart(first: str, other: str) -> bool:
    if not (_EIGHTEEN.fullmatch(first) and _EIGHTEEN.fullmatch(other)):
        return False
    return sum(a != b for a, b in zip(first, other, strict=True)) == 1


def mistyped_forms(number: str) -> Iterator[str]:
    """Give every number that differs from one of eighteen digits in one place; none for another kind of number."""
    number = _eighteen(number)
    if not _EIGHTEEN.fullmatch(number):
        return
    for place, character in enumerate(number):
        for typed in _LAST if place == len(number) - 1 else _DIGITS:
            if typed != character:
                yield number[:place] + typed + number[place + 1 :]


def differing(first: str, other: str) -> list[tuple[str, bool]]:
    """Return the characters of a text, each with whether the other has something else in its place."""
    return [(character, place >= len(other) or other[place] != character) for place, character in enumerate(first)]


# -- what a school does next


class NextAct(StrEnum):
    """What is proposed to a school that is a party."""

    ANSWER = "answer"
    WAIT = "wait"
    REMIND = "remind"
    REPORT = "report"  # reminded as often as the pack says, and still silent: the authority is asked without an answer
    FILE = "file"
    NOTHING = ""


@dataclass(frozen=True, slots=True)
class Silence:
    """Where the answers stand: whether this school and the other have answered, when the other was last asked, by when it was to answer."""

    has_answered: bool
    other_has_answered: bool
    reminders: int
    due_on: date
    most_reminders: int
    is_filed: bool = False


def next_act(now: Silence, on: date) -> NextAct:
    """Return what is proposed on a day; nothing is done by itself."""
    if now.is_filed:
        return NextAct.NOTHING
    if not now.has_answered:
        return NextAct.ANSWER
    if now.other_has_answered:
        return NextAct.FILE
    if on <= now.due_on:
        return NextAct.WAIT
    return NextAct.REPORT if now.reminders >= now.most_reminders else NextAct.REMIND


# -- spans on one bar


@dataclass(frozen=True, slots=True)
class BarSpan:
    """A stretch of days on a bar of a hundred parts: where it begins, how long it is."""

    start: int
    length: int


def spans_on_bar(stretches: Sequence[tuple[date, date]], parts: int = 100) -> tuple[list[BarSpan], BarSpan | None]:
    """Return stretches of days on one bar, and where all of them overlap, or None where they do not."""
    first, last = min(begin for begin, _ in stretches), max(end for _, end in stretches)
    whole = max((last - first).days, 1)

    def placed(begin: date, end: date) -> BarSpan:
        start = (begin - first).days * parts // whole
        return BarSpan(min(start, parts - 1), max(((end - first).days * parts // whole) - start, 1))

    begin, end = max(begin for begin, _ in stretches), min(end for _, end in stretches)
    return [placed(*stretch) for stretch in stretches], placed(begin, end) if begin < end else None
