"""Close a school on a day, by a document; take that back. Enter who will head it before the day they do.

A closed school opens no new batch; what it has under way goes on. Whoever closes it is shown what is open
(`open_work.py`), and the event keeps what they were shown.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.days import require_day
from xueji.core.errors import BadInput, Conflict
from xueji.institutions.actions_succession import Ground, Place, enter_closing, withdraw_closing
from xueji.institutions.models import Amendment, PlannedPrincipal, School
from xueji.institutions.open_work import open_work_of
from xueji.institutions.queries import require_permission
from xueji.ledger.actions import record_event
from xueji.ledger.tags import EventTag


@transaction.atomic
def close_school(
    *, school: School, closed_on: date, document_number: str, by: User, at: datetime, custodian: Place | None = None
) -> School:
    """State from which day on a school is closed, and who keeps its files (the authority above, where nobody is named).

    The day may lie ahead. The event keeps what was open just then.
    """
    locked = _held(school, by)
    if locked.closed_on is not None:
        raise Conflict(f"{locked.name}已登记自 {locked.closed_on:%Y-%m-%d} 起停办")
    _require_document(document_number)
    require_day("closed", closed_on, timezone.localdate(at))
    left = {line.label: line.count for line in open_work_of(locked)}
    keeper = enter_closing(locked, custodian, Ground(closed_on, document_number.strip(), by, at))
    entry = Amendment(effective_on=closed_on, document_number=document_number.strip(), amended_by=by, amended_at=at)
    _switch(locked, closed_on, entry)
    record_event(
        tag=EventTag.SCHOOL_CLOSED, subject=locked, by=by, at=at, note=document_number.strip(),
        after={"停办日期": closed_on, "档案保管": str(keeper), "未办结": left},
    )  # fmt: skip
    return locked


@transaction.atomic
def reopen_school(*, school: School, document_number: str, by: User, at: datetime) -> School:
    """Take back that a school is closed, or will be; by a document as well. Both entries stay on record."""
    locked = _held(school, by)
    if locked.closed_on is None:
        raise Conflict(f"{locked.name}没有登记停办")
    _require_document(document_number)
    before = locked.closed_on
    withdraw_closing(locked, Ground(before, document_number.strip(), by, at))
    day = max(before, timezone.localdate(at))
    entry = Amendment(effective_on=day, document_number=document_number.strip(), amended_by=by, amended_at=at)
    _switch(locked, None, entry)
    record_event(
        tag=EventTag.SCHOOL_REOPENED, subject=locked, by=by, at=at, note=document_number.strip(),
        before={"停办日期": before},
    )  # fmt: skip
    return locked


def _switch(locked: School, closed_on: date | None, entry: Amendment) -> None:
    """Write the day and its history; a closing taken back before its day never takes effect."""
    before, locked.closed_on = locked.closed_on, closed_on
    locked.save(update_fields=["closed_on", "digest"])
    entry.school, entry.field = locked, "closed_on"
    entry.before, entry.after = (day.isoformat() if day else "" for day in (before, closed_on))
    entry.save(force_insert=True)


def require_open(school: School, on: date) -> None:
    """Raise Conflict when a school is closed on a day: it begins nothing new. Nobody closes it until the transaction ends."""
    closed_on = School.objects.select_for_update(no_key=True).values_list("closed_on", flat=True).get(pk=school.pk)
    if closed_on is not None and closed_on <= on:
        raise Conflict(f"{school.name}自 {closed_on:%Y-%m-%d} 起停办，不能再建立新的批次；已在办理的照常办结")


# -- a principal, ahead of the day


@transaction.atomic
def plan_principal(
    *, school: School, principal: str, effective_on: date, document_number: str, by: User, at: datetime
) -> PlannedPrincipal:
    """Enter who heads a school from a day to come: until then diplomas name who heads it now."""
    locked = _held(school, by)
    _require_document(document_number)
    if effective_on <= timezone.localdate(at):
        raise BadInput("提前登记的任职日期应在今天之后；已经到任的，请直接修改学校资料")
    require_day("taken_up", effective_on, timezone.localdate(at))
    if not principal.strip():
        raise BadInput("请填写新任校长的姓名")
    if locked.planned_principals.filter(settled_at=None, effective_on=effective_on).exists():
        raise Conflict(f"已提前登记 {effective_on:%Y-%m-%d} 起任职的校长；登记错的请先撤销")
    planned = PlannedPrincipal.objects.create(
        school=locked, principal=principal.strip(), effective_on=effective_on, document_number=document_number.strip(),
        entered_by=by, entered_at=at,
    )  # fmt: skip
    record_event(
        tag=EventTag.PLANNED_PRINCIPAL_REGISTERED, subject=locked, by=by, at=at, note=planned.document_number,
        before={"校长": locked.principal}, after={"校长": planned.principal, "生效日期": effective_on},
    )  # fmt: skip
    return planned


@transaction.atomic
def withdraw_planned_principal(*, planned: PlannedPrincipal, by: User, at: datetime) -> PlannedPrincipal:
    """Take back a principal entered ahead, before their day has come."""
    school = _held(planned.school, by)
    locked = PlannedPrincipal.objects.select_for_update().get(pk=planned.pk)
    if locked.settled_at is not None:
        raise Conflict("这一项已经生效或撤销")
    locked.settled_at, locked.outcome = at, PlannedPrincipal.Settlement.WITHDRAWN
    locked.save(update_fields=["settled_at", "outcome"])
    record_event(
        tag=EventTag.PLANNED_PRINCIPAL_WITHDRAWN, subject=school, by=by, at=at, note=locked.document_number,
        before={"校长": locked.principal, "生效日期": locked.effective_on},
    )  # fmt: skip
    return locked


def take_up_principals(*, at: datetime, school: School | None = None) -> int:
    """Let principals whose day has come head their schools (or one school); return how many. Called by the clock, and
    before anything is printed with a principal's name, so that no diploma of that day names the one before.
    """
    due = PlannedPrincipal.objects.filter(settled_at=None, effective_on__lte=timezone.localdate(at))
    if school is not None:
        due = due.filter(school=school)
    taken = 0
    for key in due.order_by("effective_on", "pk").values_list("pk", flat=True):
        with transaction.atomic():
            taken += _take_up(key, at)
    return taken


def _take_up(key: int, at: datetime) -> bool:
    planned = PlannedPrincipal.objects.select_for_update().get(pk=key)
    if planned.settled_at is not None:  # another took it up meanwhile
        return False
    school = School.objects.select_for_update(of=("self",)).get(pk=planned.school_id)
    before, school.principal = school.principal, planned.principal
    school.save(update_fields=["principal", "digest"])
    planned.settled_at, planned.outcome = at, PlannedPrincipal.Settlement.TAKEN_UP
    planned.save(update_fields=["settled_at", "outcome"])
    if before != planned.principal:
        Amendment.objects.create(
            school=school, field="principal", before=before, after=planned.principal,
            effective_on=planned.effective_on, document_number=planned.document_number,
            amended_by=planned.entered_by, amended_at=at,
        )  # fmt: skip
    record_event(
        tag=EventTag.SCHOOL_AMENDED, subject=school, by=None, at=at, note=planned.document_number,
        before={"校长": before}, after={"校长": planned.principal, "生效日期": planned.effective_on},
    )  # fmt: skip
    return True


def _held(school: School, by: User) -> School:
    require_permission(by, Permission.MANAGE_INSTITUTIONS, school=school)
    return School.objects.select_for_update(of=("self",)).select_related("authority").get(pk=school.pk)


def _require_document(document_number: str) -> None:
    if not document_number.strip():
        raise BadInput("请填写依据（批准停办、任免等文件的文号）")
