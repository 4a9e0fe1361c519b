"""Count the terms of open steps anew, when the working days change."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from xueji.accounts.models import User
from xueji.cases.clocks import place_of, term_of
from xueji.cases.law import law_of
from xueji.cases.models import Step
from xueji.cases.queries import OPEN_STATES
from xueji.cases.rounds import spec_of
from xueji.institutions.calendars import Calendars
from xueji.institutions.models import Authority
from xueji.ledger.actions import record_event
from xueji.ledger.tags import EventTag


def recount_steps(authority: Authority, by: User | None, at: datetime) -> int:
    """Count again the terms of the open steps decided at and below an authority; return how many moved."""
    below = Q(authority__path__startswith=authority.path)
    below |= Q(school__authority__path__startswith=authority.path)
    found = Step.objects.filter(below, state__in=OPEN_STATES, due_on__isnull=False)
    calendars = Calendars()
    return sum(
        _recount(step, calendars, by, at) for step in found.select_related("authority", "school__authority", "case")
    )


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
