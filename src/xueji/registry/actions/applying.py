"""Changes of status are applied for, and take effect with the approval of their case (S2 第十一条 to 第十五条)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.cases.actions import open_case
from xueji.cases.kinds import require_approved
from xueji.cases.law import law_of
from xueji.cases.models import Case
from xueji.core.errors import BadInput, RuleViolation
from xueji.core.findings import errors_of
from xueji.core.packs import PackView
from xueji.core.rules.changes import REASONS
from xueji.core.status.fold import Value
from xueji.core.status_words import TRANSFER, WITHDRAW
from xueji.institutions.models import School
from xueji.institutions.queries import pack_of, require_permission
from xueji.ledger.actions import record_event
from xueji.ledger.copying import copy_rows
from xueji.ledger.tags import EventTag
from xueji.registry.actions.changing import Move, record_status_changes, undo_status_changes
from xueji.registry.models import Enrolment, StatusApplicant, StatusApplication, StatusChange
from xueji.registry.queries.applications import application_of, asked_of, wishes_of
from xueji.registry.queries.change_values import completed_values, moved_values
from xueji.registry.queries.open_applications import require_free
from xueji.registry.queries.status_changes import (
    KIND,
    AskedChange,
    JudgedWish,
    Wish,
    changes_of_law,
    findings_by_name,
    judge_wishes,
    programmes_of,
)
from xueji.sealing.rows import store_signed


def open_status_application(
    *,
    school: School,
    change: str,
    enrolments: Sequence[Enrolment],
    wanted: Mapping[UUID, Mapping[str, Value]],
    statement: str,
    effective_on: date,
    by: User,
    at: datetime,
    reason: str = "",
) -> StatusApplication:
    """Open a change of one record or of many as one case; evidence and submission follow.

    `wanted` maps records to what the change moves beside the status (`change_values`), `reason` says why somebody is
    withdrawn where the rules ask. RuleViolation, with every name, where the law refuses somebody.
    """
    require_permission(by, Permission.FILE_STATUS_CHANGE, school=school)
    view = _law(school, change, statement, effective_on, at)
    if reason and (change != WITHDRAW or reason not in REASONS):
        raise BadInput("原因类别只用于退学，请重新选择")
    asked = AskedChange(change, effective_on, school, reason)
    with transaction.atomic():
        records = _lock(school, [record.pk for record in enrolments])
        wishes = [
            Wish(record, completed_values(change, record, wanted.get(record.pk, {}), effective_on))
            for record in records
        ]
        return _open(asked, wishes, statement, view=view, by=by, at=at)


def open_status_undoing(
    *, school: School, changes: Sequence[StatusChange], statement: str, effective_on: date, by: User, at: datetime
) -> StatusApplication:
    """Ask to take back changes of one kind that should not have been made: decided on the same way, undone by counter-changes."""
    require_permission(by, Permission.FILE_STATUS_CHANGE, school=school)
    kinds = {change.kind for change in changes}
    if len(kinds) != 1:
        raise BadInput("一次只能撤销同一种异动，请重新选择")
    (kind,) = kinds
    view = _law(school, kind, statement, effective_on, at)
    by_record = {change.enrolment_id: change for change in changes}
    with transaction.atomic():
        records = _lock(school, list(by_record))
        wishes = [Wish(record, {}, by_record[record.pk]) for record in records]
        asked = AskedChange(kind, effective_on, school, is_undoing=True)
        return _open(asked, wishes, statement, view=view, by=by, at=at)


def apply_status_application(case: Case, by: User, at: datetime) -> None:
    """Bring about what was approved: every record moves, or nothing does."""
    require_approved(case)
    application = StatusApplication.objects.get(case=case)
    asked, view = asked_of(application), law_of(case)
    keys = application.applicants.order_by().values("enrolment_id")
    list(
        Enrolment.objects.select_for_update().filter(pk__in=keys).order_by("pk").values_list("pk")
    )  # held, in one order
    applicants, wishes = wishes_of(application)
    judged = judge_wishes(asked, wishes, view)  # the world may have changed meanwhile
    if errors_of(findings := findings_by_name(judged)):
        raise RuleViolation(findings)
    changes = _carry_out(asked, judged, application.statement, case=case, view=view, by=by, at=at)
    by_record = {change.enrolment_id: change for change in changes}
    for applicant in applicants:
        applicant.outcome, applicant.done_by = StatusApplicant.Outcome.DONE, by_record[applicant.enrolment_id]
    store_signed(applicants, "outcome", "done_by")
    _record_close(application, {"done": len(applicants)}, by, at)


def leave_out_applicants(case: Case, by: User, at: datetime) -> None:
    """Close what was refused or withdrawn: nothing became of it, and the students are free for another application.

    Of transfers as of every other change.
    """
    application = application_of(case)
    applicants = list(application.applicants.filter(outcome=StatusApplicant.Outcome.OPEN))
    state = case.get_state_display()
    store_signed(applicants, outcome=StatusApplicant.Outcome.LEFT_OUT, note=f"办件{state}")
    is_transfer = application.change == TRANSFER
    record_event(
        tag=EventTag.TRANSFER_LEFT_OUT if is_transfer else EventTag.STATUS_APPLICATION_CLOSED, subject=application,
        parent=case, by=by, at=at, school_id=case.school_id, view=law_of(case),
        after={"left_out": len(applicants), "state": state},
    )  # fmt: skip


def _law(school: School, change: str, statement: str, effective_on: date, at: datetime) -> PackView:
    """Return the law of a change that is asked for; BadInput for what no application can be made of."""
    today = timezone.localdate(at)
    view = pack_of(school).on(today)
    if change not in changes_of_law(view):
        raise BadInput(f"不能在这里办理「{change[:20]}」；可以办理：{'、'.join(changes_of_law(view)) or '无'}")
    if not statement.strip():
        raise BadInput("请填写申请事由")
    if effective_on > today:
        raise BadInput(f"生效日期 {effective_on:%Y-%m-%d} 还没有到；请在当日或以后办理")
    return view


def _lock(school: School, keys: Sequence[UUID]) -> list[Enrolment]:
    """Return the records held, in one order; BadInput where one is not the school's: two lists wait for each other."""
    rows = Enrolment.objects.select_for_update(of=("self",)).filter(school=school, pk__in=keys)
    records = list(rows.select_related("person", "programme", "registration").order_by("pk"))
    if not records or len(records) != len(keys):
        raise BadInput("所选学生不全是本校的，或者没有选择学生；请回到名单重新选择")
    return records


def _open(
    asked: AskedChange, wishes: Sequence[Wish], statement: str, *, view: PackView, by: User, at: datetime
) -> StatusApplication:
    require_free([wish.enrolment.pk for wish in wishes])
    if errors_of(findings := findings_by_name(judge_wishes(asked, wishes, view))):
        raise RuleViolation(findings)
    whom = wishes[0].enrolment.person.name + (f"等 {len(wishes)} 人" if len(wishes) > 1 else "")
    title = f"{'撤销' if asked.is_undoing else ''}{asked.change} {whom}"
    case = open_case(
        kind=KIND, school=asked.school, title=title, by=by, at=at, legal_date=timezone.localdate(at)
    )  # fmt: skip
    application = StatusApplication.objects.create(
        case=case, change=asked.change, reason=asked.reason, statement=statement.strip(), effective_on=asked.on,
        is_undoing=asked.is_undoing,
    )  # fmt: skip
    copy_rows(
        [
            StatusApplicant(
                application=application, enrolment=wish.enrolment, wanted=dict(wish.wanted), undoes=wish.undoes
            )
            for wish in wishes
        ]
    )
    after = {"change": asked.change, "undoing": asked.is_undoing, "on": asked.on, "students": len(wishes)}
    record_event(
        tag=EventTag.STATUS_APPLICATION_OPENED, subject=application, parent=case, by=by, at=at,
        school_id=asked.school.pk, view=view, after=after, note=application.statement[:200],
    )  # fmt: skip
    return application


def _carry_out(
    asked: AskedChange,
    judged: Sequence[JudgedWish],
    statement: str,
    *,
    case: Case,
    view: PackView,
    by: User,
    at: datetime,
) -> list[StatusChange]:
    if asked.is_undoing:
        undone = [row.wish.undoes for row in judged if row.wish.undoes is not None]
        return undo_status_changes(
            changes=undone, reason=statement, effective_on=asked.on, by=by, at=at, case=case, view=view
        )
    programmes = programmes_of(asked.school)
    moves = [
        Move(
            row.wish.enrolment, row.to_status, moved_values(row.wish.enrolment, row.wish.wanted, programmes), statement
        )
        for row in judged
    ]
    return record_status_changes(
        kind=asked.change, moves=moves, effective_on=asked.on, by=by, at=at, case=case, view=view
    )


def _record_close(application: StatusApplication, after: Mapping[str, int], by: User, at: datetime) -> None:
    record_event(
        tag=EventTag.STATUS_APPLICATION_CLOSED, subject=application, parent=application.case, by=by, at=at,
        school_id=application.case.school_id, after=dict(after),
    )  # fmt: skip
