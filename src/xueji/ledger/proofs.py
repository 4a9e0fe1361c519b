"""Proofs that an event stands in the log, as a file that is checked without us and without a network (C2SP tlog-proof)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from xueji.core.errors import NotFound
from xueji.core.merkle import EMPTY_ROOT, GrowingTree, inclusion_path, leaf_hash, root_by_inclusion
from xueji.ledger.models import Leaf
from xueji.ledger.notes import Checkpoint, NoteRefused, Verifier, checked, decoded, encoded
from xueji.ledger.sequencing import head
from xueji.ledger.tiles import Tiles

_FIRST = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True, slots=True)
class ProvenEntry:
    """What a proof shows: this entry stands at this place of a log of that head."""

    entry: str
    index: int
    checkpoint: Checkpoint


def prove_event(event_id: int) -> str:
    """Return the proof of an event; NotFound while it has no place in the log."""
    leaf = Leaf.objects.filter(event_id=event_id).first()
    newest = head()
    if leaf is None or newest is None or leaf.index >= newest.tiles.size:
        raise NotFound(f"履历 {event_id} 不在日志中：没有这一条，或者刚刚发生（两分钟后再试）")
    (entry,) = newest.tiles.entries(leaf.index, leaf.index + 1)
    path = inclusion_path(leaf.index, newest.tiles.size, newest.tiles.read)
    lines = [_FIRST, f"extra {encoded(entry)}", f"index {leaf.index}", *map(encoded, path), "", newest.note]
    return "\n".join(lines)


def check_proof(text: str, verifier: Verifier) -> ProvenEntry:
    """Return what a proof shows under the key of a log; NoteRefused when it shows nothing."""
    above, _, note = text.partition("\n\n")
    lines = above.split("\n")
    words = dict(line.split(" ", 1) for line in lines[1:3] if " " in line)
    if lines[0] != _FIRST or not words.get("index", "").isdecimal() or "extra" not in words:
        raise NoteRefused("这不是履历的证明文件")
    checkpoint = checked(note, verifier)
    entry, index = decoded(words["extra"]), int(words["index"])
    path = [decoded(line) for line in lines[3:]]
    if root_by_inclusion(leaf_hash(entry), index, checkpoint.size, path) != checkpoint.root:
        raise NoteRefused("证明不成立：这一条不在该日志头的日志里")
    return ProvenEntry(entry.decode().strip(), index, checkpoint)


def roots_of_entries(folder: Path, *sizes: int) -> list[bytes]:
    """Return the roots over the first so many entries, made of the entries: the hashes that lie beside them are not asked."""
    tree, roots = GrowingTree(), {0: EMPTY_ROOT}
    for entry in Tiles(folder, max(sizes)).entries():
        tree.add(leaf_hash(entry))
        if tree.size in sizes:
            roots[tree.size] = tree.root()
    return [roots[size] for size in sizes]
