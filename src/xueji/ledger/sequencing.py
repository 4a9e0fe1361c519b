"""The sequencer: puts every committed event into the log, once, in files outside the database (docs/adr/0027).

Nobody waits for it, and it holds nothing anybody waits for. First the places are given in the table `Leaf`, in one
statement and one transaction; then the files are written up to what the table says; the signed head comes last. A kill at any point
leaves the table ahead of the files, and the next run writes what is missing. Files ahead of the table therefore mean one
thing: the database went back to an earlier state.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from xueji.ledger.lineage import lineage
from xueji.ledger.models import Leaf
from xueji.ledger.notes import Checkpoint, checked, default_origin, log_verifier, signed
from xueji.ledger.placing import (
    LogStopped,
    entries_of,
    leaf_count,
    logged_entry,
    place_events,
    place_restored,
    require_horizon,
    restored_at,
)
from xueji.ledger.tiles import Tiles, flush_folder, replace_file

CHECKPOINT, _LINEAGE, _LOCK = "checkpoint", "lineage", "lock"
_AT_ONCE = 4_096  # entries between two heads when there is much to catch up with: so many events are held in memory


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


def sequence_events() -> int:
    """Put what is committed and not yet there into the log; return how many entries were added, 0 also while another does."""
    with _alone() as is_ours:
        if not is_ours:
            return 0
        before = head()
        require_agreement(before)
        if _owes_a_restored_leaf(before):
            _place_restored(before)
        else:
            place_events()
        return _write_out(before)


def accept_restored(*, reason: str) -> int:
    """Say in the log that the database went back, and go on; return the entries added. LogStopped when it did not.

    For a database that was set back in place (snapshot, point in time): it looks like one from which rows were deleted,
    so a person says it. One restored from a backup is recognised by its lineage, and says it by itself.
    """
    with _alone() as is_ours:
        before = head() if is_ours else None
        if before is None or leaf_count() >= before.tiles.size:
            raise LogStopped("库中的履历不比日志短：没有什么要记")
        _place_restored(before, reason=reason)
        return _write_out(before)


def require_agreement(before: Head | None) -> None:
    """Raise LogStopped when the log is not that of this database, or the table holds leaves that the product did not place."""
    size, leaves = before.tiles.size if before else 0, leaf_count()
    newest = Leaf.objects.filter(index__lt=size).order_by("index").last()
    if before and newest:
        at = newest.index
        if list(before.tiles.entries(at, at + 1)) != [logged_entry(newest)]:
            raise LogStopped(
                f"日志第 {at} 条与库中的履历不符：{folder()} 不是本库的日志，或履历被改过。没有写入；请运行 xueji audit"
            )
    known = _known_lineage()
    if leaves < size and known in (None, lineage()):
        raise LogStopped(
            f"库中的履历只到日志第 {leaves} 条，日志已有 {size} 条：数据库退回到了从前，或履历被删。没有写入；"
            "查明后，确属恢复的运行 xueji log restored"
        )
    kept = newest.index + 1 if newest else 0
    if leaves > size and kept < size:  # only what tells of a restore may come after a gap
        restored = restored_at(size)
        if restored is None or (restored["from"], restored["to"]) != (kept, size):
            raise LogStopped(
                f"日志表缺第 {kept} 条至第 {size - 1} 条，其后却还有：履历被删，其后的不是本平台放的。没有写入；"
                "请运行 xueji audit"
            )
    if known == lineage():
        require_horizon()
    entries_of(size, _AT_ONCE)  # of the leaves that wait for the files, whatever is wrong is told before one is added


def _known_lineage() -> str | None:
    path = folder() / _LINEAGE
    return path.read_text() if path.exists() else None


def _owes_a_restored_leaf(before: Head | None) -> bool:
    """Whether the log was last written for another database, and none of the leaves still to be written says so."""
    size = before.tiles.size if before else 0
    if _known_lineage() == lineage() or not (size or leaf_count()):
        return False
    return (restored_at(size) or {}).get("lineage") != lineage()  # placed, and killed before the files


def _place_restored(before: Head | None, *, reason: str = "") -> None:
    """Say which leaves and events the database lost; a folder written anew from the table is told of as well, with none."""
    size = before.tiles.size if before else leaf_count()
    kept = min(leaf_count(), size)
    lost = [entry.split() for entry in before.tiles.entries(kept, size)] if before else []
    events = [int(words[1]) for words in lost if words[0] == b"event"]
    gap = {"from": kept, "to": size, "events": [min(events), max(events)] if events else [], "lineage": lineage()}
    place_restored(max(size, leaf_count()), gap | ({"reason": reason} if reason else {}))


def _write_out(before: Head | None) -> int:
    """Write the files up to what the table says, head after head; return how many entries came."""
    folder().mkdir(parents=True, exist_ok=True)
    tiles, origin = (before.tiles, before.origin) if before else (Tiles(folder(), 0), default_origin())
    begun = tiles.size
    while entries := entries_of(tiles.size, _AT_ONCE):
        _note_lineage()
        grown = tiles.grown(entries)
        replace_file(folder() / CHECKPOINT, str(signed(Checkpoint(origin, grown.size, grown.root()))).encode())
        flush_folder(folder())
        grown.sweep(tiles.size)
        tiles = grown
    return tiles.size - begun


def _note_lineage() -> None:
    here = lineage()
    if _known_lineage() != here:
        replace_file(folder() / _LINEAGE, here.encode())


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
