"""What ends a proposal without a decision: a second person objects, or who proposed takes it back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from xueji.accounts.models import User
from xueji.cases import checks, proposals
from xueji.cases.law import law_of
from xueji.cases.models import Proposal, Step
from xueji.cases.rounds import basis_of
from xueji.core.errors import BadInput, NotPermitted
from xueji.ledger.actions import mask_identity_numbers, record_event
from xueji.ledger.tags import EventTag

_MAX_OBJECTION = 2000


@transaction.atomic
def object_to_proposal(
    *, step: Step, reasons: str, by: User, at: datetime, expected_version: int | None = None
) -> Proposal:
    """Drop what another person of the post proposed, saying why; the step is where it was, for anybody's proposal.

    Who may is as for a decision; BadInput without reasons, AlreadyDecided when nothing is proposed any more.
    """
    case, current = checks.lock_open_step(step, by, expected_version)
    proposal, view = proposals.require_proposal(current), law_of(case)
    proposals.require_second(proposal, view, by)
    objection = mask_identity_numbers(reasons.strip())[:_MAX_OBJECTION]
    if not objection:
        raise BadInput("请写明不同意拟办意见的理由，拟办人看得到")
    proposals.end(proposal, Proposal.Ending.OBJECTED, by, at, objection)
    proposals.move_on(case)
    record_event(
        tag=EventTag.PROPOSAL_OBJECTED, subject=current, parent=case, school_id=case.school_id, by=by, at=at, view=view,
        rules=basis_of(current, view), before=_before(proposal), note=objection,
    )  # fmt: skip
    return proposal


@transaction.atomic
def take_back_proposal(*, step: Step, by: User, at: datetime, expected_version: int | None = None) -> Proposal:
    """Take back what oneself proposed, before anybody confirmed it; NotPermitted for everybody else."""
    case, current = checks.lock_open_step(step, by, expected_version)
    proposal, view = proposals.require_proposal(current), law_of(case)
    if proposal.by_id != by.pk:
        raise NotPermitted(f"拟办意见由{proposal.by.full_name}提出，只能由其本人收回；您可以确认，或写明理由不同意")
    proposals.end(proposal, Proposal.Ending.WITHDRAWN, by, at)
    proposals.move_on(case)
    record_event(
        tag=EventTag.PROPOSAL_WITHDRAWN, subject=current, parent=case, school_id=case.school_id, by=by, at=at,
        view=view, rules=basis_of(current, view), before=_before(proposal),
    )  # fmt: skip
    return proposal


def _before(proposal: Proposal) -> dict[str, object]:
    return {"verdict": proposal.get_verdict_display(), "proposed_by": proposal.by.full_name}
