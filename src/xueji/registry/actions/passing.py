"""The students of a school that goes into another go along (S2 第二十条): one change each, in the transaction of the merger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from xueji.accounts.models import User
from xueji.core.errors import Conflict
from xueji.core.status_words import PASSED_ON
from xueji.institutions.kinds import Handover
from xueji.institutions.models import School
from xueji.registry.actions.changing import Move, record_status_changes, undo_status_changes
from xueji.registry.models import Enrolment, EnrolmentStatus, Registration, StatusChange
from xueji.registry.queries.passing import going_along, in_hand, passed_on

_NAMED = 5  # how many names a refusal lists


def pass_on_enrolments(*, handover: Handover, by: User, at: datetime) -> int:
    """Have the records of a school go along to its successor; return how many. Status and studies stay as they are.

    A record counts as the successor's from the day of the merger; where something was decided of it after that day, from
    the day of that, since changes take effect one after the other.
    """
    with transaction.atomic():
        keys = list(going_along(handover.school, handover.programmes).values_list("pk", flat=True))
        _hold(keys)
        records = list(going_along(handover.school, handover.programmes).filter(pk__in=keys).order_by("pk"))
        days = _days(records, handover.effective_on)
        for day in sorted(set(days.values())):
            moves = [_move(record, handover) for record in records if days[record.pk] == day]
            record_status_changes(kind=PASSED_ON, moves=moves, effective_on=day, by=by, at=at)
    return len(records)


def give_back_enrolments(*, handover: Handover, by: User, at: datetime) -> int:
    """Bring back the records that went along, because the merger was entered wrongly; return how many.

    Conflict names those of whom something was decided since, or is under way at the successor.
    """
    with transaction.atomic():
        _hold(_passed_keys(handover))
        changes = list(
            passed_on(handover.school.pk, handover.successor.pk, handover.document_number).select_related("enrolment")
        )
        _require_free([change.enrolment_id for change in changes], handover.successor)
        reason = f"撤销随校移交：{handover.document_number}"
        undo_status_changes(
            changes=changes, reason=reason, effective_on=_after(changes, timezone.localdate(at)), by=by, at=at
        )
    return len(changes)


def _hold(keys: Sequence[UUID]) -> None:
    """Hold the records, in one order: whoever opens something about one of them waits, or was first and is seen."""
    list(Enrolment.objects.select_for_update().filter(pk__in=keys).order_by("pk").values_list("pk"))


def _passed_keys(handover: Handover) -> list[UUID]:
    found = passed_on(handover.school.pk, handover.successor.pk, handover.document_number)
    return list(found.values_list("enrolment", flat=True))


def _days(records: Sequence[Enrolment], effective_on: date) -> dict[UUID, date]:
    """Return from which day each record is the successor's: not before it began, nor before what was decided of it last."""
    keys = [record.pk for record in records]
    began = dict(Registration.objects.filter(pk__in=keys).values_list("pk", "entered_on"))
    in_force = StatusChange.objects.filter(enrolment__in=keys, counters=None, countered_by=None).order_by()
    latest = dict(in_force.values_list("enrolment").annotate(Max("effective_on")))
    return {key: max(effective_on, began.get(key, effective_on), latest.get(key, effective_on)) for key in keys}


def _move(record: Enrolment, handover: Handover) -> Move:
    programme = handover.programmes[record.programme_id]
    values = {"school_id": handover.successor.pk, "programme_id": programme.pk}
    return Move(record, EnrolmentStatus(record.status), values, handover.document_number)


def _require_free(keys: Sequence[UUID], successor: School) -> None:
    busy = Enrolment.objects.filter(pk__in=keys).filter(in_hand())
    names = list(busy.order_by("pk").values_list("person__name", flat=True))
    if names:
        more = f"等 {len(names)} 人" if len(names) > _NAMED else ""
        raise Conflict(
            f"以下学生的学籍已随校移交，在{successor.name}有事项正在办理，办结或撤回后才能撤销："
            f"{'、'.join(names[:_NAMED])}{more}"
        )


def _after(changes: Sequence[StatusChange], today: date) -> date:
    return max([today, *(change.effective_on for change in changes)])
