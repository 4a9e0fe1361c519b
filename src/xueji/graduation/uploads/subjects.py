"""Uploads about a batch: how it is found, held, named."""

from __future__ import annotations

from typing import Any

from xueji.graduation.locks import lock_batch
from xueji.graduation.models import Batch
from xueji.graduation.queries import batch_for
from xueji.uploads.kinds import Subject


def _batch(batch_id: int) -> Batch:
    return Batch.objects.select_related("season", "school__authority", "case").get(pk=batch_id)


def _title(batch: Any) -> str:
    return str(batch.case.title)


BATCH = Subject(
    find=batch_for, get=_batch, lock=lock_batch, place=lambda batch: batch.school,
    title=_title, law=lambda batch: batch.law,
)  # fmt: skip
