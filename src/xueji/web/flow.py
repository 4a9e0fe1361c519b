"""A case's steps as pages show them."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Prefetch
from django.utils import timezone

from xueji.cases.models import Case, Decision, Step, StepState

_LOOKS = {
    StepState.APPROVED: "done",
    StepState.CURRENT: "now",
    StepState.DEFERRED: "now",
    StepState.RETURNED: "bad",
    StepState.REFUSED: "bad",
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
    decisions = Prefetch("decisions", Decision.objects.select_related("by").order_by("id"))
    found = case.steps.filter(round=case.round).order_by("ordinal").prefetch_related(decisions)
    return [_shown(step) for step in found]


def _shown(step: Step) -> ShownStep:
    look = _LOOKS.get(StepState(step.state), "wait")
    decisions = list(step.decisions.all())
    if decisions and look != "wait" and step.state not in {StepState.CURRENT, StepState.DEFERRED}:
        last = decisions[-1]
        return ShownStep(step.label, look, f"{last.by} · {timezone.localtime(last.at):%m-%d %H:%M}")
    if step.state == StepState.DEFERRED:
        return ShownStep(step.label, look, "暂缓办理", "warn")
    if look == "now" and step.due_on:
        late = step.due_on < timezone.localdate()
        provisional = "（暂定）" if step.due_is_provisional else ""
        return ShownStep(step.label, look, f"{step.due_on:%m-%d} 前办结{provisional}", "bad" if late else "")
    return ShownStep(step.label, look)
