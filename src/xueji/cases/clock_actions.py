"""Pause the term of a step and let it go on; count the terms of open steps anew, when the working days change."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from xueji.accounts.models import User
from xueji.cases import checks
from xueji.cases.clocks import place_of, term_of
from xueji.cases.law import law_of
from xueji.cases.models import Case, ClockPause, Step, StepState
from xueji.cases.queries import OPEN_STATES, open_pause_of
from xueji.cases.rounds import basis_of, restart_clock, spec_of
from xueji.core.errors import BadInput, Conflict
from xueji.institutions.calendars import Calendars
from xueji.institutions.models import Authority
from xueji.ledger.actions import Basis, mask_identity_numbers, record_event
from xueji.ledger.tags import EventTag
from xueji.sealing.rows import require_unaltered

_MAX_NOTE = 500


@transaction.atomic
def pause_clock(
    *, step: Step, reason: str, note: str, by: User, at: datetime, expected_version: int | None = None
) -> ClockPause:
    """Let the term of an open step stand still, for a reason its pack gives; `note` says what is waited for.

    Who decides the step may, and nobody else: NotPermitted, as for a decision. BadInput names the reasons there are.
    """
    case, current = checks.lock_open_step(step, by, expected_version)
    if current.state != StepState.CURRENT:
        raise Conflict(f"本环节{current.get_state_display()}，期限已经停止计算")
    view = law_of(case)
    pause = next((pause for pause in spec_of(current, view).pauses if pause.key == reason), None)
    if pause is None:
        choices = "、".join(pause.label for pause in spec_of(current, view).pauses) or "无"
        raise BadInput(f"「{current.label}」的期限不能以此原因中止；可以中止的原因：{choices}")
    masked_note = mask_identity_numbers(note.strip())[:_MAX_NOTE]
    if not masked_note:
        raise BadInput("请写明等待的内容")
    stored = ClockPause.objects.create(step=current, reason=reason, note=masked_note, paused_by=by, paused_at=at)
    _move(case, current, StepState.PAUSED)
    record_event(
        tag=EventTag.CLOCK_PAUSED, subject=current, parent=case, school_id=case.school_id, by=by, at=at, view=view,
        rules=[Basis(f"workflow.{case.kind}.{current.key}.{reason}", pause.cites)], before={"due_on": current.due_on},
        after={"reason": pause.label}, note=masked_note,
    )  # fmt: skip
    return stored


@transaction.atomic
def resume_clock(*, step: Step, by: User, at: datetime, expected_version: int | None = None) -> Step:
    """Let a term that stands still go on: what was left of it is counted anew, by the calendar of the place."""
    case, current = checks.lock_open_step(step, by, expected_version)
    if current.state != StepState.PAUSED:
        raise Conflict(f"本环节{current.get_state_display()}，期限没有中止")
    view, before = law_of(case), current.due_on
    pause = open_pause_of(current)
    assert pause is not None  # the step is paused
    require_unaltered(pause, f"「{current.label}」的期限中止记录")
    pause.resumed_by, pause.resumed_at = by, at
    pause.save()
    restart_clock(current, view)
    _move(case, current, StepState.CURRENT)
    record_event(
        tag=EventTag.CLOCK_RESUMED, subject=current, parent=case, school_id=case.school_id, by=by, at=at, view=view,
        rules=basis_of(current, view), before={"due_on": before},
        after={"due_on": current.due_on, "provisional": current.due_is_provisional},
    )  # fmt: skip
    return current


def _move(case: Case, step: Step, state: StepState) -> None:
    step.state = state
    step.save(update_fields=["state", "due_on", "due_is_provisional"])
    case.version += 1
    case.save(update_fields=["version"])


def recount_steps(authority: Authority, by: User | None, at: datetime) -> int:
    """Count again the terms of the open steps decided at and below an authority; return how many moved."""
    below = Q(authority__path__startswith=authority.path)
    below |= Q(school__authority__path__startswith=authority.path)
    found = Step.objects.filter(below, state__in=OPEN_STATES, due_on__isnull=False)
    calendars = Calendars()
    related = found.select_related("authority", "school__authority", "case")
    steps = related.prefetch_related("decisions", "clock_pauses")
    return sum(_recount(step, calendars, by, at) for step in steps)


def _recount(step: Step, calendars: Calendars, by: User | None, at: datetime) -> bool:
    view = law_of(step.case)
    term = term_of(step, spec_of(step, view), view, calendars.of(view, place_of(step)))
    if term is None or (term.on, term.provisional) == (step.due_on, step.due_is_provisional):
        return False
    before = {"due_on": step.due_on, "provisional": step.due_is_provisional}
    step.due_on, step.due_is_provisional = term.on, term.provisional
    step.save(update_fields=["due_on", "due_is_provisional"])
    record_event(
        tag=EventTag.DEADLINES_RECOUNTED, subject=step, parent=step.case, school_id=step.case.school_id, by=by, at=at,
        view=view, before=before, after={"due_on": term.on, "provisional": term.provisional},
    )  # fmt: skip
    return True
