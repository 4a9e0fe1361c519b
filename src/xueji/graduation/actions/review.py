"""What an officer does with single graduates of a batch at their step: mark for return, refuse."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from xueji.accounts.models import User
from xueji.cases.models import Step
from xueji.cases.queries import OPEN_STATES, barring_reason, holds_post_of, step_for
from xueji.core.errors import AlreadyDecided, BadInput, Conflict, NotPermitted
from xueji.graduation.actions.batches import pick_candidates, set_state
from xueji.graduation.locks import lock_batch
from xueji.graduation.models import Batch, CandidateState
from xueji.ledger.tags import EventTag


def mark_candidates(*, step: Step, marks: Mapping[Any, str], by: User, at: datetime) -> int:
    """Mark graduates for return, each with a reason; an empty reason takes a mark back. Return how many are marked now.

    The marks go to the school when the step is decided as a return; a batch with marks cannot be approved.
    """
    with transaction.atomic():
        batch, _ = _lock_step(step, by)
        chosen = pick_candidates(batch, marks)
        reasons = _reasons(marks)
        if any(c.state not in (CandidateState.LISTED, CandidateState.MARKED) for c in chosen):
            raise Conflict("只能标注名单中待审核的毕业生")
        marked = [c for c in chosen if reasons[str(c.pk)]]
        cleared = [c for c in chosen if not reasons[str(c.pk)] and c.state == CandidateState.MARKED]
        texts = {c.pk: reasons[str(c.pk)] for c in marked}
        set_state(marked, CandidateState.MARKED, tag=EventTag.CANDIDATES_MARKED, reasons=texts, by=by, at=at)
        set_state(cleared, CandidateState.LISTED, tag=EventTag.CANDIDATES_LISTED, by=by, at=at)
        return batch.candidates.filter(state=CandidateState.MARKED).count()


def refuse_candidates(*, step: Step, refusals: Mapping[Any, str], by: User, at: datetime) -> int:
    """Refuse single graduates at the last step, each with a reason; the others go on (S1-14)."""
    with transaction.atomic():
        batch, step = _lock_step(step, by)
        if batch.case.steps.filter(round=step.round, ordinal__gt=step.ordinal).exists():
            raise NotPermitted("单个毕业生的不予通过由最后审核的环节作出；本环节请标注后退回")
        chosen = pick_candidates(batch, refusals)
        reasons = _reasons(refusals)
        if not all(reasons.values()):
            raise BadInput("不予通过须写明理由")
        if any(c.state not in (CandidateState.LISTED, CandidateState.MARKED) for c in chosen):
            raise Conflict("只能对名单中待审核的毕业生作出不予通过")
        texts = {c.pk: reasons[str(c.pk)] for c in chosen}
        set_state(chosen, CandidateState.REFUSED, tag=EventTag.CANDIDATES_REFUSED, reasons=texts, by=by, at=at)
    return len(chosen)


def _reasons(given: Mapping[Any, str]) -> dict[str, str]:
    return {str(key): reason.strip()[:200] for key, reason in given.items()}


def _lock_step(step: Step, by: User) -> tuple[Batch, Step]:
    """Return the batch, locked, and the step as it is now, when it is open and this person's to decide."""
    seen = step_for(by, step.pk)
    if not holds_post_of(by, seen):
        raise NotPermitted(f"本环节由{seen.get_post_display()}办理")
    if barred := barring_reason(by, seen):
        raise NotPermitted(barred)
    batch = lock_batch(Batch.objects.select_related("case").get(case=seen.case_id))
    current = Step.objects.get(pk=seen.pk)
    if current.state not in OPEN_STATES:
        raise AlreadyDecided("本环节已办结，不能再标注")
    return batch, current
