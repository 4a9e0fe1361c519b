"""Records that may be one student's: found over the register by keyed indexes and names, compared in memory, nothing written.

A number one digit apart is found by the indexes of every number it may have been mistyped from: no number is opened on
the way, and none is stored readable. Fifteen and eighteen digits of one card have one index (`sealing/texts.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from xueji.core.duplicates import Alike, Certainty, Particulars, compare_particulars, mistyped_forms
from xueji.registry.models import ACTIVE, Duplicate, Enrolment, EnrolmentStatus, Person, TwoPersons
from xueji.sealing.texts import blind_index

COUNTED = (*ACTIVE, EnrolmentStatus.CLAIMED)  # records that stand, or claim to
_AT_ONCE = 200  # records looked for by one statement: each may have been mistyped in some 160 ways


@dataclass(frozen=True, slots=True)
class FoundPair:
    """Two records, the one registered first ahead, with how sure it is that they are one student's, and by what."""

    first: Enrolment
    second: Enrolment
    certainty: Certainty
    ground: Alike


def find_pairs(records: Sequence[Enrolment]) -> list[FoundPair]:
    """Return what these records may be duplicates of, over the whole register; what was cleared up before is left out."""
    pairs: dict[frozenset[UUID], FoundPair] = {}
    for start in range(0, len(records), _AT_ONCE):
        for record, other in _alike(records[start : start + _AT_ONCE]):
            certainty, ground = _compared(record.person, other.person)
            key = frozenset((record.pk, other.pk))
            if certainty is not Certainty.NONE and key not in pairs:
                first, second = sorted((record, other), key=_age)
                pairs[key] = FoundPair(first, second, certainty, ground)
    return _new_ones(pairs)


def _alike(records: Sequence[Enrolment]) -> Iterator[tuple[Enrolment, Enrolment]]:
    """Give each record with those worth comparing: of its person, of a namesake born that day, of a number one digit apart."""
    near: dict[bytes, list[Enrolment]] = {}
    for record in records:
        for form in mistyped_forms(record.person.resident_id):
            near.setdefault(blind_index(form), []).append(record)
    by_name: dict[tuple[str, str], list[Enrolment]] = {}
    by_person: dict[UUID, list[Enrolment]] = {}
    for record in records:
        by_name.setdefault((record.person.name, record.person.sex), []).append(record)
        by_person.setdefault(record.person_id, []).append(record)
    names = {name for name, _ in by_name}
    counted = Enrolment.objects.filter(status__in=COUNTED).select_related("person", "school").order_by()
    found = {row.pk: row for row in counted.filter(Q(person__in=list(by_person)) | Q(person__name__in=names))}
    found |= {row.pk: row for row in counted.filter(person__resident_id_index__in=list(near))} if near else {}
    for other in found.values():
        person = other.person
        same = [row for row in by_name.get((person.name, person.sex), ()) if row.person.birth_date == person.birth_date]
        alike = [*by_person.get(other.person_id, ()), *near.get(bytes(person.resident_id_index or b""), ()), *same]
        yield from ((record, other) for record in alike if record.pk != other.pk)


def _compared(first: Person, other: Person) -> tuple[Certainty, Alike]:
    if first.pk == other.pk:
        return Certainty.DEFINITE, Alike.SAME_DOCUMENT
    return compare_particulars(_particulars(first), _particulars(other))


def _particulars(person: Person) -> Particulars:
    return Particulars(person.name, person.sex, person.birth_date, person.resident_id)


def _age(record: Enrolment) -> tuple[bool, str, str]:
    """Return by what two records are put in order: a claim is the later one."""
    return record.status == EnrolmentStatus.CLAIMED, record.entry_month, str(record.pk)


def _new_ones(pairs: Mapping[frozenset[UUID], FoundPair]) -> list[FoundPair]:
    keys = {key for pair in pairs for key in pair}
    known = Duplicate.objects.filter(first__in=keys, second__in=keys).order_by().values_list("first", "second")
    seen = {frozenset(row) for row in known}
    persons = {record.person_id for pair in pairs.values() for record in (pair.first, pair.second)}
    two = {frozenset(row) for row in two_persons_among(persons).values_list("first", "second")}
    return [
        pair
        for key, pair in pairs.items()
        if key not in seen and frozenset((pair.first.person_id, pair.second.person_id)) not in two
    ]


def two_persons_among(persons: Iterable[UUID]) -> QuerySet[TwoPersons]:
    """Return which of these persons were decided to be two, decisions taken back left out."""
    keys = list(persons)
    return TwoPersons.objects.filter(first__in=keys, second__in=keys, ended_at=None).order_by()


def held_records(records: Iterable[UUID]) -> set[UUID]:
    """Return which of these records are not to be filed while a definite duplicate of theirs is open."""
    keys = list(records)
    rows = Duplicate.objects.filter(
        Q(first__in=keys) | Q(second__in=keys), state=Duplicate.State.OPEN, certainty=Duplicate.Certainty.DEFINITE
    )
    return {key for row in rows.order_by().values_list("first", "second") for key in row}
