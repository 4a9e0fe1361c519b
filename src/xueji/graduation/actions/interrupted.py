"""An upload whose reading was given up is let go, with the reason, and can be read once more."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from xueji.accounts.models import User
from xueji.core.errors import Conflict
from xueji.graduation.actions.batches import IN_SCHOOLS_HANDS
from xueji.graduation.locks import lock_batch
from xueji.graduation.models import Intake, IntakeState, RecordIntake, RecordIntakeState
from xueji.ledger.actions import record_event
from xueji.ledger.tags import EventTag

_OTHER_OPEN = "之后又上传了另一份数据，这一份不能再检查；请在新上传的那一份上办理"


def fail_intake(*, intake_id: int, message: str, at: datetime) -> None:
    """Let an upload go that could not be read: the school may send the next one. Once; a discarded one stays so."""
    with transaction.atomic():
        held = Intake.objects.select_for_update(of=("self",)).select_related("batch").get(pk=intake_id)
        if held.state == IntakeState.READING:
            _let_go(held, IntakeState.FAILED, message, EventTag.INTAKE_FAILED, at)


def fail_record_intake(*, intake_id: int, message: str, at: datetime) -> None:
    """The same of an upload of records."""
    with transaction.atomic():
        held = RecordIntake.objects.select_for_update(of=("self",)).select_related("batch").get(pk=intake_id)
        if held.state == RecordIntakeState.READING:
            _let_go(held, RecordIntakeState.FAILED, message, EventTag.RECORDS_FAILED, at)


def _let_go(held: Any, state: str, message: str, tag: EventTag, at: datetime) -> None:
    held.state, held.message = state, message
    held.save(update_fields=["state", "message"])
    record_event(tag=tag, subject=held, parent=held.batch, by=None, at=at, school_id=held.batch.school_id, note=message)


def reopen_intake(*, intake_id: int, by: User, at: datetime) -> None:
    """Have a failed upload read once more; Conflict when the batch has left the school or a newer upload is open."""
    with transaction.atomic():
        intake = Intake.objects.select_related("batch__case").get(pk=intake_id)
        batch = lock_batch(intake.batch)
        if batch.case.state not in IN_SCHOOLS_HANDS:
            raise Conflict(f"批次{batch.case.get_state_display()}，这份数据不能再检查")
        _take_up(intake, batch.intakes.all(), tag=EventTag.INTAKE_RECEIVED, by=by, at=at)


def reopen_record_intake(*, intake_id: int, by: User, at: datetime) -> None:
    """The same of an upload of records, which may come at any time."""
    with transaction.atomic():
        intake = RecordIntake.objects.select_related("batch__case").get(pk=intake_id)
        same_kind = lock_batch(intake.batch).record_intakes.filter(kind=intake.kind)
        _take_up(intake, same_kind, tag=EventTag.RECORDS_RECEIVED, by=by, at=at)


def files_erased_at(upload: Intake | RecordIntake) -> datetime | None:
    """Return when what was sent was erased, its term being over; None while it is all there and can be read again."""
    sent = [upload.workbook, upload.photos if isinstance(upload, Intake) else None]
    return min((file.erased_at for file in sent if file and file.erased_at), default=None)


def _take_up(intake: Any, beside: QuerySet[Any], *, tag: EventTag, by: User, at: datetime) -> None:
    states = IntakeState if isinstance(intake, Intake) else RecordIntakeState
    # It was read before the batch was locked; and its files must not be erased while it is taken up (`erasing.py`).
    intake = type(intake).objects.select_for_update(of=("self",)).select_related("batch").get(pk=intake.pk)
    if intake.state != states.FAILED:
        raise Conflict(f"这份数据{intake.get_state_display()}，不能再检查")
    if beside.filter(state__in=[states.READING, states.READY]).exists():
        raise Conflict(_OTHER_OPEN)
    if erased_at := files_erased_at(intake):
        raise Conflict(f"上传的文件已于 {timezone.localdate(erased_at):%Y-%m-%d} 按期删除，不能再检查；请重新上传")
    intake.state, intake.message = states.READING, ""
    intake.save(update_fields=["state", "message"])
    record_event(
        tag=tag, subject=intake, parent=intake.batch, by=by, at=at, school_id=intake.batch.school_id, note="重新检查"
    )
