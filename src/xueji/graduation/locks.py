"""One writer at a time: a batch is held by the lock of its case; its paper by that of its issue (`certificates/locks.py`)."""

from __future__ import annotations

from xueji.cases.checks import lock_case
from xueji.graduation.models import Batch
from xueji.statements import Slot, Statement

_BATCH = Statement(
    lambda: (
        Batch.objects.filter(pk=Slot("batch"))
        .select_related("case", "issue", "season__authority", "school__authority")
        .order_by()
    )
)


def lock_batch(batch: Batch) -> Batch:
    """Return the batch as it is now, its case locked until the transaction ends: one writer at a time."""
    lock_case(batch.case)
    return _BATCH.only(batch=batch.pk)
