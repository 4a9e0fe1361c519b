"""Remind applicants of a letter that waits for their answer: fourteen, seven and two days before its last day."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from xueji.applications.models import Application
from xueji.applications.outcome_actions import say_to_applicant
from xueji.applications.queries import due_of, letter_of, waiting_for_answers
from xueji.applications.wordings import REMINDED
from xueji.ledger.actions import record_event
from xueji.ledger.queries import last_event
from xueji.ledger.tags import EventTag

REMINDED_BEFORE = (14, 7, 2)  # days before the last one


def remind_of_letters(*, at: datetime) -> int:
    """Remind everybody whose letter is due soon, once at each distance; return how many were.

    Each in a transaction of its own: broken off, it goes on where it was. A night that was missed is made up for by
    the nearest reminder alone.
    """
    return sum(_remind(application_id, at) for application_id in waiting_for_answers())


@transaction.atomic
def _remind(application_id: UUID, at: datetime) -> bool:
    rows = Application.objects.select_for_update(of=("self",), skip_locked=True)
    application = rows.select_related("applicant__user", "centre", "office", "case").filter(pk=application_id).first()
    if application is None or application.case is None or not application.applicant.phone:
        return False  # somebody works on it now, or nobody can be written to
    letter = [item for item in letter_of(application) if item.defect.round == application.case.round]
    due = due_of(application, letter)
    if due is None:
        return False
    left = (due - timezone.localdate(at)).days
    reached = [days for days in REMINDED_BEFORE if 0 <= left <= days]
    if not reached:
        return False
    this = {"round": application.case.round, "before": min(reached)}
    earlier = last_event(application, EventTag.APPLICATION_REMINDED)
    if earlier is not None and _is_as_near(earlier.after or {}, this):
        return False
    open_items = sum(not item.is_answered for item in letter)
    values = {"count": str(open_items or len(letter)), "due": f"{due.month}月{due.day}日", "left": str(left)}
    say_to_applicant(application, REMINDED, None, at, values)
    record_event(
        tag=EventTag.APPLICATION_REMINDED, subject=application, parent=application.case, by=None, at=at,
        authority_id=application.office_id, after=this | {"due": due},
    )  # fmt: skip
    return True


def _is_as_near(earlier: object, this: dict[str, int]) -> bool:
    """Whether somebody was reminded of the same letter at this distance or nearer."""
    return (
        isinstance(earlier, dict)
        and earlier.get("round") == this["round"]
        and int(earlier.get("before", 99)) <= this["before"]
    )
