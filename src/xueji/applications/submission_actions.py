"""Submit an application: checked, sent to the office the law names, a place in the queue drawn, all in one transaction."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from xueji.accounts.models import User
from xueji.applications.checks import submission_findings
from xueji.applications.facts import decide_office, law_for
from xueji.applications.models import DIPLOMA_INDEX, Application
from xueji.applications.queries import may_act_for, office_of
from xueji.applications.wordings import RECEIVED
from xueji.cases.actions import open_case, submit_case
from xueji.core.errors import BadInput, Conflict, NotPermitted, RuleViolation
from xueji.core.findings import errors_of
from xueji.institutions.models import Authority
from xueji.ledger.actions import Basis, record_event
from xueji.ledger.tags import EventTag
from xueji.messaging.actions import queue_message
from xueji.sealing.indexes import keyed_index

PLACES = "applications_place"  # the sequence of places in the queue
_SECOND = "这份毕业证书已经有一份申请在办理，不能重复申请；可在「我的申请」查看进度，需要改动的先撤回"


def submit_application(*, application: Application, key: str, by: User, at: datetime) -> Application:
    """Submit a draft once; sent again with the same key it returns what was done, and draws no second place.

    RuleViolation with everything that is missing; Conflict when another application for the same diploma is open, or
    the office the law names does not take applications here.
    """
    if not may_act_for(application, by):
        raise NotPermitted("只有申请人本人可以提交自己的申请")
    if not 16 <= len(key) <= 64:
        raise BadInput("页面已过期，请刷新后再提交")
    try:
        return _submit(application, key, by, at)
    except IntegrityError as error:
        if "one_open_application_per_diploma" in str(error):
            raise Conflict(_SECOND) from error
        raise


@transaction.atomic
def _submit(application: Application, key: str, by: User, at: datetime) -> Application:
    rows = Application.objects.select_for_update(of=("self",)).select_related("applicant__user", "centre", "office")
    locked = rows.get(pk=application.pk)
    if locked.submit_key == key:
        return locked
    if locked.state != Application.State.DRAFT:
        raise Conflict(f"申请{locked.get_state_display()}，不能再提交")
    view = law_for(locked, timezone.localdate(at))
    findings = submission_findings(locked, view)
    if errors_of(findings):
        raise RuleViolation(findings)
    decision = decide_office(locked, view)
    if decision.office is None:
        raise RuleViolation(decision.findings)
    office = office_of(locked.centre, decision.office.key)
    if office is None:
        raise Conflict(
            f"「{decision.office.name}」还没有在本系统开通网上办理；请联系 {'、'.join(decision.office.phones)}"
        )
    _take_place(locked, office, key, at)
    filer = locked.applicant.user  # the case is theirs, also where an officer hands it in; the event below says who did
    case = open_case(
        kind=locked.kind, title=f"{view.workflow(locked.kind).label}：{locked.applicant.name}", by=filer, at=at,
        legal_date=timezone.localdate(at), parties={"applicant": locked.applicant.user, "office": office},
    )  # fmt: skip
    locked.case, locked.state = case, Application.State.SUBMITTED
    locked.save()
    locked.case = submit_case(case=case, by=filer, at=at)
    _say_received(locked, by, at)
    record_event(
        tag=EventTag.APPLICATION_SUBMITTED, subject=locked, by=by, at=at, authority_id=office.pk, view=view,
        rules=[Basis("authority", decision.cites), *findings],
        after={"place": locked.place, "receipt": locked.receipt, "office": office.name, "case": case.pk},
    )  # fmt: skip
    return locked


def _take_place(application: Application, office: Authority, key: str, at: datetime) -> None:
    """Draw the next place; whoever submits later, in whatever process, has a later one."""
    with connection.cursor() as cursor:
        cursor.execute("select nextval(%s)", [PLACES])
        (application.place,) = cursor.fetchone()
    application.receipt = f"{timezone.localdate(at):%Y%m%d}{application.place:08d}"
    application.submit_key, application.submitted_at, application.office = key, at, office
    application.diploma_index = keyed_index(DIPLOMA_INDEX, application.diploma_key)


def _say_received(application: Application, by: User, at: datetime) -> None:
    if not application.applicant.phone or application.office is None:
        return
    queue_message(
        template=RECEIVED, address=application.applicant.phone, recipient=application.applicant.user, by=by, at=at,
        values={
            "kind": application.get_kind_display(), "receipt": application.receipt or "",
            "office": application.office.name,
        },
    )  # fmt: skip
