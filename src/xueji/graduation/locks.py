"""One writer at a time: a batch is held by the lock of its case, its paper by the lock of its own row."""

from __future__ import annotations

from xueji.cases.checks import lock_case
from xueji.graduation.models import Batch


def lock_batch(batch: Batch) -> Batch:
    """Return the batch as it is now, its case locked until the transaction ends: one writer at a time."""
    lock_case(batch.case)
    return Batch.objects.select_related("case", "season__authority", "school__authority").get(pk=batch.pk)


def lock_paper(batch: Batch) -> Batch:
    """Return the batch as it is now, its row locked: printing, sealing, sending and handing out wait for each other.

    Nothing that is joined is locked with it: the season of one batch is the season of every other.
    """
    rows = Batch.objects.select_for_update(of=("self",)).select_related("case", "season", "school__authority")
    return rows.get(pk=batch.pk)
