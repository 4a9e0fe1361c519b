"""The applicant answers an office's letter: a picture, a fact stated anew, or words, for each of its items; then sends it back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from xueji.accounts.models import User
from xueji.applications.locks import lock_application
from xueji.applications.models import Application, Defect
from xueji.applications.queries import may_act_for
from xueji.applications.review_queries import application_of
from xueji.cases.actions import submit_case
from xueji.cases.models import CaseState
from xueji.core.errors import BadInput, Conflict, NotPermitted
from xueji.ledger.actions import mask_identity_numbers, record_event
from xueji.ledger.tags import EventTag


@transaction.atomic
def answer_defect(*, defect: Defect, words: str, by: User, at: datetime) -> Defect:
    """Answer one item of the letter in words: what is explained, or which fact is to read how.

    A picture of the paper that is asked for, or the fact stated anew, answers its item by itself. Until the letter is sent
    back the words may be written anew.
    """
    application = require_returned(defect.application, by)
    locked = Defect.objects.select_for_update(of=("self",)).select_related("application").get(pk=defect.pk)
    if application.case is None or locked.round != application.case.round:
        raise Conflict("这一项属于以前的补正通知，不用再答复")
    if not (words := mask_identity_numbers(words.strip())[:500]):
        raise BadInput("请写明说明")
    close_defect(locked, words, by=by, at=at)
    return locked


@transaction.atomic
def resubmit_application(*, application: Application, letter: int, by: User, at: datetime) -> Application:
    """Send an application back to its office with everything of a letter (its round) answered, once; again, it says what was done.

    RuleViolation names every item that is not answered, and every paper that what was stated anew asks for.
    """
    locked = _lock_own(application, by)
    if locked.case is not None and locked.case.round > letter:
        return application_of(locked.case)
    locked = require_returned(application, by)
    assert locked.case is not None
    submit_case(case=locked.case, by=locked.applicant.user, at=at)  # theirs, whoever hands it in
    record_event(
        tag=EventTag.APPLICATION_SUPPLEMENTED, subject=locked, parent=locked.case, by=by, at=at, authority_id=locked.office_id,
        after={"place": locked.place, "round": locked.case.round},
    )  # fmt: skip
    return application_of(locked.case)


def require_returned(application: Application, by: User) -> Application:
    """Return an application that lies with its applicant to be supplemented, locked; refuse everybody else and any other state."""
    locked = _lock_own(application, by)
    if locked.case is None or locked.case.state != CaseState.RETURNED:
        raise Conflict("申请没有退回补正，不能补交")
    return locked


def _lock_own(application: Application, by: User) -> Application:
    if not may_act_for(application, by):
        raise NotPermitted("只有申请人本人可以补正自己的申请")
    return lock_application(application)


def close_defect(defect: Defect, answer: str, *, by: User, at: datetime) -> None:
    """Note that an item was answered, and how; when, is when it was first."""
    defect.answer, defect.answered_at = answer, defect.answered_at or at
    defect.save()
    record_event(
        tag=EventTag.DEFECT_ANSWERED, subject=defect, parent=defect.application, by=by, at=at,
        authority_id=defect.application.office_id, after={"item": defect.label},
    )  # fmt: skip
