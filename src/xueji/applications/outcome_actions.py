"""What a case brings to its application: given back, approved, refused, withdrawn; the applicant is told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from xueji.accounts.models import User
from xueji.applications import wordings
from xueji.applications.making_kinds import making_of
from xueji.applications.models import Application
from xueji.applications.queries import queue_words
from xueji.applications.review_actions import keep_as_said
from xueji.cases.kinds import require_approved
from xueji.cases.models import Case
from xueji.ledger.actions import record_event
from xueji.ledger.tags import EventTag
from xueji.messaging.actions import queue_message


def approve_application(case: Case, by: User, at: datetime) -> None:
    """Mark an application as approved, and let the app that makes of it what was applied for go on with it."""
    require_approved(case)
    application = _end(case, Application.State.APPROVED, EventTag.APPLICATION_APPROVED, by, at)
    if making := making_of(application.kind):
        making.make(application, by, at)


def refuse_application(case: Case, by: User, at: datetime) -> None:
    """Mark an application as refused."""
    _end(case, Application.State.REFUSED, EventTag.APPLICATION_REFUSED, by, at)


def end_application(case: Case, by: User, at: datetime) -> None:
    """Mark an application as withdrawn."""
    _end(case, Application.State.WITHDRAWN, EventTag.APPLICATION_WITHDRAWN, by, at)


@transaction.atomic
def say_returned(case: Case, by: User, at: datetime) -> None:
    """Tell the applicant how much is to be supplemented; the place in the queue stays.

    What somebody gave back with a sentence of their own is kept as the one item of its letter.
    """
    application = Application.objects.select_related("applicant__user", "centre", "case").get(case=case)
    asked = application.defects.filter(round=case.round)
    if not asked.exists():
        step = case.steps.filter(round=case.round, decisions__isnull=False).order_by("-ordinal").first()
        last = step.decisions.order_by("-id").first() if step else None
        keep_as_said(application, last.reasons if last else "请联系受理机构", by, at)
    say_to_applicant(
        application, wordings.RETURNED, by, at, {"count": str(asked.count()), "queue": queue_words(application)}
    )


_WORDS = {
    Application.State.APPROVED: wordings.APPROVED,
    Application.State.REFUSED: wordings.REFUSED,
    Application.State.WITHDRAWN: wordings.WITHDRAWN,
}


@transaction.atomic
def _end(case: Case, state: Application.State, tag: EventTag, by: User, at: datetime) -> Application:
    rows = Application.objects.select_for_update(of=("self",)).select_related(
        "applicant__user", "centre", "office", "school", "case"
    )
    application = rows.get(case=case)
    application.state, application.ended_at = state, at
    application.save()
    say_to_applicant(application, _WORDS[state], by, at)
    record_event(tag=tag, subject=application, parent=case, by=by, at=at, authority_id=application.office_id)
    return application


def say_to_applicant(
    application: Application, template: str, by: User | None, at: datetime, more: Mapping[str, str] | None = None
) -> None:
    """Queue a message to the applicant about their application; nothing where they left no phone number."""
    if application.applicant.phone:
        values = {"kind": application.get_kind_display(), "receipt": application.receipt or "", **(more or {})}
        queue_message(
            template=template, address=application.applicant.phone, recipient=application.applicant.user, values=values,
            by=by, at=at,
        )  # fmt: skip
