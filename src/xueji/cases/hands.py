"""Whose hand was it? What an account decided soon after somebody else had given out its password carries a mark."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, ExpressionWrapper, F, OuterRef, QuerySet
from django.db.models.fields import DateTimeField

from xueji.accounts.models import CredentialGrant, User
from xueji.accounts.permissions import Permission
from xueji.cases.models import Case, Decision
from xueji.institutions.queries import school_scope


@dataclass(frozen=True, slots=True)
class UnconfirmedHand:
    """An act on a case by an account whose password somebody else had given out, unconfirmed by a superior."""

    case_id: int
    what: str
    person: str
    at: datetime
    grant: CredentialGrant


def unconfirmed_hands(cases: Iterable[Case]) -> list[UnconfirmedHand]:
    """Return the submissions and decisions of the present round of cases that carry the mark, in two statements."""
    found = list(cases)
    acts: list[tuple[int, str, User, datetime]] = [
        (case.pk, "提交", case.submitted_by, case.submitted_at)
        for case in found
        if case.submitted_by is not None and case.submitted_at is not None
    ]
    decided = Decision.objects.filter(step__case__in=found, step__round=F("step__case__round"))
    acts += [
        (decision.step.case_id, decision.step.label, decision.by, decision.at)
        for decision in decided.select_related("step", "by")
    ]
    grants = CredentialGrant.objects.filter(user__in={person.pk for _, _, person, _ in acts}, confirmed_at=None)
    by_person: dict[int, list[CredentialGrant]] = {}
    for grant in grants.select_related("by"):
        by_person.setdefault(grant.user_id, []).append(grant)
    marked = []
    for case_id, what, person, at in acts:
        marking = next((grant for grant in by_person.get(person.pk, ()) if grant.at <= at < grant.marks_until), None)
        if marking is not None:
            marked.append(UnconfirmedHand(case_id, what, person.full_name, at, marking))
    return marked


def unconfirmed_decisions(reader: User) -> QuerySet[Decision]:
    """Return every decision that carries the mark within the area of a reader of the ledger, the latest first."""
    end = ExpressionWrapper(F("at") + timedelta(days=CredentialGrant.MARKED.days), output_field=DateTimeField())
    grants = CredentialGrant.objects.annotate(end=end).filter(
        user=OuterRef("by"), confirmed_at=None, at__lte=OuterRef("at"), end__gt=OuterRef("at")
    )
    within = school_scope(reader, prefix="step__case__school__", permission=Permission.READ_LEDGER)
    marked = Decision.objects.filter(within).filter(Exists(grants))
    return marked.select_related("step__case__school", "by").order_by("-id")
