"""A registration as its student sees it, or who stands for a minor (S2 第二十条): only once it is proven who asks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from xueji.accounts.models import Applicant, User
from xueji.accounts.permissions import Permission
from xueji.core.calendar import deadline_by_clock
from xueji.core.errors import NotFound
from xueji.core.identifiers import normalise_resident_id
from xueji.institutions.models import School
from xueji.institutions.queries import pack_of, pick, school_scope
from xueji.registry.models import ACTIVE, CorrectionRequest, Enrolment, EnrolmentStatus, Guardian, Person, PersonName
from xueji.registry.queries.documents import other_documents
from xueji.registry.queries.students import is_minor
from xueji.sealing.rows import require_unaltered
from xueji.sealing.texts import blind_index


@dataclass(frozen=True, slots=True)
class OwnRecord:
    """A record somebody may see of themselves or of the minor they stand for; `guardian` says as whom they see it."""

    record: Enrolment
    guardian: Guardian | None = None

    @property
    def is_of_minor(self) -> bool:
        """Whether the student is not of age today: a list says nothing of the record, since only an opened one is a look."""
        return is_minor(self.record)


def own_records(applicant: Applicant) -> list[OwnRecord]:
    """Return the registrations of the person an account was proven to be, the newest first; nothing before that."""
    if not _is_proven(applicant):
        return []
    return [OwnRecord(record) for record in _records_of(_persons_of(applicant))]


def records_of_ward(applicant: Applicant, name: str, number: str, on: date) -> list[OwnRecord]:
    """Return the registrations of a minor the person stands for, by the minor's name and number; nothing for anybody else.

    The register knows the document of each guardian. Whoever the school barred, or has stopped being one, finds nothing;
    nobody does once the student is of age. The answer does not tell which of these it was.
    """
    if not _is_proven(applicant):
        return []
    index = blind_index(normalise_resident_id(number))
    persons = Person.objects.filter(resident_id_index=index, name=name.strip())
    found = []
    for record in _records_of(persons.values_list("pk", flat=True)):
        guardian = _guardian_of(record, applicant, on)
        if guardian is not None:
            found.append(OwnRecord(record, guardian))
    return found


def own_record_for(applicant: Applicant, enrolment_id: object, on: date) -> OwnRecord:
    """Return a registration the person may see, as the student or as a guardian; else NotFound."""
    if not _is_proven(applicant):
        raise NotFound
    record: Enrolment = pick(_shown(), enrolment_id)
    if record.person_id in _persons_of(applicant):
        return OwnRecord(record)
    guardian = _guardian_of(record, applicant, on)
    if guardian is None:
        raise NotFound
    return OwnRecord(record, guardian)


def _is_proven(applicant: Applicant) -> bool:
    """Return whether it is known who this is; Conflict where the account is not as the product wrote it."""
    if applicant.is_proven:
        require_unaltered(applicant, "您的账户")
    return applicant.is_proven


def _persons_of(applicant: Applicant) -> list[object]:
    """Return whose document and name the account was proven with: the document in use, or one that was and has ended.

    A number alone says little: it may have been mistyped into the file of somebody else. The stored index is not
    asked, since the digest of the row does not cover it.
    """
    index, kind = blind_index(applicant.document_number), applicant.document_kind
    ended = other_documents([index]).filter(kind=kind, until__isnull=False).values("person")
    by_document = Q(resident_id_index=index, id_document_type=kind) | Q(pk__in=ended)
    by_name = Q(name=applicant.name) | Q(pk__in=PersonName.objects.filter(name=applicant.name).values("person"))
    return list(Person.objects.filter(by_document, by_name).values_list("pk", flat=True))


def _guardian_of(record: Enrolment, applicant: Applicant, on: date) -> Guardian | None:
    """Return as which guardian a person stands for a minor on a day: by name and document, not barred, not ended."""
    if not is_minor(record, on):
        return None
    standing = Guardian.objects.filter(
        person=record.person_id, name=applicant.name, ended_on__isnull=True, barred_because=""
    )
    return next((row for row in standing if _same_document(row, applicant)), None)


def _same_document(guardian: Guardian, applicant: Applicant) -> bool:
    number = normalise_resident_id(guardian.document_number)
    kind = guardian.document_kind or applicant.document_kind  # older forms give the number alone
    return bool(number) and number == applicant.document_number and kind == applicant.document_kind


def _records_of(persons: Iterable[object]) -> list[Enrolment]:
    return list(_shown().filter(person__in=list(persons)).order_by("-entry_month", "pk"))


def _shown() -> QuerySet[Enrolment]:
    rows = Enrolment.objects.filter(registration__isnull=False)
    return rows.select_related("person", "person__student_number", "school__authority", "programme", "registration")


def guardian_of_student(record: Enrolment, guardian_id: object) -> Guardian:
    """Return a guardian of a student the caller was let see, else NotFound."""
    found: Guardian = pick(Guardian.objects.filter(person=record.person_id, ended_on__isnull=True), guardian_id)
    return found


def decides_who_looks(record: Enrolment) -> bool:
    """Whether the school of a record bars guardians: where the student is enrolled, or once was while nowhere is now.

    A claim alone never does: it would take off what the student's own school was shown an order for.
    """
    if record.status in ACTIVE or record.status == EnrolmentStatus.CLAIMED:
        return record.status in ACTIVE
    return not Enrolment.objects.filter(person=record.person_id, status__in=ACTIVE).exists()


# -- what is asked to be put right


def requests_of(applicant: Applicant, record: Enrolment) -> list[CorrectionRequest]:
    """Return what the person asked of a record they may see, the newest first."""
    rows = CorrectionRequest.objects.filter(applicant=applicant, enrolment=record).select_related("change__case")
    return list(rows.order_by("-asked_at"))


def request_of(applicant: Applicant, request_id: object) -> CorrectionRequest:
    """Return a request of the person, else NotFound."""
    found: CorrectionRequest = pick(CorrectionRequest.objects.filter(applicant=applicant), request_id)
    return found


def _at_schools(user: User) -> QuerySet[CorrectionRequest]:
    scope = school_scope(user, prefix="enrolment__school__", permission=Permission.FILE_PARTICULARS_CHANGE)
    rows = CorrectionRequest.objects.filter(scope)
    return rows.select_related("enrolment__person", "enrolment__school__authority", "guardian", "change", "answered_by")


def requests_at_schools(user: User) -> QuerySet[CorrectionRequest]:
    """Return what was asked of the schools at which the person files corrections, the oldest open one first."""
    return _at_schools(user).order_by(F("answered_at").desc(nulls_first=True), "asked_at")


def request_at_school(user: User, request_id: object) -> CorrectionRequest:
    """Return a request the person may take up, or answer; else NotFound."""
    found: CorrectionRequest = pick(_at_schools(user), request_id)
    return found


def open_requests_of(user: User) -> int:
    """Return how many requests wait for the person's schools."""
    return _at_schools(user).filter(state=CorrectionRequest.State.OPEN).count()


def due_on(request: CorrectionRequest, school: School) -> date | None:
    """Return by when a school starts the change (S2 第十四条), counted from the day it was asked; None where no term is set."""
    day = timezone.localdate(request.asked_at)
    view = pack_of(school).on(day)
    if "change_filed" not in view.keys("clock"):
        return None
    return deadline_by_clock(day, view.clock("change_filed"), view.calendar).on
