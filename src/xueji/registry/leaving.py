"""Who is to leave because the filing is out of reach (S2 第七条): a list the register proposes, and people confirm as changes of status."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from xueji.core.decisions.filing import LEAVE
from xueji.core.findings import Citation, Finding, errors_of
from xueji.core.status_specs import ClosingSpec
from xueji.core.status_words import CANCEL, WITHDRAW
from xueji.institutions.models import School
from xueji.institutions.queries import pack_of
from xueji.registry.filings import judge_students, with_people
from xueji.registry.models import ACTIVE, Enrolment, EnrolmentStatus, FilingEntry, Registration, StatusApplicant

_UNFILED = (Registration.Filing.OPEN, Registration.Filing.BARRED)
MOST = 50  # students of one application


@dataclass(frozen=True, slots=True)
class Leaving:
    """A student whose filing is out of reach, with why, and whether a change of status is under way already."""

    record: Enrolment
    reasons: tuple[Finding, ...]
    is_under_way: bool


@dataclass(frozen=True, slots=True)
class ProposedChange:
    """A change that is proposed, with whom it concerns: first 退学, then 注销 of who has left."""

    change: str
    students: tuple[Leaving, ...]
    cites: tuple[Citation, ...]


def proposed_changes(school: School, on: date) -> list[ProposedChange]:
    """Return who is proposed for which change on a day; who may ask was asked before. Nothing is stored, nothing done.

    Proposed to withdraw: whose filing no correction brings about any more. Proposed to be cancelled: who withdrew unfiled.
    Claims are not here: a claim is cleared up, or let go of, as a duplicate.
    """
    view = pack_of(school).on(on)
    cites = view.entry("closing", "filing", ClosingSpec).cites
    of_school = with_people(Registration.objects.filter(enrolment__school=school, filing__in=_UNFILED)).order_by("pk")
    waiting = of_school.filter(enrolment__status__in=ACTIVE)
    waiting = waiting.exclude(enrolment__filing_entries__outcome=FilingEntry.Outcome.OPEN)
    judged = [row for row in judge_students(list(waiting), school, view, on) if row.next == LEAVE]
    gone = [row.enrolment for row in of_school.filter(enrolment__status=EnrolmentStatus.WITHDRAWN)]
    keys = [row.registration.pk for row in judged] + [record.pk for record in gone]
    asked = StatusApplicant.objects.filter(enrolment__in=keys, outcome=StatusApplicant.Outcome.OPEN)
    busy = set(asked.order_by().values_list("enrolment", flat=True))
    leaving = tuple(
        Leaving(row.registration.enrolment, tuple(errors_of(row.findings)), row.registration.pk in busy)
        for row in judged
    )
    left = tuple(Leaving(record, (), record.pk in busy) for record in gone)
    return [ProposedChange(WITHDRAW, leaving, cites), ProposedChange(CANCEL, left, cites)]
