"""A case's steps as pages show them."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from xueji.cases.models import Case, Decision, Step, StepState
from xueji.cases.queries import OPEN_STATES, decisions_of_round, steps_of_round

_LOOKS = {
    StepState.APPROVED: "done",
    StepState.CURRENT: "now",
    StepState.DEFERRED: "now",
    StepState.PAUSED: "now",
    StepState.RETURNED: "bad",
    StepState.REFUSED: "bad",
    StepState.REFERRED: "done",
}


@dataclass(frozen=True, slots=True)
class ShownStep:
    """One dot of the progress line."""

    label: str
    look: str  # done | now | bad | wait
    note: str = ""
    tone: str = ""


def shown_steps(case: Case) -> list[ShownStep]:
    """Return the steps of the present round with who decided when, or by when a decision is due."""
    last = {decision.step_id: decision for decision in decisions_of_round(case)}
    return [_shown(step, last.get(step.pk)) for step in steps_of_round(case)]


def _shown(step: Step, last: Decision | None) -> ShownStep:
    look = _LOOKS.get(StepState(step.state), "wait")
    if last and look != "wait" and step.state not in OPEN_STATES:
        return ShownStep(step.label, look, f"{last.by} · {timezone.localtime(last.at):%m-%d %H:%M}")
    if step.state == StepState.DEFERRED:
        return ShownStep(step.label, look, "暂缓办理", "warn")
    if step.state == StepState.PAUSED:
        return ShownStep(step.label, look, "期限中止", "warn")
    if step.state == StepState.SKIPPED:
        return ShownStep(step.label, look, "无需办理")
    if look == "now" and step.due_on:
        late = step.due_on < timezone.localdate()
        provisional = "（暂定）" if step.due_is_provisional else ""
        return ShownStep(step.label, look, f"{step.due_on:%m-%d} 前办结{provisional}", "bad" if late else "")
    return ShownStep(step.label, look)
