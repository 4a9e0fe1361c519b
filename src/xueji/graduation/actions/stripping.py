"""Photographs from before they were cleaned on their way in: places, names and notes of programs go, the picture stays."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction

from xueji.cases.models import Evidence
from xueji.core.errors import XuejiError
from xueji.documents.models import StoredFile
from xueji.documents.stripping import strip_stored
from xueji.graduation.models import Batch, Candidate
from xueji.ledger.actions import record_event
from xueji.ledger.tags import EventTag
from xueji.uploads.queries import rows_of_uploads


def strip_photos(*, at: datetime) -> Iterator[tuple[int, list[str]]]:
    """Write every kept photograph again as the picture alone; yield for each batch how many were, and what could not be.

    What was handed in as evidence stays as it is, also where it is the same file: a proof is kept as it came.
    """
    for batch in Batch.objects.select_related("school", "season").order_by("pk"):
        yield _strip(batch, at)


def _strip(batch: Batch, at: datetime) -> tuple[int, list[str]]:
    pointing = (Candidate.objects.filter(batch=batch), rows_of_uploads(batch, "graduates"))
    addresses = {
        address for rows in pointing for address in rows.exclude(photo=None).values_list("photo_id", flat=True)
    }
    with transaction.atomic():
        kept = StoredFile.objects.filter(pk__in=addresses, erased_at__isnull=True, key_id__isnull=False)
        proofs = Evidence.objects.filter(file_id__in=addresses).values("file_id")
        done, problems = [], []
        for row in kept.exclude(pk__in=proofs).order_by("pk").select_for_update():
            was = row.size
            try:
                if strip_stored(row):
                    done.append({"file": row.address, "was": was, "bytes": row.size})
            except XuejiError as error:
                problems.append(f"{row.address[:12]}…：{error.message}")
        if done:
            record_event(
                tag=EventTag.PHOTOS_STRIPPED, subject=batch, by=None, at=at, school_id=batch.school_id,
                after={"photos": done},
            )  # fmt: skip
    return len(done), problems
