"""Which office an application belongs to by what its papers show; what became of it; what an office is done with."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass

from django.db.models import OuterRef, Q, QuerySet, Subquery

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.applications.facts import decide_office, law_for
from xueji.applications.kinds import REPLACEMENT_CASE, VERIFICATION_CASE
from xueji.applications.models import Application, Referral
from xueji.applications.queries import office_of
from xueji.cases.checks import OVER_STATES
from xueji.cases.models import Case, Step
from xueji.core.decisions.services import IssuerDecision
from xueji.core.errors import BadInput, Conflict, RuleViolation
from xueji.institutions.models import Authority
from xueji.institutions.queries import authorities_granting

# the facts on which the office hangs
READ = ("category", "entered", "graduated", "place_code", "sealed_by")


@dataclass(frozen=True, slots=True)
class Competent:
    """The office that has power over an application by what its papers show, and by which law."""

    office: Authority
    decision: IssuerDecision


def competent_for(application: Application, on_paper: Mapping[str, str]) -> Competent:
    """Return who is to decide an application by what its papers show.

    BadInput names what is missing, and says so where the office that has it keeps it; RuleViolation where nobody issues;
    Conflict where the office is not in this installation, or had it from this one and sent it back.
    """
    if unknown := set(on_paper) - set(READ):
        raise ValueError(f"the office does not hang on {', '.join(sorted(unknown))}")
    as_read = copy(application)
    for name, value in on_paper.items():
        setattr(as_read, name, value)
    decision = decide_office(as_read, law_for(application))
    if decision.office is None:
        raise RuleViolation(decision.findings)
    office = office_of(application.centre, decision.office.key)
    if office is None:
        raise Conflict(
            f"「{decision.office.name}」还没有在本系统开通，不能转办；请与其联系：{'、'.join(decision.office.phones)}"
        )
    if office.pk == application.office_id:
        raise BadInput(f"按所填的记载，仍由{office}办理；与材料不一致的，请逐项核对后再试")
    if application.referrals.filter(from_office=application.office_id, to_office=office).exists():
        raise Conflict(
            f"这份申请已经转过{office}，又转了回来：请与对方商定后由本机构办理，仍有争议的报{application.centre}"
        )
    return Competent(office, decision)


def referrals_of(application: Application) -> list[Referral]:
    """Return from which office to which an application was handed, oldest first."""
    return list(application.referrals.select_related("from_office", "to_office"))


def referral_of(case: Case) -> Referral | None:
    """Return how a case ended that was handed to another office; None for any other."""
    rows = Referral.objects.select_related("from_office", "to_office", "referred_by", "application")
    return rows.filter(case=case).first()


def done_at_offices(user: User, search: str = "") -> QuerySet[Case]:
    """Return the cases of graduates that ended at the offices for which somebody decides, the last first; by part of a name or a receipt.

    A case that was handed on stays here; its papers are the other office's. Annotated: `step`, the last of each.
    """
    offices = authorities_granting(user, Permission.DECIDE_CASES)
    kinds = (REPLACEMENT_CASE.kind, VERIFICATION_CASE.kind)
    rows = Case.objects.filter(
        kind__in=kinds, state__in=OVER_STATES, parties__role="office", parties__authority__in=offices
    )
    if search := search.strip():
        by_receipt = Q(application__receipt=search) | Q(referral__application__receipt=search)
        rows = rows.filter(Q(title__contains=search) | by_receipt)
    last = Step.objects.filter(case=OuterRef("pk")).order_by("-round", "-ordinal").values("pk")[:1]
    related = ("application", "referral__application", "referral__to_office")
    return rows.annotate(step=Subquery(last)).select_related(*related).order_by("-closed_at", "-pk")
