"""Terms of steps: due when, how many working days are left, paused while a step is deferred."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from django.utils import timezone

from xueji.cases.law import law_of
from xueji.cases.models import Step, StepState, Verdict
from xueji.core.calendar import (
    Clock,
    Deadline,
    WorkingCalendar,
    days_left_until,
    deadline_by_clock,
    working_days_between,
)
from xueji.core.packs import PackView
from xueji.core.workflow import StepSpec
from xueji.institutions.calendars import Calendars, working_calendar
from xueji.institutions.models import Authority, School


def place_of(step: Step) -> Authority:
    """Return the authority by whose calendar a step is counted: the one that decides, or the one over the school."""
    place = step.place
    return place.authority if isinstance(place, School) else place


def due(spec: StepSpec, view: PackView, opened_on: date, calendar: WorkingCalendar) -> Deadline | None:
    """Return when a step opened on a day is due, or None when the pack sets no term for it."""
    if spec.clock is None:
        return None
    return deadline_by_clock(opened_on, view.clock(spec.clock), calendar)


def term_of(step: Step, spec: StepSpec, view: PackView, calendar: WorkingCalendar) -> Deadline | None:
    """Return when an open step is due, counted from the day it opened and over every time it was deferred and resumed.

    A step that is still deferred keeps the term it had: it is counted on when it is resumed.
    """
    term = due(spec, view, timezone.localdate(step.opened_at), calendar)
    if term is None or spec.clock is None:
        return None
    paused_on: date | None = None
    for verdict, at in step.decisions.order_by("id").values_list("verdict", "at"):
        if verdict == Verdict.DEFER:
            paused_on = timezone.localdate(at)
        elif verdict == Verdict.RESUME and paused_on is not None:
            term, paused_on = (
                _after_pause(term, view.clock(spec.clock), calendar, paused_on, timezone.localdate(at)),
                None,
            )
    return term


def _after_pause(
    term: Deadline, clock: Clock, calendar: WorkingCalendar, paused_on: date, resumed_on: date
) -> Deadline:
    """Return when a resumed step is due: what was left of its term on the day it was deferred starts anew.

    A step already overdue when it was deferred is due as before; a day that was left is never less than one.
    """
    if term.on < paused_on:
        return term
    if clock.unit == "working_days":
        left = working_days_between(paused_on, term.on, calendar)
    else:
        left = (term.on - paused_on).days
    return deadline_by_clock(resumed_on, replace(clock, days=max(left, 1)), calendar)


def days_left(step: Step, today: date, calendar: WorkingCalendar | None = None) -> int | None:
    """Return the working days left: 0 on the last day, negative when overdue; None without a term or while deferred.

    For many steps use `days_left_of`, which reads the calendar once.
    """
    if step.due_on is None or step.state != StepState.CURRENT:
        return None
    return days_left_until(step.due_on, today, calendar or working_calendar(law_of(step.case), place_of(step)))


def days_left_of(steps: Iterable[Step], today: date) -> dict[int, int | None]:
    """Return the days left by step id, reading the working days once for all packs and places."""
    calendars = Calendars()
    return {step.pk: days_left(step, today, calendars.of(law_of(step.case), place_of(step))) for step in steps}
