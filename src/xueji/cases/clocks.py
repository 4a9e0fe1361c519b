"""Terms of steps: due when, how many working days are left, paused while a step is deferred."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from xueji import policy
from xueji.cases.models import Case, Step, StepState
from xueji.core.calendar import Deadline, WorkingCalendar, days_left_until, deadline_by_clock, working_days_between
from xueji.core.packs import PackView, StepSpec
from xueji.institutions.queries import working_calendar


def view_of(case: Case) -> PackView:
    """Return the case's pack as in force on its legal date."""
    return policy.get_library().pack(case.pack).on(case.legal_date)


def due(spec: StepSpec, view: PackView, opened_on: date, calendar: WorkingCalendar | None = None) -> Deadline | None:
    """Return when a step opened on a day is due, or None when the pack sets no term for it."""
    if spec.clock is None:
        return None
    return deadline_by_clock(opened_on, view.clock(spec.clock), calendar or working_calendar(view))


def due_after_pause(step: Step, spec: StepSpec, view: PackView, paused_on: date, resumed_on: date) -> Deadline | None:
    """Return when a resumed step is due: what was left of its term on the day it was deferred starts anew.

    A step already overdue when it was deferred is due as before; a day that was left is never less than one.
    """
    if spec.clock is None or step.due_on is None:
        return None
    if step.due_on < paused_on:
        return Deadline(step.due_on, (), step.due_is_provisional)
    clock, calendar = view.clock(spec.clock), working_calendar(view)
    if clock.unit == "working_days":
        left = working_days_between(paused_on, step.due_on, calendar)
    else:
        left = (step.due_on - paused_on).days
    return deadline_by_clock(resumed_on, replace(clock, days=max(left, 1)), calendar)


def days_left(step: Step, today: date, calendar: WorkingCalendar | None = None) -> int | None:
    """Return the working days left: 0 on the last day, negative when overdue; None without a term or while deferred.

    For many steps use `days_left_of`, which reads the calendar once.
    """
    if step.due_on is None or step.state != StepState.CURRENT:
        return None
    return days_left_until(step.due_on, today, calendar or working_calendar(view_of(step.case)))


def days_left_of(steps: Iterable[Step], today: date) -> dict[int, int | None]:
    """Return the days left by step id, reading the working days once per pack and legal date."""
    calendars: dict[PackView, WorkingCalendar] = {}
    left: dict[int, int | None] = {}
    for step in steps:
        view = view_of(step.case)
        if view not in calendars:
            calendars[view] = working_calendar(view)
        left[step.pk] = days_left(step, today, calendars[view])
    return left
