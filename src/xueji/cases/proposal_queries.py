"""What was proposed at a step that takes two people and waits for the second, and who that could be."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from xueji.accounts.models import User
from xueji.cases.models import Decision, Proposal, Step
from xueji.core.workflow import TWO_HANDS
from xueji.institutions.models import Post
from xueji.institutions.queries import officers_of
from xueji.statements import Slot, Statement

_PROPOSAL = Statement(lambda: Proposal.objects.filter(step=Slot("step"), ending="").select_related("by"))


def open_proposal_of(step: Step) -> Proposal | None:
    """Return the verdict that was proposed at a step and waits for a second person, or None; the database allows one."""
    proposal = _PROPOSAL.row(step=step.pk) if step.hands == TWO_HANDS else None
    if proposal is not None:
        proposal.step = step
    return proposal


def open_proposals_of(steps: Iterable[Step]) -> dict[int, Proposal]:
    """Return what waits for a second person by step, in one statement; in none where no step takes two."""
    found = [step.pk for step in steps if step.hands == TWO_HANDS]
    rows = Proposal.objects.filter(step__in=found, ending="").select_related("by") if found else ()
    return {proposal.step_id: proposal for proposal in rows}


def seconds_of(step: Step, proposal: Proposal | None) -> list[User]:
    """Return who holds the post of a step today and may have a hand in it: besides who proposed, where somebody did."""
    earlier = {"step__case": step.case_id, "step__round": step.round, "step__ordinal__lt": step.ordinal}
    barred = Q(pk=step.case.submitted_by_id)
    for model in (Decision, Proposal):
        barred |= Q(pk__in=model.objects.filter(**earlier).order_by().values("by"))
    if proposal is not None:
        barred |= Q(pk=proposal.by_id) | Q(phone=proposal.by.phone) & ~Q(phone="")
    return list(officers_of(step.place, Post(step.post)).exclude(barred))
