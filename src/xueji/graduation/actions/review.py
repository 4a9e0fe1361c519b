"""What an officer does with single graduates of a batch at their step: mark for return, refuse, and take either back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from xueji.accounts.models import User
from xueji.cases.models import CaseState, Step
from xueji.cases.queries import OPEN_STATES, barring_reason, holds_post_of, step_for
from xueji.core.errors import AlreadyDecided, BadInput, Conflict, NotPermitted
from xueji.graduation.actions.batches import pick_candidates, set_state
from xueji.graduation.locks import lock_batch
from xueji.graduation.models import Batch, Candidate, CandidateState, SpecialCaseItem
from xueji.ledger.tags import EventTag


def mark_candidates(*, step: Step, marks: Mapping[Any, str], by: User, at: datetime) -> int:
    """Mark graduates for return, each with a reason. Return how many are marked now.

    The marks go to the school when the step is decided as a return; a batch with marks cannot be approved.
    """
    with transaction.atomic():
        batch, _ = _lock_step(step, by)
        chosen = pick_candidates(batch, marks)
        reasons = _reasons(marks)
        if not all(reasons.values()):
            raise BadInput("标注退回须写明理由")
        if any(c.state not in (CandidateState.LISTED, CandidateState.MARKED) for c in chosen):
            raise Conflict("只能标注名单中待审核的毕业生")
        texts = {c.pk: reasons[str(c.pk)] for c in chosen}
        set_state(chosen, CandidateState.MARKED, tag=EventTag.CANDIDATES_MARKED, reasons=texts, by=by, at=at)
        return batch.candidates.filter(state=CandidateState.MARKED).count()


def clear_marks(*, step: Step, candidates: Collection[Any], by: User, at: datetime) -> int:
    """Take marks back until the step is decided: a slip must not send the batch back. Return how many are marked still."""
    with transaction.atomic():
        batch, _ = _lock_step(step, by)
        chosen = pick_candidates(batch, candidates)
        _require_state(chosen, CandidateState.MARKED, "没有标注退回，无需取消")
        notes = {c.pk: c.mark_reason for c in chosen}
        set_state(chosen, CandidateState.LISTED, tag=EventTag.CANDIDATES_UNMARKED, notes=notes, by=by, at=at)
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


def take_back_refusals(*, step: Step, candidates: Collection[Any], by: User, at: datetime) -> int:
    """Put refused graduates back on the list until the last step is decided; return how many.

    One who is being argued for by a special case stays refused: that case decides.
    """
    with transaction.atomic():
        batch, step = _lock_step(step, by)
        if batch.case.steps.filter(round=step.round, ordinal__gt=step.ordinal).exists():
            raise NotPermitted("不予通过由最后审核的环节作出，也由它收回")
        chosen = pick_candidates(batch, candidates)
        _require_state(chosen, CandidateState.REFUSED, "没有作出不予通过，无需收回")
        argued = SpecialCaseItem.objects.filter(candidate__in=chosen).select_related("candidate")
        if names := [item.candidate.name for item in argued.exclude(special_case__case__state=CaseState.WITHDRAWN)]:
            raise Conflict(f"{'、'.join(names)}已提交特殊原因报告，由该报告决定")
        _require_free(chosen)
        notes = {c.pk: c.mark_reason for c in chosen}
        set_state(chosen, CandidateState.LISTED, tag=EventTag.CANDIDATES_REINSTATED, notes=notes, by=by, at=at)
    return len(chosen)


def _require_state(chosen: Collection[Candidate], state: CandidateState, complaint: str) -> None:
    if names := [c.name for c in chosen if c.state != state]:
        raise Conflict(f"{'、'.join(names[:20])}{complaint}")


def _require_free(chosen: Collection[Candidate]) -> None:
    """Who was refused may have been listed elsewhere since; an enrolment graduates in one place."""
    elsewhere = Candidate.objects.filter(enrolment__in=[c.enrolment_id for c in chosen]).exclude(
        state__in=[CandidateState.REFUSED, CandidateState.WITHDRAWN]
    )
    if names := list(elsewhere.values_list("name", flat=True)[:20]):
        raise Conflict(f"{'、'.join(names)}已列入其他批次，不能收回")


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
