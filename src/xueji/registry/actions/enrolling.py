"""Persons and enrolments from the rows of a school's list: enrolled and corrected in a few statements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from xueji.accounts.models import User
from xueji.core.errors import RuleViolation
from xueji.core.facts import GraduateFacts
from xueji.core.findings import Citation
from xueji.institutions.models import School
from xueji.ledger.actions import event_of, record_events
from xueji.ledger.copying import copy_rows
from xueji.ledger.models import Event
from xueji.ledger.tags import EventTag
from xueji.registry.matching import LOOSE_FIELDS, PERSON_FIELDS, Match, differences, match_rows
from xueji.registry.models import Enrolment, Person, Reveal
from xueji.sealing.fields import store_sealed


def enrol_graduates(
    rows: Sequence[GraduateFacts], *, school: School, by: User, at: datetime, cites: tuple[Citation, ...] = ()
) -> list[Enrolment]:
    """Store the persons and records of a list; return the records in its order. RuleViolation names every conflict.

    New ones are enrolled, those nobody has examined are corrected, examined ones stay as they are.
    """
    with transaction.atomic():
        matches = match_rows(rows, school=school, cites=cites)
        conflicts = [finding for match in matches for finding in match.findings]
        if conflicts:
            raise RuleViolation(conflicts)
        persons = _store_persons(matches, school=school, by=by, at=at)
        return _store_enrolments(matches, persons, school=school, by=by, at=at)


def _store_persons(matches: Sequence[Match], *, school: School, by: User, at: datetime) -> list[Person]:
    examined = set(
        Person.objects.filter(
            Exists(Enrolment.objects.filter(person=OuterRef("pk"), confirmed_at__isnull=False)),
            pk__in=[m.person.pk for m in matches if m.person],
        ).values_list("pk", flat=True)
    )
    persons, new, changed, events = [], [], [], []
    born: set[object] = set()  # whose birth date is corrected: it is stored closed, by itself
    for match in matches:
        person = match.person or _new_person(match)
        before = {name: getattr(person, name) for name in (*PERSON_FIELDS, *LOOSE_FIELDS)}
        if match.person is None:
            new.append(person)
        else:
            _claim(person, match.facts, all_fields=person.pk not in examined)
            if fields := [name for name, value in before.items() if getattr(person, name) != value]:
                changed.append(person)
                if "birth_date" in fields:
                    born.add(person.pk)
                events.append(_changed(person, fields, school=school, by=by, at=at))
        persons.append(person)
    copy_rows(new)
    in_clear = [name for name in (*PERSON_FIELDS, *LOOSE_FIELDS) if name != "birth_date"]
    Person.objects.bulk_update(changed, in_clear, batch_size=500)
    store_sealed([person for person in changed if person.pk in born], "birth_date")
    store_sealed(changed, "digest")
    if events:  # of who is new the event of the enrolment speaks, and vouches for the row
        record_events(events)
    return persons


def _changed(person: Person, fields: Sequence[str], *, school: School, by: User, at: datetime) -> Event:
    return event_of(
        tag=EventTag.PERSON_CORRECTED, subject=person, by=by, at=at, school_id=school.pk, after={"fields": fields},
    )  # fmt: skip


def _new_person(match: Match) -> Person:
    person = Person(
        id_document_type=match.facts.id_document_type or "居民身份证",
        resident_id_index=match.index,
        resident_id=match.facts.resident_id or "",
    )
    _claim(person, match.facts, all_fields=True)
    return person


def _claim(person: Person, facts: GraduateFacts, *, all_fields: bool) -> None:
    for name in (*PERSON_FIELDS, *LOOSE_FIELDS) if all_fields else LOOSE_FIELDS:
        value = getattr(facts, name)
        if value:
            setattr(person, name, value)


def _store_enrolments(
    matches: Sequence[Match], persons: Sequence[Person], *, school: School, by: User, at: datetime
) -> list[Enrolment]:
    enrolments: list[Enrolment] = []
    new: list[Enrolment] = []
    changed: list[Enrolment] = []
    for match, person in zip(matches, persons, strict=True):
        facts = match.facts
        enrolment = match.enrolment or Enrolment(person=person, school=school)
        if match.is_free_to_correct and (match.enrolment is None or differences(facts, person, enrolment)):
            assert match.programme is not None  # a match without one has findings: nothing is stored from it
            assert facts.duration_years is not None
            enrolment.programme, enrolment.duration_years = match.programme, facts.duration_years
            enrolment.entry_month, enrolment.study_mode = str(facts.entry_month), facts.study_mode or "全日制"
            (new if match.enrolment is None else changed).append(enrolment)
        enrolments.append(enrolment)
    copy_rows(new)
    Enrolment.objects.bulk_update(changed, ["programme", "duration_years", "entry_month", "study_mode"], batch_size=500)
    enrolled = [
        event_of(tag=EventTag.ENROLMENT_REGISTERED, subject=e, parent=e.person, by=by, at=at, school_id=school.pk)
        for e in new
    ]
    corrected = [
        event_of(tag=EventTag.ENROLMENT_CORRECTED, subject=e, parent=e.person, by=by, at=at, school_id=school.pk)
        for e in changed
    ]
    record_events([*enrolled, *corrected])
    return enrolments


def drop_unexamined(enrolments: Iterable[object]) -> int:
    """Delete records that only a list ever claimed and no list claims any more, and persons left without any; return how many.

    Nothing an authority examined, no record with a correction or a certificate, and nobody whose number was looked at
    is touched.
    """
    doomed = Enrolment.objects.filter(
        pk__in=list(enrolments), confirmed_at__isnull=True, candidacies__isnull=True, certificates__isnull=True,
        particulars_changes__isnull=True,
    )  # fmt: skip
    ids, people = list(doomed.values_list("pk", flat=True)), list(doomed.values_list("person_id", flat=True))
    Enrolment.objects.filter(pk__in=ids).delete()
    Person.objects.filter(
        ~Exists(Reveal.objects.filter(person=OuterRef("pk"))), pk__in=people, enrolments__isnull=True,
        candidacies__isnull=True, certificates__isnull=True,
    ).delete()  # fmt: skip
    return len(ids)
