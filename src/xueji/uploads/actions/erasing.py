"""Uploads go when their term is over: what counts is stored by then. Row, hash and ledger stay."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import cast

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from xueji.core.packs import Pack, PackView
from xueji.documents.models import StoredFile
from xueji.documents.storage import clear_strays, erase_stored, erase_unclaimed
from xueji.institutions.queries import pack_of, pack_over
from xueji.ledger.actions import record_event
from xueji.ledger.tags import EventTag
from xueji.uploads.models import OPEN, Upload

KEPT_DAYS = "uploads_kept_days"
_FILES = ("workbook", "photos", "error_workbook")


def kept_until(upload: Upload, view: PackView) -> date:
    """Return the last day on which the files of a finished upload are kept, counted from its confirmation.

    One that was given up or could not be read is counted from the day it came in.
    """
    days = int(cast("int", view.value(KEPT_DAYS)))
    return timezone.localdate(upload.confirmed_at or upload.uploaded_at) + timedelta(days=days)


def erase_due_uploads(*, at: datetime) -> int:
    """Erase the files of uploads whose term is over; return how many uploads. Each is an act of its own."""
    today, erased, unerased = timezone.localdate(at), 0, Q()
    for name in _FILES:
        unerased |= Q(**{f"{name}__isnull": False, f"{name}__erased_at__isnull": True})
    finished = Upload.objects.filter(unerased).exclude(state__in=OPEN).select_related("school__authority", "authority")
    for upload in finished.order_by("pk"):
        if kept_until(upload, _pack_of(upload).on(today)) < today:
            erased += _erase(upload, at)
    return erased


def _pack_of(upload: Upload) -> Pack:
    """Return the pack of the place whose upload it is: how long files are kept is asked of the day, not of the subject."""
    if upload.school is not None:
        return pack_of(upload.school)
    assert upload.authority is not None
    return pack_over(upload.authority)


def _erase(upload: Upload, at: datetime) -> bool:
    """Erase the files of one upload that no open upload shares: from before, the same bytes could have one file."""
    with transaction.atomic():
        Upload.objects.select_for_update(of=("self",)).get(pk=upload.pk)
        files = [file for name in _FILES if (file := getattr(upload, name)) and not _is_needed(file)]
        erased = erase_stored(files, at=at)
        if erased:
            record_event(
                tag=EventTag.UPLOAD_ERASED, subject=upload, parent=upload.subject, by=None, at=at,
                view=_pack_of(upload).on(timezone.localdate(at)),
                after={
                    "kind": upload.label, "files": [file.address for file in erased],
                    "bytes": sum(file.size for file in erased),
                },
            )  # fmt: skip
    return bool(erased)


def _is_needed(file: StoredFile) -> bool:
    if file.content_index is not None:
        return True
    named = Q()
    for name in _FILES:
        named |= Q(**{f"{name}_id": file.pk})
    return Upload.objects.filter(named, state__in=OPEN).exists()


def tidy_files(*, at: datetime) -> dict[str, int]:
    """Do what is due every night about files: erase uploads whose term is over, and what nobody names."""
    return {
        "uploads": erase_due_uploads(at=at),
        "unclaimed": len(erase_unclaimed(at=at)),
        "strays": clear_strays(at=at),
    }
