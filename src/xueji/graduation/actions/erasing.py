"""Uploads go when their term is over: what counts is in the register by then. Row, hash and ledger stay."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import cast

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from xueji.core.packs import PackView
from xueji.documents.models import StoredFile
from xueji.documents.storage import clear_strays, erase_stored, erase_unclaimed
from xueji.graduation.models import Intake, RecordIntake
from xueji.institutions.queries import pack_of
from xueji.ledger.actions import record_event
from xueji.ledger.tags import EventTag

KEPT_DAYS = "uploads_kept_days"
_OPEN = ("reading", "ready")
_FILES = {Intake: ("workbook", "photos", "error_workbook"), RecordIntake: ("workbook", "error_workbook")}
_TAGS = {Intake: EventTag.INTAKE_ERASED, RecordIntake: EventTag.RECORDS_ERASED}
Upload = Intake | RecordIntake


def kept_until(upload: Upload, view: PackView) -> date:
    """Return the last day on which the files of a finished upload are kept, counted from its confirmation.

    One that was given up or could not be read is counted from the day it came in.
    """
    days = int(cast("int", view.value(KEPT_DAYS)))
    return timezone.localdate(upload.confirmed_at or upload.uploaded_at) + timedelta(days=days)


def erase_due_uploads(*, at: datetime) -> int:
    """Erase the files of uploads whose term is over; return how many uploads. Each is an act of its own."""
    today, erased = timezone.localdate(at), 0
    for model, names in _FILES.items():
        there = Q()
        for name in names:
            there |= Q(**{f"{name}__isnull": False, f"{name}__erased_at__isnull": True})
        finished = model.objects.filter(there).exclude(state__in=_OPEN).select_related("batch__school__authority")
        for upload in finished.order_by("pk"):
            if kept_until(upload, pack_of(upload.batch.school).on(today)) < today:
                erased += _erase(upload, at)
    return erased


def _erase(upload: Upload, at: datetime) -> bool:
    """Erase the files of one upload that no open upload shares: from before, the same bytes could have one file."""
    model = type(upload)
    with transaction.atomic():
        model.objects.select_for_update(of=("self",)).get(pk=upload.pk)
        files = [file for name in _FILES[model] if (file := getattr(upload, name)) and not _is_needed(file)]
        erased = erase_stored(files, at=at)
        if erased:
            record_event(
                tag=_TAGS[model], subject=upload, parent=upload.batch, by=None, at=at, school_id=upload.batch.school_id,
                view=pack_of(upload.batch.school).on(timezone.localdate(at)),
                after={"files": [file.address for file in erased], "bytes": sum(file.size for file in erased)},
            )  # fmt: skip
    return bool(erased)


def _is_needed(file: StoredFile) -> bool:
    if file.content_index is not None:
        return True
    return any(
        model.objects.filter(Q(**{f"{name}_id": file.pk}), state__in=_OPEN).exists()
        for model, names in _FILES.items()
        for name in names
    )


def tidy_files(*, at: datetime) -> dict[str, int]:
    """Do what is due every night about files: erase uploads whose term is over, and what nobody names."""
    return {
        "uploads": erase_due_uploads(at=at),
        "unclaimed": len(erase_unclaimed(at=at)),
        "strays": clear_strays(at=at),
    }
