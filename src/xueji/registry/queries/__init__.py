"""Read persons and student-status records."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, Q, QuerySet

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.cases.models import Case, CaseState
from xueji.cases.queries import cases_visible_to, subject_of
from xueji.core.enrolment_facts import KIND as ENROLMENTS
from xueji.institutions.models import Programme, School
from xueji.institutions.queries import pick, school_scope
from xueji.registry.filings import KIND as FILING_KIND
from xueji.registry.filings import findings_kept, judged_intake
from xueji.registry.intakes import has_register, standing_of_intakes
from xueji.registry.leaving import MOST as MOST_LEAVING
from xueji.registry.leaving import proposed_changes
from xueji.registry.models import AdmissionDay, FilingEntry, FilingRequest, ParticularsChange, Person
from xueji.uploads.models import Upload

__all__ = [
    "FILING_KIND",
    "MOST_LEAVING",
    "has_register",
    "judged_intake",
    "proposed_changes",
    "standing_of_intakes",
]  # asked for by pages, kept in files of their own
_SHOWN = 200
OPEN_CASE_STATES = (CaseState.DRAFT, CaseState.IN_PROGRESS, CaseState.RETURNED)


def persons_visible_to(user: User) -> QuerySet[Person]:
    """Return the people who study or studied at a school the person may see graduates of."""
    scope = school_scope(user, prefix="enrolments__school__", permission=Permission.VIEW_BATCHES)
    return Person.objects.filter(pk__in=Person.objects.filter(scope).order_by().values("pk"))


def person_for(user: User, person_id: object) -> Person:
    """Return a person the user may see, else NotFound."""
    return pick(persons_visible_to(user), person_id)


def resident_id_of(person: Person) -> str:
    """Return the full ID number, for rules and printing only; showing it to somebody is `reveal_resident_id`."""
    return str(person.resident_id)


def programme_names(ids: Iterable[object]) -> dict[int, str]:
    """Return the names of programmes whose records the caller was let see already."""
    return dict(Programme.objects.filter(pk__in=list(ids)).values_list("pk", "name"))


def open_changes_of(enrolments: Iterable[Any] | QuerySet[Any]) -> QuerySet[ParticularsChange]:
    """Return the corrections not yet decided for these records: while there is one, their batch waits (S1-07)."""
    undecided = Q(case__state__in=OPEN_CASE_STATES)
    return ParticularsChange.objects.filter(undecided, enrolment__in=enrolments).select_related(
        "case", "enrolment__person"
    )


def change_of_case(case: Case) -> ParticularsChange:
    """Return the correction a case decides on; NotFound for a case about something else."""
    found: ParticularsChange = subject_of(
        case, ParticularsChange.objects.select_related("enrolment__person", "enrolment__programme")
    )
    return found


def other_changes(change: ParticularsChange, user: User) -> list[ParticularsChange]:
    """Return what else was asked to be corrected of the same person, whenever, the latest first: of the cases somebody may see.

    A person may have been at a school elsewhere, whose cases are no affair of who reads this one.
    """
    seen = cases_visible_to(user).order_by().values("pk")
    of_person = ParticularsChange.objects.filter(enrolment__person=change.enrolment.person_id, case__in=seen)
    of_person = of_person.exclude(pk=change.pk)
    return list(of_person.select_related("case").order_by("-pk")[:10])


def admission_days_visible_to(user: User) -> QuerySet[AdmissionDay]:
    """Return the days of 入学手续 of the schools whose register the person may see."""
    scope = school_scope(user, prefix="school__", permission=Permission.VIEW_REGISTER)
    return AdmissionDay.objects.filter(scope).select_related("school__authority")


def admission_day_for(user: User, day_id: object) -> AdmissionDay:
    """Return a day of 入学手续 the person may see, else NotFound."""
    return pick(admission_days_visible_to(user), day_id)


def new_student_uploads(schools: Iterable[School]) -> QuerySet[Upload]:
    """Return the forms of new students these schools sent, the newest first; the caller was let see the schools."""
    found = Upload.objects.filter(kind=ENROLMENTS, school__in=[school.pk for school in schools])
    return found.select_related("uploaded_by")


def filing_of_case(case: Case) -> FilingRequest:
    """Return the filing a case decides on; NotFound for a case about something else."""
    found: FilingRequest = subject_of(case, FilingRequest.objects.select_related("case"))
    return found


def filing_shown(request: FilingRequest) -> dict[str, object]:
    """Return what a page shows of a filing the caller was let see: counts, who stays out and why, the first of the others."""
    labels = FilingEntry.Outcome
    by_outcome = request.entries.order_by().values_list("outcome").annotate(Count("pk"))
    rows = request.entries.select_related("enrolment__person", "enrolment__programme").order_by("pk")
    returned = list(rows.filter(outcome=labels.RETURNED)[:_SHOWN])
    for entry in returned:
        entry.shown = findings_kept(entry.findings)  # type: ignore[attr-defined]  # for the page
    return {
        "counts": [(labels(outcome).label, count) for outcome, count in by_outcome],
        "returned": returned,
        "going": list(rows.exclude(outcome=labels.RETURNED)[:_SHOWN]),
    }
