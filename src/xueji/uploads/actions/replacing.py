"""Which upload takes the place of which: a good one of every other, one that cannot be confirmed of its like alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Model

from xueji.accounts.models import User
from xueji.ledger.actions import record_event
from xueji.ledger.tags import EventTag
from xueji.uploads.models import OPEN, Upload, UploadState
from xueji.uploads.queries import uploads_of

_REPLACED = "由新上传的数据代替"


def lock_open(upload: Upload, subject: Model) -> list[Upload]:
    """Return the open uploads of its kind about the subject, locked in one order: whoever confirms waits for whoever stores."""
    beside = uploads_of(subject, upload.kind).filter(state__in=OPEN)
    return list(beside.select_for_update(of=("self",)).order_by("id"))


def give_way(upload: Upload, beside: Iterable[Upload], subject: Model, *, at: datetime, by: User | None = None) -> None:
    """Put away what an upload that was read, or confirmed, takes the place of.

    A good one that waits stays where the new one cannot be confirmed: a wrong file costs nobody a right one.
    """
    if upload.kind_spec.waits_beside:
        return
    for waiting in beside:
        if waiting.pk == upload.pk or waiting.state != UploadState.READY:
            continue
        if upload.is_good or not waiting.is_good:
            put_away(waiting, subject, by, at, note=_REPLACED)


def put_away(upload: Upload, subject: Model, by: User | None, at: datetime, note: str = "") -> Upload:
    """Delete the rows of an upload and let it go; the caller holds it."""
    upload.rows.all().delete()
    upload.state = UploadState.DISCARDED
    upload.save(update_fields=["state"])
    record_event(
        tag=EventTag.UPLOAD_DISCARDED, subject=upload, parent=subject, by=by, at=at, after={"kind": upload.label},
        note=note,
    )  # fmt: skip
    return upload
