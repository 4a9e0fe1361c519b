"""Two records of one student at two schools of a province, and what their people say and decide of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.apps.registry.transferring import NOON, PAPER, Henan
from tests.factories.registry import EnrolmentFactory, PersonFactory, RegistrationFactory

from xueji.core.identifiers import check_character
from xueji.institutions.models import Post
from xueji.registry.actions import answer_duplicate, file_duplicate, open_duplicates
from xueji.registry.models import Duplicate, DuplicateAnswer, DuplicateFiling, Enrolment, Person


def card(serial: int, born: str = "20060503") -> str:
    """Return a valid number."""
    first = f"410102{born}{serial:03d}"
    return first + check_character(first)


def record_at(land: Henan, place: str, person: Person, **more: Any) -> Enrolment:
    """Return a registered record of somebody at a school."""
    programme = land.nursing(place)
    record = EnrolmentFactory(person=person, programme=programme, entry_month="2023-09", **more)
    RegistrationFactory(enrolment=record)
    return record


def found(land: Henan, *records: Enrolment, place: str = "east") -> Duplicate:
    """Return what is found about records; the last is looked at."""
    (duplicate,) = open_duplicates(records=[records[-1]], by=land.who(Post.SCHOOL_CLERK, place), at=NOON)
    return duplicate


def claimed(land: Henan, at: str = "west") -> tuple[Enrolment, Enrolment, Duplicate]:
    """Return a record that stands at one school, a claim at «east», and the duplicate of both."""
    person = PersonFactory(number=card(1), name="王小明")
    stands = record_at(land, at, person)
    claim = record_at(land, "east", person, status="claimed")
    return stands, claim, found(land, stands, claim)


def mistyped(land: Henan, at: str = "west", serial: int = 1) -> tuple[Enrolment, Enrolment, Duplicate]:
    """Return two records of one name whose numbers differ in one digit, and the duplicate of both."""
    number = card(serial)
    wrong = number[:9] + str((int(number[9]) + 1) % 10) + number[10:]
    right = record_at(land, at, PersonFactory(number=number, name="王小明", sex="男"))
    other = record_at(land, "east", PersonFactory(number=wrong, name="王小明", sex="男"))
    return right, other, found(land, right, other)


def say(land: Henan, duplicate: Duplicate, place: str, answer: str, **more: Any) -> DuplicateAnswer:
    """Answer for a school, with evidence."""
    given = {
        "statement": "每天在校上课", "by": land.who(Post.SCHOOL_CLERK, place), "at": NOON + timedelta(minutes=1),
        "file_name": "考勤.pdf", "data": PAPER,
    } | more  # fmt: skip
    return answer_duplicate(duplicate=duplicate, school=land.school(place), answer=answer, **given)


def filed(land: Henan, duplicate: Duplicate, place: str = "east", answer: str = "mine") -> DuplicateFiling:
    """Answer for a school and have it ask for the decision."""
    say(land, duplicate, place, answer)
    clerk = land.who(Post.SCHOOL_CLERK, place)
    return file_duplicate(duplicate=duplicate, school=land.school(place), by=clerk, at=NOON + timedelta(minutes=2))
