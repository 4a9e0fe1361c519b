"""The table's side of the log: which event is which leaf, and whether a leaf is one that the product placed (ADR 0027).

Whoever owns the database can write leaves. So nothing of the table goes into the signed log before it was looked at: an
event must stand under its own digest, and a leaf `restored` under a seal, both of the log's key, which is not in the database.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from xueji.core.errors import ServiceError
from xueji.ledger.models import Event, Leaf
from xueji.sealing.digests import digest_fits, keyed_digest
from xueji.sealing.rows import is_as_written
from xueji.sealing.texts import LOG_KEY

Said = dict[str, Any]  # what a leaf tells of a restore, as JSON holds it
_SEAL, _PURPOSE = "seal", "log restored"
_MOST_COUNTED = 10_000

# Ids are no order of commits: a transaction may hold a low one and commit late. So an event is looked for by the number of
# its transaction. Everything below the horizon of the last leaf was decided, and seen, when that leaf was placed; what
# is above it and has no leaf yet gets one now, however long another transaction stays open. Horizon and floor are
# handed over as numbers, not found by the statement itself: so the index of the transactions is used.
_UNPLACED = """FROM ledger_event e WHERE e.transaction_id >= %s AND e.id > %s
    AND NOT EXISTS (SELECT FROM ledger_leaf l WHERE l.event_id = e.id)"""
_PLACE = f"""
    INSERT INTO ledger_leaf (index, event_id, horizon)
    SELECT (SELECT coalesce(max(index) + 1, 0) FROM ledger_leaf) + row_number() OVER (ORDER BY e.id) - 1, e.id,
        pg_snapshot_xmin(pg_current_snapshot())::text::bigint {_UNPLACED}"""  # noqa: S608  # texts of ours
_WAITING = f"SELECT count(*), min(at) FROM (SELECT e.at {_UNPLACED} LIMIT {_MOST_COUNTED}) waiting"  # noqa: S608  # of our own constants
# A number that this server has not given yet is one of the server the dump came from.
_SEEN = """
    SELECT pg_snapshot_xmin(now)::text::bigint, coalesce((SELECT max(id) FROM ledger_event
        WHERE transaction_id >= pg_snapshot_xmax(now)::text::bigint), 0) FROM pg_current_snapshot() now"""


class LogStopped(ServiceError):
    """Log and database contradict each other; nothing is added until somebody has looked."""

    code = "log_stopped"


def leaf_count() -> int:
    """Return how many leaves the table holds, by the place of the newest."""
    newest = Leaf.objects.order_by("index").last()
    return newest.index + 1 if newest else 0


def waiting_events() -> tuple[int, datetime | None]:
    """Return how many events have no place in the log yet, ten thousand at the most, and when the oldest of them happened."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, _horizon_and_floor())
        count, since = cursor.fetchone()
    return count, since


def place_events() -> None:
    """Give every committed event that has none its place in the log."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_PLACE, _horizon_and_floor())


def place_restored(index: int, gap: Said) -> None:
    """Give a leaf to what says that the database went back, and places to all events that have none.

    Numbers of transactions begin anew with a server, so every event is looked at once more: here, once, in the same
    transaction. Later looks leave out the events whose numbers come from the other server (`beyond`).
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_SEEN)
        horizon, beyond = cursor.fetchone()
        gap = gap | {"beyond": beyond}
        Leaf.objects.create(index=index, horizon=horizon, restored=gap | {_SEAL: _seal_of(index, gap)})
        cursor.execute(_PLACE, [0, 0])


def restored_at(index: int) -> Said | None:
    """Return what a leaf `restored` at this place says; None where there is none, LogStopped where we did not write it."""
    leaf = Leaf.objects.filter(index=index, event_id__isnull=True).first()
    if leaf is None:
        return None
    _require_sealed(leaf)
    return dict(leaf.restored or {})


def require_horizon() -> None:
    """Raise LogStopped when the newest leaf says that transactions were decided which have not begun: they would be left out."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
        (coming,) = cursor.fetchone()
    newest = Leaf.objects.order_by("index").last()
    if newest and newest.horizon > coming:
        raise _not_ours(newest.index, "的事务号还没有发生过")


def entries_of(start: int, most: int) -> list[bytes]:
    """Return what the log says of at most so many leaves: ids and keyed digests, no word of anybody.

    LogStopped at the first leaf that the product did not place: it never comes into the signed log.
    """
    leaves = list(Leaf.objects.filter(index__gte=start).order_by("index")[:most])
    events = Event.objects.in_bulk([leaf.event_id for leaf in leaves if leaf.event_id is not None])
    entries = []
    for index, leaf in enumerate(leaves, start):
        if leaf.index != index:
            raise LogStopped(f"日志表缺第 {index} 条：没有写入日志；请运行 xueji audit")
        entries.append(_entry_of(leaf, None if leaf.event_id is None else events.get(leaf.event_id)))
    return entries


def logged_entry(leaf: Leaf) -> bytes:
    """Return what the log must say of a leaf that is in it already: the log is signed, so the two need only agree."""
    event = Event.objects.only("digest").filter(pk=leaf.event_id).first() if leaf.event_id is not None else None
    return _text_of_leaf(leaf, event.digest if event else "")


def _entry_of(leaf: Leaf, event: Event | None) -> bytes:
    if leaf.event_id is None:
        _require_sealed(leaf)
        return _text_of_leaf(leaf, "")
    if event is None:
        raise _not_ours(leaf.index, f"指向履历 {leaf.event_id}，库中没有这一条")
    if not is_as_written(event):
        raise _not_ours(leaf.index, f"指向履历 {leaf.event_id}，这一条不是本平台写的，或写后被改过")
    return _text_of_leaf(leaf, event.digest)


def _text_of_leaf(leaf: Leaf, digest: str) -> bytes:
    if leaf.event_id is None:
        return f"restored {_text_of(leaf.restored)}\n".encode()
    return f"event {leaf.event_id} {digest.removeprefix('log:')}\n".encode()


def _not_ours(index: int, why: str) -> LogStopped:
    return LogStopped(
        f"日志表第 {index} 条{why}：没有写入日志；请运行 xueji audit，查明后由数据库的所有者删去这一行，再继续"
    )


def _horizon_and_floor() -> tuple[int, int]:
    """Return below which number of a transaction, and up to which id, every event was seen."""
    newest = Leaf.objects.order_by("index").last()
    restored = max(Leaf.objects.filter(event_id__isnull=True).order_by(), key=lambda leaf: leaf.index, default=None)
    gap: Said = restored.restored or {} if restored else {}
    if restored and "beyond" in gap:
        _require_sealed(restored)
    return newest.horizon if newest else 0, gap.get("beyond", 0)


def _require_sealed(leaf: Leaf) -> None:
    gap = dict(leaf.restored or {})
    sealed = gap.pop(_SEAL, "")
    if not digest_fits(str(sealed), _sealed_values(leaf.index, gap), purpose=_PURPOSE, key_id=LOG_KEY):
        raise _not_ours(leaf.index, "说数据库恢复过，却没有本平台的密封")


def _seal_of(index: int, gap: Said) -> str:
    return keyed_digest(_sealed_values(index, gap), purpose=_PURPOSE, key_id=LOG_KEY)


def _sealed_values(index: int, gap: Said) -> dict[str, str]:
    return {"index": str(index), "said": _text_of(gap)}


def _text_of(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
