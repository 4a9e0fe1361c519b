"""An upload whose reading was given up is let go, with the reason, and can be read once more."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from xueji.accounts.models import User
from xueji.core.errors import Conflict
from xueji.ledger.actions import record_event
from xueji.ledger.tags import EventTag
from xueji.uploads.models import Upload, UploadState
from xueji.uploads.queries import uploads_of

_OTHER_OPEN = "之后又上传了另一份数据，这一份不能再检查；请在新上传的那一份上办理"


def fail_upload(*, upload_id: int, message: str, at: datetime) -> None:
    """Let an upload go that could not be read: the next one may be sent. Once; a discarded one stays so."""
    with transaction.atomic():
        upload = Upload.objects.select_for_update(of=("self",)).get(pk=upload_id)
        if upload.state != UploadState.READING:
            return
        upload.state, upload.message = UploadState.FAILED, message
        upload.save(update_fields=["state", "message"])
        record_event(
            tag=EventTag.UPLOAD_FAILED, subject=upload, parent=upload.subject, by=None, at=at,
            after={"kind": upload.label}, note=message,
        )  # fmt: skip


def reopen_upload(*, upload_id: int, by: User, at: datetime) -> None:
    """Have a failed upload read once more; Conflict when its subject takes nothing in any longer or a newer one is open."""
    with transaction.atomic():
        known = Upload.objects.get(pk=upload_id)
        spec = known.kind_spec
        subject = spec.subject.lock(known.subject)
        try:
            spec.settle(subject)
        except Conflict as refusal:
            raise Conflict(f"这份数据不能再检查：{refusal.message}") from None
        # It was read before the subject was locked; and its files must not be erased while it is taken up (`erasing.py`).
        upload = Upload.objects.select_for_update(of=("self",)).get(pk=upload_id)
        if upload.state != UploadState.FAILED:
            raise Conflict(f"这份数据{upload.get_state_display()}，不能再检查")
        newer = Q(state=UploadState.READY, pk__gt=upload.pk)
        if uploads_of(subject, upload.kind).filter(Q(state=UploadState.READING) | newer).exists():
            raise Conflict(_OTHER_OPEN)
        if erased_at := upload.files_erased_at:
            raise Conflict(f"上传的文件已于 {timezone.localdate(erased_at):%Y-%m-%d} 按期删除，不能再检查；请重新上传")
        upload.state, upload.message = UploadState.READING, ""
        upload.save(update_fields=["state", "message"])
        record_event(
            tag=EventTag.UPLOAD_RECEIVED, subject=upload, parent=subject, by=by, at=at, after={"kind": upload.label},
            note="重新检查",
        )  # fmt: skip
