"""In which order the serials of a permuted counter are printed: a key of its own, sealed in the counter's row and its mark.

The key begins as one derived from the active data key, so that a counter lost with the database *and* its marks can
still be read while that key lasts. From then on the sealed copy is what counts: a data key that is given up changes
no order, since the same order is sealed again under the new one.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.db import transaction

from xueji.certificates import marks
from xueji.certificates.models import NumberCounter
from xueji.sealing.fields import store_sealed
from xueji.sealing.texts import derived_key


def first_order(kind: str, scope: str, key_id: int) -> str:
    """Return the order a counter begins with under a data key, as the text that is sealed."""
    return derived_key(key_id, f"numbering:{kind}:{scope}").hex()


def order_of(counter: NumberCounter) -> bytes | None:
    """Return the key that carries serials of a counter to their places; None when they are printed as they are counted."""
    if counter.key_id is None:
        return None
    return bytes.fromhex(counter.order_key or first_order(counter.kind, counter.scope, counter.key_id))


def order_known(kind: str, scope: str, key_id: int | None) -> str:
    """Return the order of a permuted counter, by whoever still knows it: its row, its mark, a data key (`key_id`, else the active)."""
    counter = NumberCounter.objects.filter(kind=kind, scope=scope).first()
    known = order_of(counter) if counter else None
    marked = known or marks.marked_order(kind, scope)
    return marked.hex() if marked else first_order(kind, scope, key_id or settings.DATA_KEY_ACTIVE)


def keep_orders() -> Iterator[int]:
    """Give every permuted counter, in the database and in the marks, its order sealed under the active key.

    Yields how many rows and marks changed. Afterwards no data key but the active one is needed for any number.
    """
    with transaction.atomic():
        rows = list(NumberCounter.objects.exclude(key_id=None).filter(order_key__isnull=True).select_for_update())
        for row in rows:
            assert row.key_id is not None
            row.order_key = first_order(row.kind, row.scope, row.key_id)
        store_sealed(rows, "order_key")
    yield len(rows)
    counters = {(counter.kind, counter.scope): counter for counter in NumberCounter.objects.exclude(key_id=None)}
    for (kind, scope), key_id in marks.permuted_marks():
        counter = counters.get((kind, scope))
        order = order_of(counter) if counter else bytes.fromhex(order_known(kind, scope, key_id))
        assert order is not None
        yield int(marks.keep_order(kind=kind, scope=scope, order=order))
