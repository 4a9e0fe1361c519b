"""A school takes back what nobody has decided: the submission of its batch, or an empty batch opened by mistake."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.cases.actions import withdraw_case
from xueji.cases.models import CaseState
from xueji.cases.recall_actions import recall_case
from xueji.core.errors import Conflict
from xueji.graduation.actions.batches import lock_for_school
from xueji.graduation.models import Batch
from xueji.institutions.queries import require_permission
from xueji.ledger.actions import record_event
from xueji.ledger.tags import EventTag
from xueji.uploads.queries import open_upload_of


@transaction.atomic
def recall_batch(*, batch: Batch, by: User, at: datetime, expected_version: int | None = None) -> Batch:
    """Take a submitted batch back to the school until somebody decides; Conflict from then on, or once anybody is marked."""
    require_permission(by, Permission.PREPARE_BATCH, school=batch.school)
    batch.case = recall_case(case=batch.case, by=by, at=at, expected_version=expected_version)
    record_event(
        tag=EventTag.BATCH_RECALLED, subject=batch, parent=batch.case, by=by, at=at, school_id=batch.school_id,
        view=batch.law, after={"state": batch.case.get_state_display()},
    )  # fmt: skip
    return batch


@transaction.atomic
def give_up_batch(*, batch: Batch, by: User, at: datetime) -> Batch:
    """Take away a batch in which nothing stands; the school may open it again. Conflict once anything was listed, sent or returned."""
    batch = lock_for_school(batch, by)
    if batch.case.state != CaseState.DRAFT:
        raise Conflict("批次已经退回办理过，不能删除；不再办理的毕业生请逐个退出")
    if batch.candidates.exists():
        raise Conflict("批次中已有毕业生，不能删除；请先上传不含这些毕业生的名单，或让其退出")
    if open_upload_of(batch, "graduates") is not None:
        raise Conflict("有一份上传的数据尚未处理，请先放弃它，再删除批次")
    withdraw_case(case=batch.case, by=by, at=at, reason="空批次")
    record_event(
        tag=EventTag.BATCH_GIVEN_UP, subject=batch, parent=batch.case, by=by, at=at, school_id=batch.school_id,
        before={"season": batch.season.label, "is_late": batch.is_late},
    )  # fmt: skip
    batch.case.refresh_from_db()
    return batch
