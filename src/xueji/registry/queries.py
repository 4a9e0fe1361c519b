"""Read persons and student-status records."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.cases.models import CaseState
from xueji.institutions.queries import pick, school_scope
from xueji.registry.models import Enrolment, ParticularsChange, Person
from xueji.sealing.texts import blind_index

OPEN_CASE_STATES = (CaseState.DRAFT, CaseState.IN_PROGRESS, CaseState.RETURNED)


def enrolments_visible_to(user: User) -> QuerySet[Enrolment]:
    """Return the records of schools over which a post lets the person see graduates; an administrator sees none."""
    scope = school_scope(user, prefix="school__", permission=Permission.VIEW_BATCHES)
    return Enrolment.objects.filter(scope).select_related("person", "school", "programme")


def enrolment_for(user: User, enrolment_id: Any) -> Enrolment:
    """Return a record the person may see, else NotFound."""
    return pick(enrolments_visible_to(user), enrolment_id)


def persons_visible_to(user: User) -> QuerySet[Person]:
    """Return the people who study or studied at a school the person may see graduates of."""
    scope = school_scope(user, prefix="enrolments__school__", permission=Permission.VIEW_BATCHES)
    return Person.objects.filter(pk__in=Person.objects.filter(scope).order_by().values("pk"))


def person_for(user: User, person_id: Any) -> Person:
    """Return a person the user may see, else NotFound."""
    return pick(persons_visible_to(user), person_id)


def person_by_number(user: User, number: str) -> Person | None:
    """Return the person with a full ID number when the user may see them; half a number finds nobody."""
    return persons_visible_to(user).filter(resident_id_index=blind_index(number)).first()


def resident_id_of(person: Person) -> str:
    """Return the full ID number, for rules and printing only; showing it to somebody is `reveal_resident_id`."""
    return str(person.resident_id)


def particulars_changes_visible_to(user: User) -> QuerySet[ParticularsChange]:
    """Return the corrections filed for schools the person may see graduates of."""
    scope = school_scope(user, prefix="enrolment__school__", permission=Permission.VIEW_BATCHES)
    related = ParticularsChange.objects.filter(scope).select_related("case", "enrolment__person", "enrolment__school")
    return related.order_by("-pk")


def open_changes_of(enrolments: Iterable[Any] | QuerySet[Any]) -> QuerySet[ParticularsChange]:
    """Return the corrections not yet decided for these records: while there is one, their batch waits (S1-07)."""
    undecided = Q(case__state__in=OPEN_CASE_STATES)
    return ParticularsChange.objects.filter(undecided, enrolment__in=enrolments).select_related(
        "case", "enrolment__person"
    )
