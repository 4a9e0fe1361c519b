"""The date of issue chosen by who releases the numbers, before the approval gives it."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from xueji.accounts.models import User
from xueji.cases.checks import lock_open_step
from xueji.cases.models import Step, Verdict
from xueji.core.errors import Conflict, RuleViolation
from xueji.core.issue_dates import check_issue_date, issue_date_grounds
from xueji.graduation.models import Batch
from xueji.graduation.queries.dating import dated_by, floors_of
from xueji.ledger.actions import Basis, record_event
from xueji.ledger.tags import EventTag


@transaction.atomic
def choose_issue_date(*, step: Step, day: date, by: User, at: datetime) -> list[Batch]:
    """Choose what date the certificates will bear that the approval of this step releases; the approval itself gives it.

    Conflict at a step that releases nothing, RuleViolation outside the days of the pack. Chosen twice it is recorded once;
    whether the page was made before the case changed, the decision asks.
    """
    _, current = lock_open_step(step, by, None, Verdict.APPROVE)
    batches = dated_by(current)
    if not batches:
        raise Conflict("本环节不发放编号和发证日期")
    for batch in batches:
        view = batch.law
        if found := check_issue_date(day, view, timezone.localdate(at), floors_of(batch)):
            raise RuleViolation(found)
        if batch.issue_on == day:
            continue
        before, batch.issue_on = batch.issue_on, day
        batch.save(update_fields=["issue_on"])
        record_event(
            tag=EventTag.ISSUE_DATE_CHOSEN, subject=batch, parent=batch.case, by=by, at=at, view=view,
            school_id=batch.school_id, rules=[Basis("batch.issue_date_chosen", issue_date_grounds(view)[1])],
            before={"issue_date": before}, after={"issue_date": day},
        )  # fmt: skip
    return batches
