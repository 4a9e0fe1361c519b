"""The late batch of a school takes whom the first leaves behind: argued for after its numbers, or marked when it was approved."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from xueji.accounts.models import User
from xueji.core.errors import Conflict
from xueji.graduation.actions.batches import set_state
from xueji.graduation.actions.seasons import create_batch
from xueji.graduation.locks import lock_batch
from xueji.graduation.models import Batch, Candidate, CandidateState
from xueji.graduation.queries import is_given_up
from xueji.ledger.actions import event_of, record_events
from xueji.ledger.tags import EventTag

_COPIED = (
    "person_id", "enrolment_id", "name", "sex", "birth_date", "political_status", "programme_name", "duration_years",
    "study_mode", "entry_month", "graduation_month", "overall_mark", "conduct_mark", "internship_mark", "remark", "photo_id",
    "specialisation", "details", "outcome",
)  # fmt: skip


def leave_marked(*, batch: Batch, by: User, at: datetime) -> Batch | None:
    """Move whoever is marked as their batch is approved into the school's late batch, marked there as here; return it.

    Nothing where nobody is marked. Conflict when nobody would be left to approve, or the late batch takes nobody any more.
    """
    marked = list(
        batch.candidates.filter(state=CandidateState.MARKED).select_related("person", "batch").order_by("ordinal")
    )
    if not marked:
        return None
    if not batch.candidates.filter(state=CandidateState.LISTED).exists():
        raise Conflict("名单中的毕业生全部被标注退回，没有可以核准的，请选「退回」")
    reasons = {candidate.pk: candidate.mark_reason for candidate in marked}
    target = late_batch_of(batch, by, at)
    words = {pk: f"转入补办批次：{reason}"[:200] for pk, reason in reasons.items()}
    set_state(marked, CandidateState.WITHDRAWN, tag=EventTag.CANDIDATES_WITHDRAWN, reasons=words, by=by, at=at)
    list_again(marked, target, by=by, at=at, marks=[reasons[candidate.pk] for candidate in marked])
    return target


def late_batch_of(batch: Batch, by: User, at: datetime) -> Batch:
    """Return the season's late batch of the school while it can still take graduates; opened when there is none."""
    late = Batch.objects.filter(season=batch.season, school=batch.school, is_late=True).select_related("case").first()
    if late is None or is_given_up(late):
        return create_batch(
            season=batch.season, school=batch.school, is_late=True, form_filler=batch.form_filler, by=by, at=at
        )
    late = lock_batch(late)
    if late.issue.numbered_at is not None:
        raise Conflict(f"{batch.season.label}补验印批次已经发放编号，不能再列入")
    return late


def list_again(
    candidates: list[Candidate], target: Batch, *, by: User, at: datetime, marks: Iterable[str] = ()
) -> None:
    """List copies of graduates in another batch, with the marks they came with: what was decided stays on record where it was."""
    start, reasons = target.candidates.count(), list(marks)
    copies = [
        Candidate(batch=target, ordinal=start + i, **{name: getattr(c, name) for name in _COPIED})
        for i, c in enumerate(candidates, start=1)
    ]
    for copy, reason in zip(copies, reasons, strict=False):
        copy.state, copy.mark_reason = CandidateState.MARKED, reason
    Candidate.objects.bulk_create(copies)
    record_events(
        [
            event_of(
                tag=EventTag.CANDIDATES_LISTED, subject=c, parent=target, by=by, at=at, school_id=target.school_id,
                after={"name": c.name}, note=c.mark_reason,
            )
            for c in copies
        ]
    )  # fmt: skip
