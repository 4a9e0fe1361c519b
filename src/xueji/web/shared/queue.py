"""What waits for a person, as the desk shows it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.urls import NoReverseMatch, reverse

from xueji.cases.law import law_of
from xueji.cases.models import Step
from xueji.cases.queries import days_left_of


@dataclass(frozen=True, slots=True)
class WaitingStep:
    """One open step on the desk."""

    step: Step
    kind: str
    url: str
    left: int | None
    is_barred: bool
    is_proposed: bool


def waiting_of(steps: Iterable[Step], today: date) -> list[WaitingStep]:
    """Return open steps with the working days left and the page where each is decided."""
    found = list(steps)
    left = days_left_of(found, today)
    return [
        WaitingStep(step, kind_word(step), step_url(step), left[step.pk], step.is_barred, step.is_proposed)
        for step in found
    ]


def kind_word(step: Step) -> str:
    """Return what the pack calls this kind of case."""
    return law_of(step.case).workflow(step.case.kind).label


def step_url(step: Step) -> str:
    """Return the page of a step: the school's own, or the authority's where that portal is installed."""
    if step.authority_id is None:
        return reverse("school:decision", args=[step.pk])
    try:
        return reverse("authority:step", args=[step.pk])
    except NoReverseMatch:
        return ""
