"""Terms of steps: due when, how many working days are left, standing still while a step is deferred or its clock paused."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.utils import timezone

from xueji.cases.law import law_of
from xueji.cases.models import Step, StepState, Verdict
from xueji.core.calendar import (
    Deadline,
    Pause,
    WorkingCalendar,
    days_left_until,
    deadline_by_clock,
    deadline_over_pauses,
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
    """Return when an open step is due, counted from the day it opened and over every time its term stood still.

    It stands still while the step is deferred, and while its clock is paused; a step whose term still does keeps the
    one it had: it is counted on when it goes on.
    """
    if spec.clock is None:
        return None
    opened_on = timezone.localdate(step.opened_at)
    return deadline_over_pauses(opened_on, view.clock(spec.clock), calendar, _stood_still(step))


def _stood_still(step: Step) -> list[Pause]:
    """Return the times in which the term of a step stood still and goes on again, one after the other."""
    pauses = [
        Pause(timezone.localdate(clock_pause.paused_at), timezone.localdate(clock_pause.resumed_at))
        for clock_pause in step.clock_pauses.all()
        if clock_pause.resumed_at is not None
    ]
    since: date | None = None
    for decision in sorted(step.decisions.all(), key=lambda clock_pause: clock_pause.pk):
        if decision.verdict == Verdict.DEFER:
            since = timezone.localdate(decision.at)
        elif decision.verdict == Verdict.RESUME and since is not None:
            pauses.append(Pause(since, timezone.localdate(decision.at)))
            since = None
    return sorted(pauses, key=lambda pause: (pause.since, pause.until))


def days_left(step: Step, today: date, calendar: WorkingCalendar | None = None) -> int | None:
    """Return the working days left: 0 on the last day, negative when overdue; None without a term or while it stands still.

    For many steps use `days_left_of`, which reads the calendar once.
    """
    if step.due_on is None or step.state != StepState.CURRENT:
        return None
    return days_left_until(step.due_on, today, calendar or working_calendar(law_of(step.case), place_of(step)))


def days_left_of(steps: Iterable[Step], today: date) -> dict[int, int | None]:
    """Return the days left by step id, reading the working days once for all packs and places."""
    calendars = Calendars()
    return {step.pk: days_left(step, today, calendars.of(law_of(step.case), place_of(step))) for step in steps}
