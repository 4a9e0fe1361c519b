"""Whose hand was it? What an account decided soon after somebody else had given out its password carries a mark."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from django.db.models import Exists, ExpressionWrapper, F, OuterRef, QuerySet, Value
from django.db.models.fields import DateTimeField
from django.db.models.functions import Concat

from xueji.accounts.models import CredentialGrant, User
from xueji.accounts.permissions import Permission
from xueji.cases.models import Case, Decision, Proposal
from xueji.institutions.queries import school_scope

Row = TypeVar("Row", Decision, Proposal)


@dataclass(frozen=True, slots=True)
class UnconfirmedHand:
    """An act on a case by an account whose password somebody else had given out, unconfirmed by a superior."""

    case_id: int
    what: str
    person: str
    at: datetime
    grant: CredentialGrant


def unconfirmed_hands(cases: Iterable[Case]) -> list[UnconfirmedHand]:
    """Return the submissions, proposals and decisions of the present round of cases that carry the mark, in two statements."""
    found = list(cases)
    acts: list[tuple[int, str, int, str, datetime]] = [
        (case.pk, "提交", case.submitted_by.pk, case.submitted_by.full_name, case.submitted_at)
        for case in found
        if case.submitted_by is not None and case.submitted_at is not None
    ]
    acts += _acts(Decision, found, "").union(_acts(Proposal, found, "（拟办）"), all=True).order_by("at")
    grants = CredentialGrant.objects.filter(user__in={person for _, _, person, _, _ in acts}, confirmed_at=None)
    by_person: dict[int, list[CredentialGrant]] = {}
    for grant in grants.select_related("by"):
        by_person.setdefault(grant.user_id, []).append(grant)
    marked = []
    for case_id, what, person, name, at in acts:
        marking = next((grant for grant in by_person.get(person, ()) if grant.at <= at < grant.marks_until), None)
        if marking is not None:
            marked.append(UnconfirmedHand(case_id, what, name, at, marking))
    return marked


def _acts(
    model: type[Decision | Proposal], cases: list[Case], suffix: str
) -> QuerySet[Decision | Proposal, tuple[int, str, int, str, datetime]]:
    """Return case, step, person and time of each row of the present round."""
    rows = model.objects.filter(step__case__in=cases, step__round=F("step__case__round")).order_by()
    return rows.values_list("step__case_id", Concat("step__label", Value(suffix)), "by_id", "by__full_name", "at")


def unconfirmed_decisions(reader: User) -> QuerySet[Decision]:
    """Return every decision that carries the mark within the area of a reader of the ledger, the latest first."""
    return _marked(Decision.objects.all(), reader)


def unconfirmed_proposals(reader: User) -> QuerySet[Proposal]:
    """Return every proposal that carries the mark, likewise: a second person's word rests on it."""
    return _marked(Proposal.objects.all(), reader)


def _marked(acts: QuerySet[Row], reader: User) -> QuerySet[Row]:
    end = ExpressionWrapper(F("at") + timedelta(days=CredentialGrant.MARKED.days), output_field=DateTimeField())
    grants = CredentialGrant.objects.annotate(end=end).filter(
        user=OuterRef("by"), confirmed_at=None, at__lte=OuterRef("at"), end__gt=OuterRef("at")
    )
    within = school_scope(reader, prefix="step__case__school__", permission=Permission.READ_LEDGER)
    marked = acts.filter(within).filter(Exists(grants))
    return marked.select_related("step__case__school", "by").order_by("-id")
