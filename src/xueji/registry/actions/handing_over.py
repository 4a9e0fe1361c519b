"""What goes along with transferred students is ticked off by who gives it and by who takes it (S2 第十二条)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.cases.models import Case
from xueji.cases.queries import case_for
from xueji.core.errors import BadInput, Conflict
from xueji.institutions.models import School
from xueji.institutions.queries import require_permission
from xueji.ledger.actions import record_event
from xueji.ledger.tags import EventTag
from xueji.registry.models import HandOverItem
from xueji.registry.queries.transfers import RECEIVING, SENDING, school_of


def give_items(*, case: Case, items: Sequence[int], by: User, at: datetime) -> list[HandOverItem]:
    """Tick off what the school that sends has handed over; what was given before stays as it was."""
    with transaction.atomic():
        school, rows = _items_locked(case, items, SENDING, by)
        given = [row for row in rows if row.given_at is None]
        for row in given:
            row.given_school, row.given_by, row.given_at = school, by, at
            row.save(update_fields=["given_school", "given_by", "given_at"])
        _record(EventTag.HAND_OVER_GIVEN, case, given, by, at)
    return given


def take_items(*, case: Case, items: Sequence[int], by: User, at: datetime) -> list[HandOverItem]:
    """Tick off what the school that takes in has received; Conflict names what nobody has given yet."""
    with transaction.atomic():
        school, rows = _items_locked(case, items, RECEIVING, by)
        if missing := [row for row in rows if row.given_at is None]:
            names = "、".join(f"{row.applicant.enrolment.person.name}的{row.what}" for row in missing[:5])
            raise Conflict(f"转出学校还没有登记移交：{names}；请先与转出学校联系")
        taken = [row for row in rows if row.taken_at is None]
        for row in taken:
            row.taken_school, row.taken_by, row.taken_at = school, by, at
            row.save(update_fields=["taken_school", "taken_by", "taken_at"])
        _record(EventTag.HAND_OVER_TAKEN, case, taken, by, at)
    return taken


def _items_locked(case: Case, items: Sequence[int], role: str, by: User) -> tuple[School, list[HandOverItem]]:
    """Return the school in its role and the rows, held in one order; BadInput for one that is of another case."""
    seen = case_for(by, case.pk)
    school = school_of(seen, role)
    require_permission(by, Permission.FILE_STATUS_CHANGE, school=school)
    found = HandOverItem.objects.select_for_update(of=("self",)).filter(pk__in=items, applicant__application__case=seen)
    rows = list(found.select_related("applicant__enrolment__person").order_by("pk"))
    if not rows or len(rows) != len(set(items)):
        raise BadInput("请勾选本件转学的交接内容")
    return school, rows


def _record(tag: EventTag, case: Case, rows: Sequence[HandOverItem], by: User, at: datetime) -> None:
    if rows:
        what = [f"{row.applicant.enrolment.person.name}：{row.what}" for row in rows]
        record_event(tag=tag, subject=case, by=by, at=at, school_id=case.school_id, after={"items": what})
