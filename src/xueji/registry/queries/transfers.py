"""Read transfers between two schools: what a case asks for, whom it moves, what goes along, where a student may go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from django.db.models import Q

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.cases.models import Case
from xueji.core.errors import NotFound
from xueji.institutions.models import Programme, School
from xueji.institutions.queries import pick, school_scope
from xueji.registry.models import (
    Enrolment,
    HandOverItem,
    StatusApplicant,
    StatusApplication,
    StatusChange,
)

KIND = "transfer"
SENDING, RECEIVING = "sending", "receiving"
_LISTED = 20  # schools a search names


def applicants_of(application: StatusApplication) -> list[StatusApplicant]:
    """Return the students of an application with their records, as they stand now."""
    rows = StatusApplicant.objects.filter(application=application).select_related(
        "application", "enrolment__person", "enrolment__programme", "enrolment__registration", "undoes__moves_to__person",
        "done_by__moves_to",
    )  # fmt: skip
    return list(rows.order_by("pk"))


def school_of(case: Case, role: str) -> School:
    """Return the school that is a party of a case in a role; NotFound where it has none."""
    party = case.parties.filter(role=role).select_related("school__authority").first()
    if party is not None and party.school is not None:
        return party.school
    raise NotFound


def programmes_wanted(applicants: Iterable[StatusApplicant]) -> dict[int, Programme]:
    """Return the programmes the students are to study, by key."""
    wanted = {applicant.wanted.get("programme_id") for applicant in applicants}
    return Programme.objects.in_bulk([key for key in wanted if key is not None])


def latest_days(records: Sequence[object]) -> dict[object, date]:
    """Return the day of the last change in force, by record."""
    in_force = StatusChange.objects.filter(enrolment__in=list(records), counters=None, countered_by=None)
    rows = in_force.order_by("effective_on", "ordinal").values_list("enrolment_id", "effective_on")
    return dict(rows)


def changes_since(transfers: Iterable[StatusChange]) -> dict[UUID, list[StatusChange]]:
    """Return, by transfer, what was decided and stands of the record it opened, and of the old one after it; one statement."""
    asked = list(transfers)
    records = {change.enrolment_id for change in asked} | {change.moves_to_id for change in asked}
    in_force = StatusChange.objects.filter(enrolment__in=records, counters=None, countered_by=None)
    by_record: dict[UUID, list[StatusChange]] = {}
    for change in in_force.order_by("recorded_at", "ordinal"):
        by_record.setdefault(change.enrolment_id, []).append(change)
    return {
        transfer.pk: [
            *(by_record.get(transfer.moves_to_id, []) if transfer.moves_to_id else ()),
            *(later for later in by_record.get(transfer.enrolment_id, []) if later.ordinal > transfer.ordinal),
        ]
        for transfer in asked
    }  # fmt: skip


def record_to_transfer(user: User, enrolment_id: object) -> Enrolment:
    """Return a record for which somebody may file a change, else NotFound."""
    within = school_scope(user, prefix="school__", permission=Permission.FILE_STATUS_CHANGE)
    related = ("person", "programme", "school__authority", "registration")
    return pick(Enrolment.objects.filter(within).select_related(*related), enrolment_id)


def schools_to_receive(record: Enrolment, words: str) -> list[School]:
    """Return the schools that a name, one of today or a former one, or a code leads to: open ones of the same line."""
    if not (words := words.strip()):
        return []
    others = School.objects.filter(authority__line=record.school.authority.line, closed_on=None).exclude(
        pk=record.school_id
    )
    former = Q(amendments__field="name", amendments__before__icontains=words)
    named = others.filter(Q(name__icontains=words) | Q(code=words) | former)
    return list(named.select_related("authority").order_by("name").distinct()[:_LISTED])


def school_to_receive(record: Enrolment, school_id: object) -> School:
    """Return a school that a student may be transferred to, else NotFound."""
    others = School.objects.filter(authority__line=record.school.authority.line, closed_on=None).exclude(
        pk=record.school_id
    )
    return pick(others.select_related("authority"), school_id)


def named_school_to_receive(sending: School, text: str) -> School | None:
    """Return the school that a whole name or a code names, and that students of a school may be transferred to; else None."""
    others = School.objects.filter(authority__line=sending.authority.line, closed_on=None).exclude(pk=sending.pk)
    return others.filter(Q(name=text) | Q(code=text)).select_related("authority").first() if text else None


def receiving_by_key(school_id: int) -> School:
    """Return the school a workbook that was read named; the transfer is judged again when it is opened."""
    return School.objects.select_related("authority").get(pk=school_id)


def programmes_by_key(keys: Iterable[int]) -> dict[int, Programme]:
    """Return the programmes a workbook that was read named, by key."""
    return Programme.objects.in_bulk(list(keys))


def programmes_taught(school: School) -> list[Programme]:
    """Return the programmes into which a school takes students."""
    return list(school.programmes.filter(closed_on=None))


def open_application_of(record: Enrolment) -> StatusApplicant | None:
    """Return what is under way of a record already, with its case, or None: a second one would be refused."""
    rows = StatusApplicant.objects.filter(enrolment=record, outcome=StatusApplicant.Outcome.OPEN)
    return rows.select_related("application__case").first()


def hand_over_of(case: Case) -> list[HandOverItem]:
    """Return what goes along with the students of a transfer, student by student."""
    rows = HandOverItem.objects.filter(applicant__application__case=case)
    return list(rows.select_related("applicant__enrolment__person", "given_by", "taken_by").order_by("applicant", "pk"))
