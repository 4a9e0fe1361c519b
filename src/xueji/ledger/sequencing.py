"""The sequencer: puts every committed event into the log, once, in files outside the database (docs/adr/0027).

Nobody waits for it, and it holds nothing anybody waits for. First the places are given in the table `Leaf`, in one
statement and one transaction; then the files are written up to what the table says; the signed head comes last. A kill at any point
leaves the table ahead of the files, and the next run writes what is missing. Files ahead of the table therefore mean one
thing: the database went back to an earlier state.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from xueji.core.errors import ServiceError
from xueji.ledger.lineage import lineage
from xueji.ledger.models import Leaf
from xueji.ledger.notes import Checkpoint, checked, default_origin, log_verifier, signed
from xueji.ledger.tiles import Tiles, flush_folder, replace_file

CHECKPOINT, _LINEAGE, _LOCK = "checkpoint", "lineage", "lock"
_AT_ONCE = 65_536  # entries between two heads when there is much to catch up with

# Ids are no order of commits: a transaction may hold a low one and commit late. So an event is looked for by the number of
# its transaction. Everything below the horizon of the last leaf was decided, and seen, when that leaf was placed; what
# is above it and has no leaf yet gets one now, however long another transaction stays open.
_PLACE = """
    WITH top AS (SELECT coalesce(max(index) + 1, 0) AS size FROM ledger_leaf),
         low AS (SELECT coalesce((SELECT horizon FROM ledger_leaf ORDER BY index DESC LIMIT 1), 0) AS horizon)
    INSERT INTO ledger_leaf (index, event_id, horizon)
    SELECT top.size + row_number() OVER (ORDER BY e.id) - 1, e.id, pg_snapshot_xmin(pg_current_snapshot())::text::bigint
    FROM ledger_event e, top, low
    WHERE e.transaction_id >= low.horizon AND NOT EXISTS (SELECT FROM ledger_leaf l WHERE l.event_id = e.id)"""
_ENTRIES = """
    SELECT l.event_id, e.digest, l.restored FROM ledger_leaf l LEFT JOIN ledger_event e ON e.id = l.event_id
    WHERE l.index >= %s AND l.index < %s ORDER BY l.index"""
_WAITING = """
    SELECT count(*), min(e.at) FROM ledger_event e
    WHERE e.transaction_id >= coalesce((SELECT horizon FROM ledger_leaf ORDER BY index DESC LIMIT 1), 0)
      AND NOT EXISTS (SELECT FROM ledger_leaf l WHERE l.event_id = e.id)"""


class LogStopped(ServiceError):
    """Log and database contradict each other; nothing is added until somebody has looked."""

    code = "log_stopped"


@dataclass(frozen=True, slots=True)
class Head:
    """How far the log is: its tree and the signed head as text."""

    tiles: Tiles
    origin: str
    note: str


def folder() -> Path:
    """Return the folder of the log of this install."""
    return Path(settings.LEDGER_LOG)


def head() -> Head | None:
    """Return the log as it stands; None before its first entry. LogStopped when head and files disagree."""
    path = folder() / CHECKPOINT
    if not path.exists():
        return None
    note = path.read_text()
    origin = note.partition("\n")[0]
    checkpoint = checked(note, log_verifier(origin))
    tiles = Tiles(folder(), checkpoint.size)
    if tiles.root() != checkpoint.root:
        raise LogStopped(
            f"履历日志 {folder()} 的文件与日志头不符，没有写入；请运行 xueji audit，必要时从副本恢复该文件夹"
        )
    return Head(tiles, origin, note)


def waiting_events() -> tuple[int, datetime | None]:
    """Return how many events have no place in the log yet, and when the oldest of them happened."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING)
        count, since = cursor.fetchone()
    return count, since


def sequence_events() -> int:
    """Put what is committed and not yet there into the log; return how many entries were added, 0 also while another does."""
    with _alone() as is_ours:
        if not is_ours:
            return 0
        before = head()
        _require_agreement(before)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_PLACE)
        return _write_out(before)


def accept_restored(*, reason: str) -> int:
    """Say in the log that the database went back, and go on; return the entries added. LogStopped when it did not.

    For a database that was set back in place (snapshot, point in time): it looks like one from which rows were deleted,
    so a person says it. One restored from a backup is recognised by its lineage, and says it by itself.
    """
    with _alone() as is_ours:
        before = head() if is_ours else None
        if before is None or _leaves() >= before.tiles.size:
            raise LogStopped("库中的履历不比日志短：没有什么要记")
        _place_restored(before, reason=reason)
        return _write_out(before)


def _require_agreement(before: Head | None) -> None:
    """Raise LogStopped when the log is not that of this database; note a restore that explains itself."""
    size, leaves = before.tiles.size if before else 0, _leaves()
    newest = Leaf.objects.filter(index__lt=size).order_by("index").last()
    if before and newest:
        at = newest.index
        if list(before.tiles.entries(at, at + 1)) != _entries(at, at + 1):
            raise LogStopped(
                f"日志第 {at} 条与库中的履历不符：{folder()} 不是本库的日志，或履历被改过。没有写入；请运行 xueji audit"
            )
    here, path = lineage(), folder() / _LINEAGE
    known = path.read_text() if path.exists() else None
    if leaves < size and known in (None, here):
        raise LogStopped(
            f"库中的履历只到日志第 {leaves} 条，日志已有 {size} 条：数据库退回到了从前，或履历被删。没有写入；"
            "查明后，确属恢复的运行 xueji log restored"
        )
    if known == here or not (size or leaves):
        return
    newest = Leaf.objects.order_by("index").last()
    if newest is None or newest.restored is None or newest.restored["lineage"] != here:
        _place_restored(before)


def _place_restored(before: Head | None, *, reason: str = "") -> None:
    """Give the next place of the log to what says that the database went back, and which leaves and events it lost.

    Its horizon is nought: numbers of transactions begin anew with a server, so every event is looked at once more. That
    is why a lost folder, written anew from the table, gets such a leaf as well.
    """
    size = before.tiles.size if before else _leaves()
    kept = min(_leaves(), size)
    lost = [entry.split() for entry in before.tiles.entries(kept, size)] if before else []
    events = [int(words[1]) for words in lost if words[0] == b"event"]
    said = {"from": kept, "to": size, "events": [min(events), max(events)] if events else [], "lineage": lineage()}
    Leaf.objects.create(index=max(size, _leaves()), horizon=0, restored=said | ({"reason": reason} if reason else {}))


def _write_out(before: Head | None) -> int:
    """Write the files up to what the table says, head after head; return how many entries came."""
    folder().mkdir(parents=True, exist_ok=True)
    tiles, origin = (before.tiles, before.origin) if before else (Tiles(folder(), 0), default_origin())
    begun, here = tiles.size, lineage()
    if not (folder() / _LINEAGE).exists() or (folder() / _LINEAGE).read_text() != here:
        replace_file(folder() / _LINEAGE, here.encode())
    while entries := _entries(tiles.size, tiles.size + _AT_ONCE):
        grown = tiles.grown(entries)
        replace_file(folder() / CHECKPOINT, str(signed(Checkpoint(origin, grown.size, grown.root()))).encode())
        flush_folder(folder())
        grown.sweep(tiles.size)
        tiles = grown
    return tiles.size - begun


def _entries(start: int, end: int) -> list[bytes]:
    """Return what the log says of leaves: ids and keyed digests, no word of anybody."""
    with connection.cursor() as cursor:
        cursor.execute(_ENTRIES, [start, end])
        return [entry_of(*row) for row in cursor.fetchall()]


def entry_of(event_id: int | None, digest: str | None, restored: Any) -> bytes:
    """Return the entry of a leaf: «event id digest», or «restored» and what was lost."""
    if event_id is None:
        said = json.loads(restored) if isinstance(restored, str) else restored
        return f"restored {json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(',', ':'))}\n".encode()
    return f"event {event_id} {(digest or '').removeprefix('log:')}\n".encode()


def _leaves() -> int:
    newest = Leaf.objects.order_by("index").last()
    return newest.index + 1 if newest else 0


@contextmanager
def _alone() -> Iterator[bool]:
    """Hold the folder against a second sequencer, of this machine or of another; the lock falls with its process."""
    folder().mkdir(parents=True, exist_ok=True)
    handle = os.open(folder() / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(handle)
