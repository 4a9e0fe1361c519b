"""New students are registered: many at once, each with person, number, document, guardians, record and event (S2 第六条, 第八条)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.days import require_day
from xueji.core.enrolment_facts import EnrolmentFacts
from xueji.core.errors import BadInput, Conflict, RuleViolation
from xueji.core.findings import Finding
from xueji.core.intakes import Intake
from xueji.core.months import Month
from xueji.core.new_students import expected_graduation
from xueji.core.packs import PackView
from xueji.institutions.models import School
from xueji.institutions.queries import pack_of, require_permission
from xueji.ledger.actions import event_of, record_event, record_events
from xueji.ledger.copying import copy_rows
from xueji.ledger.models import Event
from xueji.ledger.tags import EventTag
from xueji.registry.actions.disputing import open_duplicates
from xueji.registry.kept_forms import form_text
from xueji.registry.models import (
    AdmissionDay,
    Enrolment,
    EnrolmentStatus,
    Guardian,
    IdentityDocument,
    Person,
    Registration,
    StudentNumber,
)
from xueji.registry.queries.duplicates import has_duplicates
from xueji.registry.registering import Admission, NewPlace, place_students

_ONCE = ("resident_id_index", "one_active_enrolment", "number_index", "document_of_one_person")


def open_admission_day(*, school: School, intake: Intake, entered_on: date, by: User, at: datetime) -> AdmissionDay:
    """Return the day of 入学手续 of an intake, entered if it is new; BadInput for a day that cannot be one."""
    require_permission(by, Permission.REGISTER_STUDENTS, school=school)
    require_register(school, timezone.localdate(at))
    require_day("admission", entered_on, timezone.localdate(at))
    if abs(entered_on.year - intake.year) > 1:
        raise BadInput("办理入学手续日期与招生年份相差一年以上，请核对")
    with transaction.atomic():
        day, is_new = AdmissionDay.objects.get_or_create(
            school=school, intake_year=intake.year, intake_term=intake.term, entered_on=entered_on,
            defaults={"opened_by": by, "opened_at": at},
        )  # fmt: skip
        if is_new:
            after = {"intake": f"{intake.year}-{intake.term}", "entered_on": entered_on}
            record_event(tag=EventTag.ADMISSION_DAY_OPENED, subject=day, by=by, at=at, school_id=school.pk, after=after)
    return day


def require_register(school: School, on: date) -> PackView:
    """Return the law under which a school registers students; BadInput where its jurisdiction has no register."""
    view = pack_of(school).on(on)
    view.clock("efile_created")
    return view


def register_students(
    rows: Sequence[EnrolmentFacts], *, school: School, intake: Intake, entered_on: date, by: User, at: datetime
) -> list[Enrolment]:
    """Register new students, all or none, and return their records in the order of the rows.

    Who has an active record anywhere is stored as claimed, until the dispute is decided; nobody is merged. What a record may
    be a duplicate of is noted (`open_duplicates`). RuleViolation
    with everything that stands against the rows, each with the name.
    """
    require_permission(by, Permission.REGISTER_STUDENTS, school=school)
    today = timezone.localdate(at)
    admission = Admission(school, intake, entered_on, require_register(school, today), today)
    try:
        with transaction.atomic():
            places = place_students(rows, admission)
            if refused := [_named(place, finding) for place in places for finding in place.errors]:
                raise RuleViolation(refused)
            records = _store(places, admission, by, at)
            if has_duplicates(school, today):
                open_duplicates(records=records, by=by, at=at)
            return records
    except IntegrityError as clash:
        if any(name in str(clash) for name in _ONCE):
            raise Conflict("名册中有学生刚刚由另一处登记，请重新上传检查") from clash
        raise


def _named(place: NewPlace, finding: Finding) -> Finding:
    message = f"{place.student.facts.text('name')}：{finding.message}"
    return Finding(finding.rule, finding.severity, message, finding.field, finding.remedy, finding.cites)


def _store(places: Sequence[NewPlace], admission: Admission, by: User, at: datetime) -> list[Enrolment]:
    today, letter = admission.on, str(admission.view.value("student_number_letter"))
    persons = [place.person or _new_person(place) for place in places]
    copy_rows([person for place, person in zip(places, persons, strict=True) if place.person is None])
    copy_rows(_documents(places, persons, today))
    copy_rows([
        StudentNumber(
            person=person, number=place.student.number_to_give(letter), number_index=place.number_index,
            is_carried_on=bool(place.student.carried), given_on=today,
        )
        for place, person in zip(places, persons, strict=True) if not place.has_number and place.number_index
    ])  # fmt: skip
    copy_rows([g for place, person in zip(places, persons, strict=True) for g in _guardians(place, person)])
    records = [_record(place, person, admission.school) for place, person in zip(places, persons, strict=True)]
    copy_rows(records)
    copy_rows([
        _registration(place, record, admission, by)
        for place, record in zip(places, records, strict=True)
    ])  # fmt: skip
    record_events([_event(record, admission, by, at) for record in records])
    return records


def _new_person(place: NewPlace) -> Person:
    text = place.student.facts.text
    return Person(
        id=uuid4(), id_document_type=place.student.document_kind, resident_id=place.student.number,
        resident_id_index=place.index or None, name=text("name"), sex=text("sex"),
        birth_date=place.student.birth_date, ethnicity=text("ethnicity"), political_status=text("political_status"),
    )  # fmt: skip


def _documents(places: Sequence[NewPlace], persons: Sequence[Person], today: date) -> list[IdentityDocument]:
    pairs = [(place, person) for place, person in zip(places, persons, strict=True) if place.index]
    keys = [person.pk for place, person in pairs if place.person is not None]
    kept: set[UUID] = set(IdentityDocument.objects.filter(person__in=keys).values_list("person_id", flat=True))
    return [
        IdentityDocument(
            person=person, kind=place.student.document_kind, number=place.student.number,
            number_index=place.index, since=today,
        )
        for place, person in pairs if person.pk not in kept
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
        duration_years=programme.duration_years, study_mode=facts.text("study_mode") or "全日制",
        status=EnrolmentStatus.CLAIMED if place.is_claimed else EnrolmentStatus.STUDYING,
    )  # fmt: skip


def _registration(place: NewPlace, record: Enrolment, admission: Admission, by: User) -> Registration:
    facts = place.student.facts
    graduation = expected_graduation(Month.parse(record.entry_month), record.duration_years, admission.view)
    return Registration(
        enrolment=record, intake_year=admission.intake.year, intake_term=admission.intake.term,
        entered_on=admission.entered_on, registered_on=admission.on, registered_by=by, origin=place.student.origin, grade=admission.intake.year,
        class_name=facts.text("class_name")[:40], campus=facts.text("teaching_site")[:60],
        expected_graduation=str(graduation), form=form_text(facts),
    )  # fmt: skip


def _event(record: Enrolment, admission: Admission, by: User, at: datetime) -> Event:
    intake = admission.intake
    after = {"intake": f"{intake.year}-{intake.term}", "status": record.get_status_display()}
    return event_of(
        tag=EventTag.ENROLMENT_REGISTERED, subject=record, parent=record.person, by=by, at=at,
        school_id=record.school_id, view=admission.view, after=after,
    )  # fmt: skip
