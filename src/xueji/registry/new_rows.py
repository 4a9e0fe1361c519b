"""The rows of new students: person, document, number, guardians, record, registration; made from what was placed, not yet stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

from xueji.accounts.models import User
from xueji.core.months import Month
from xueji.core.new_students import expected_graduation
from xueji.institutions.models import School
from xueji.ledger.copying import copy_rows
from xueji.registry.kept_forms import form_text
from xueji.registry.models import (
    Enrolment,
    EnrolmentStatus,
    Guardian,
    IdentityDocument,
    Person,
    Registration,
    StudentNumber,
)
from xueji.registry.registering import Admission, NewPlace


@dataclass(frozen=True, slots=True)
class NewRows:
    """What becomes of new students in the tables; records and registrations in the order of the students."""

    persons: list[Person]  # those the register did not know
    documents: list[IdentityDocument]
    numbers: list[StudentNumber]
    guardians: list[Guardian]
    records: list[Enrolment]
    registrations: list[Registration]

    def copy(self) -> None:
        """Store all of them, a table at a time."""
        for rows in (self.persons, self.documents, self.numbers, self.guardians, self.records, self.registrations):
            copy_rows(rows)


def rows_of(places: Sequence[NewPlace], admission: Admission, by: User) -> NewRows:
    """Return the rows of students none of whom has an error."""
    today, letter = admission.on, str(admission.view.value("student_number_letter"))
    persons = [place.person or _new_person(place) for place in places]
    pairs = list(zip(places, persons, strict=True))
    records = [_record(place, person, admission.school) for place, person in pairs]
    return NewRows(
        persons=[person for place, person in pairs if place.person is None],
        documents=_documents(pairs, today),
        numbers=[
            StudentNumber(
                person=person, number=place.student.number_to_give(letter), number_index=place.number_index,
                is_carried_on=bool(place.student.carried), given_on=today,
            )
            for place, person in pairs if not place.has_number and place.number_index
        ],
        guardians=[guardian for place, person in pairs for guardian in _guardians(place, person)],
        records=records,
        registrations=[
            _registration(place, record, admission, by) for place, record in zip(places, records, strict=True)
        ],
    )  # fmt: skip


def _new_person(place: NewPlace) -> Person:
    text = place.student.facts.text
    return Person(
        id=uuid4(), id_document_type=place.student.document_kind, resident_id=place.student.number,
        resident_id_index=place.index or None, name=text("name"), sex=text("sex"),
        birth_date=place.student.birth_date, ethnicity=text("ethnicity"), political_status=text("political_status"),
    )  # fmt: skip


def _documents(pairs: Sequence[tuple[NewPlace, Person]], today: date) -> list[IdentityDocument]:
    numbered = [(place, person) for place, person in pairs if place.index]
    keys = [person.pk for place, person in numbered if place.person is not None]
    kept: set[UUID] = set(IdentityDocument.objects.filter(person__in=keys).values_list("person_id", flat=True))
    return [
        IdentityDocument(
            person=person, kind=place.student.document_kind, number=place.student.number,
            number_index=place.index, since=today,
        )
        for place, person in numbered if person.pk not in kept
    ]  # fmt: skip


def _guardians(place: NewPlace, person: Person) -> list[Guardian]:
    """Return those of the form, where none is known: who stands in the register is replaced by a change alone."""
    if place.has_guardians:
        return []
    return [
        Guardian(
            person=person, ordinal=ordinal, name=given.name, relation=given.relation, phone=given.phone,
            document_kind=given.document_kind, document_number=given.document_number,
        )
        for ordinal, given in enumerate(place.student.guardians, start=1)
    ]  # fmt: skip


def _record(place: NewPlace, person: Person, school: School) -> Enrolment:
    facts, programme = place.student.facts, place.programme
    assert programme is not None  # a row without one has findings: nothing is stored from it
    return Enrolment(
        id=uuid4(), person=person, school=school, programme=programme, entry_month=facts.text("entry_month"),
        duration_years=place.came.years if place.came else programme.duration_years,
        study_mode=facts.text("study_mode") or "全日制",
        status=EnrolmentStatus.CLAIMED if place.is_claimed else EnrolmentStatus.STUDYING,
    )  # fmt: skip


def _registration(place: NewPlace, record: Enrolment, admission: Admission, by: User) -> Registration:
    facts = place.student.facts
    entry, came = Month.parse(record.entry_month), place.came
    graduation = expected_graduation(entry, came.to_study if came else record.duration_years, admission.view)
    if came is not None:
        return Registration(
            enrolment=record, intake_year=admission.intake.year, intake_term=admission.intake.term,
            entered_on=admission.entered_on, registered_on=admission.on, registered_by=by, origin=came.origin,
            grade=came.grade, class_name=came.class_name, expected_graduation=str(graduation), form=form_text(facts),
            compulsory_until=came.compulsory_until, filing=Registration.Filing.FILED, filed_on=admission.on,
            filed_by=came.filed_by,
        )  # fmt: skip
    return Registration(
        enrolment=record, intake_year=admission.intake.year, intake_term=admission.intake.term,
        entered_on=admission.entered_on, registered_on=admission.on, registered_by=by, origin=place.student.origin, grade=admission.intake.year,
        class_name=facts.text("class_name")[:40], campus=facts.text("teaching_site")[:60],
        expected_graduation=str(graduation), form=form_text(facts),
    )  # fmt: skip
