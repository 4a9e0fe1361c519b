"""The part of `xueji audit` that compares the ledger with its log of files, and the log with heads kept elsewhere (ADR 0027).

With code of its own (docs/adr/0008). An entry is `event <id> <digest>` or `restored <JSON>`; a leaf is SHA-256 over 0x00
and the entry, a node over 0x01 and its two children; `tile/entries/<n>` holds 256 entries, each after its length in two
bytes; a head is signed with Ed25519, its key HMAC-SHA-256 of the log's key over `derived:log signature`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tqdm import tqdm

from xueji.cli.audit_asking import all_rows, columns_of

_AT_ONCE = 4_096
_LEAVES = "select index, event_id from ledger_leaf where index >= %s and index < %s order by index"
_EVENTS = "select id, digest from ledger_event where id = any(%s)"
_IN_TURN = "select id, digest from ledger_event order by id"
_BEYOND = """select l.index, l.event_id, l.restored::text, e.id is not null, lag(l.index) over (order by l.index)
    from ledger_leaf l left join ledger_event e on e.id = l.event_id where l.index >= %s order by l.index"""
# Two acts never say the same of the same moment: an event that is word for word another is a copy under a new id, which
# its own digest cannot tell, since the id is counted by the database and stands under none.
_COPIES = """select array_agg(id order by id) from ledger_event group by digest having count(*) > 1 order by min(id)"""
# Below the horizon of the newest leaf every transaction was over: an event of such a one should have been seen then.
_OUTSIDE = """select e.id, e.transaction_id < coalesce((select horizon from ledger_leaf order by index desc limit 1), 0)
    from ledger_event e where not exists (select from ledger_leaf l where l.event_id = e.id) order by e.id"""


@dataclass
class _Growing:
    """The root of a tree that grows leaf by leaf: the hashes of its complete parts, largest first."""

    size: int = 0
    parts: list[tuple[int, bytes]] = field(default_factory=list)

    def add(self, entry: bytes) -> None:
        self._put(1, hashlib.sha256(b"\x00" + entry).digest())

    def add_whole(self, entries: list[bytes]) -> None:
        """Add a complete part at once, level by level: as many entries as a power of two, at a multiple of it."""
        sha256, level = hashlib.sha256, [hashlib.sha256(b"\x00" + entry).digest() for entry in entries]
        while len(level) > 1:
            pairs = iter(level)
            level = [sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=True)]
        self._put(len(entries), level[0])

    def _put(self, width: int, found: bytes) -> None:
        self.size += width
        while self.parts and self.parts[-1][0] == width:
            found, width = hashlib.sha256(b"\x01" + self.parts.pop()[1] + found).digest(), 2 * width
        self.parts.append((width, found))

    def root(self) -> bytes:
        if not self.parts:
            return hashlib.sha256(b"").digest()
        found = self.parts[-1][1]
        for _, left in reversed(self.parts[:-1]):
            found = hashlib.sha256(b"\x01" + left + found).digest()
        return found


@dataclass
class _Found:
    """What the comparison found: the tree so far, what is wrong, what is worth knowing, and where events are missing."""

    tree: _Growing = field(default_factory=_Growing)
    wrong: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    missing: list[tuple[int, int]] = field(default_factory=list)  # leaf, event
    leafless: list[int] = field(default_factory=list)  # leaves of the log that the table has not
    lost: list[range] = field(default_factory=list)  # leaves a restore has accounted for

    def result(self) -> dict[str, Any]:
        """Return it as the audit prints it."""
        return {
            "check": "ledger.log",
            "says": "履历日志的文件与日志头一致，每条履历恰好在其中一次，内容与进入日志时相同；与另存的日志头相合",
            "looked_at": self.tree.size,
            "mismatches": self.wrong,
            "notes": self.notes,
        }


def log(heads: Sequence[Path] = ()) -> dict[str, Any]:
    """Compare head, entries and events; with heads from outside say from which leaf on the log is not what it was."""
    from django.conf import settings

    folder, found = Path(settings.LEDGER_LOG), _Found()
    if not (folder / "checkpoint").exists():
        if all_rows("select from ledger_leaf limit 1"):
            found.wrong.append(f"日志文件夹 {folder} 里没有日志头，库中却有进入日志的履历")
        found.wrong += [f"日志头 {path}：没有可以核对的日志" for path in heads]
        found.notes.append("履历日志还没有开始")
        return found.result()
    size, root, is_ours = _head(folder / "checkpoint")
    if not is_ours:
        found.wrong.append(f"{folder}/checkpoint 上没有本库日志的有效签名")
    outside = {path: _head(path) for path in heads}
    roots = _walked(folder, size, {leaf[0] for leaf in outside.values()}, found)
    if found.tree.size < size:
        found.wrong.append(f"日志头写明 {size} 条，文件只到第 {found.tree.size} 条：其后的文件缺失或不完整")
    elif found.tree.root() != root:
        found.wrong.append("日志文件与日志头不符：有一块被改过")
    _name_missing(found)
    _name_leafless(found)
    _name_strangers(found)
    _name_unlogged(found)
    _hold_against_heads(outside, roots, found)
    return found.result()


def _walked(folder: Path, size: int, wanted: set[int], found: _Found) -> dict[int, bytes]:
    """Read every entry, compare it with its event; return the roots at the sizes wanted."""
    roots = {0: found.tree.root()}
    with closing(columns_of(_IN_TURN)) as columns:
        passing = _Passing(columns)
        for entries in tqdm(_parts(folder, size), total=-(-size // _AT_ONCE), desc="核对履历日志", disable=None):
            _compare(entries, passing, found)
            start = found.tree.size
            is_whole = start % _AT_ONCE == 0 and len(entries) == _AT_ONCE
            if is_whole and not any(start < size_wanted < start + _AT_ONCE for size_wanted in wanted):
                found.tree.add_whole(entries)
                if found.tree.size in wanted:
                    roots[found.tree.size] = found.tree.root()
                continue
            for entry in entries:
                found.tree.add(entry)
                if found.tree.size in wanted:
                    roots[found.tree.size] = found.tree.root()
    return roots


class _Passing:
    """The ledger in the order of its ids, read along with the log: each event is kept until its leaf comes, which is nearly at once."""

    def __init__(self, columns: Iterator[list[tuple[Any, ...]]]) -> None:
        self._columns, self._last, self._waiting = columns, 0, dict[int, bytes]()

    def entries(self, numbers: Iterable[int | None]) -> list[bytes] | None:
        """Return the entries that events would have in the log; None when one of them is not to be found on the way."""
        wanted = [number for number in numbers if number is not None]
        while self._last < max(wanted, default=0) and (columns := next(self._columns, None)):
            self._waiting.update(zip(*columns, strict=True))
            self._last = columns[0][-1]
        digests = [self._waiting.pop(number, b"") for number in wanted]
        if not all(digest.startswith(b"log:") for digest in digests):
            return None
        return [b"event %d %b\n" % (number, digest[4:]) for number, digest in zip(wanted, digests, strict=True)]


def _compare(entries: list[bytes], passing: _Passing, found: _Found) -> None:
    """Compare a run of entries with what table and ledger say of the same leaves."""
    start, named = found.tree.size, {}
    leaves = dict(all_rows(_LEAVES, start, start + len(entries)))
    if len(leaves) == len(entries) and passing.entries(leaves.values()) == entries:
        return
    for index, entry in enumerate(entries, start):
        kind, number, digest = (*entry.decode(errors="replace").rstrip("\n").split(" ", 2), "", "")[:3]
        if kind == "event" and number.isdecimal():
            named[index] = int(number), f"log:{digest}"
        elif kind != "restored" or not _noted_restore(index, entry[len(b"restored ") :], found):
            found.wrong.append(f"日志第 {index} 条：不是本平台写的条目")
    events = dict(all_rows(_EVENTS, [number for number, _ in named.values()]))
    for index in range(start, start + len(entries)):
        number, digest = named.get(index, (None, ""))
        if number is not None and number not in events:
            found.missing.append((index, number))
        elif number is not None and events[number] != digest:
            found.wrong.append(f"履历 {number}：与日志第 {index} 条不符")
        if index not in leaves:
            found.leafless.append(index)
        elif leaves[index] != number:
            found.wrong.append(
                f"日志表第 {index} 条：指向履历 {leaves[index] or '无'}，日志里是 {number or '一次恢复'}"
            )


def _noted_restore(index: int, raw: bytes, found: _Found) -> bool:
    """Note what a restore lost; False when the entry is none of ours."""
    try:
        gap = json.loads(raw)
        found.lost.append(range(gap["from"], gap["to"]))
        events = "至".join(map(str, gap["events"])) or "无"
    except (ValueError, KeyError, TypeError):
        return False
    found.notes.append(
        f"日志第 {index} 条：数据库恢复过，第 {gap['from']} 条至第 {gap['to']} 条之前的履历随恢复丢失"
        f"（履历 {events}）{gap.get('reason', '')}"
    )
    return True


def _name_missing(found: _Found) -> None:
    """Name the events that are in the log and not in the ledger, in runs; what a restore lost was said already."""
    gone = [leaf for leaf in found.missing if not any(leaf[0] in gap for gap in found.lost)]
    for _, run in groupby(enumerate(gone), lambda pair: pair[1][0] - pair[0]):
        leaves = [leaf for _, leaf in run]
        (first, event), (last, newest) = leaves[0], leaves[-1]
        found.wrong.append(
            f"日志第 {first} 条至第 {last} 条（履历 {event} 至 {newest}）：库中没有"
            + ("，直到日志的末尾：最新的履历被删，或数据库退回到了从前" if last == found.tree.size - 1 else "")
        )


def _name_leafless(found: _Found) -> None:
    """Name the leaves that the log has and the table has not, though their events are there, in runs."""
    known = {index for index, _ in found.missing}
    gone = [at for at in found.leafless if at not in known and not any(at in gap for gap in found.lost)]
    for _, run in groupby(enumerate(gone), lambda pair: pair[1] - pair[0]):
        leaves = [at for _, at in run]
        found.wrong.append(f"日志表缺第 {leaves[0]} 条至第 {leaves[-1]} 条，日志和履历里都有")


def _name_strangers(found: _Found) -> None:
    """Name the leaves of the table, still outside the log, that the product did not place: it puts none of them into it."""
    for index, event, restored, is_there, before in all_rows(_BEYOND, found.tree.size):
        if index != (found.tree.size if before is None else before + 1):
            found.wrong.append(f"日志表第 {index} 条（还没有进入日志）：前面有空缺")
        if event is None and not _is_sealed(index, restored):
            found.wrong.append(f"日志表第 {index} 条（还没有进入日志）：说数据库恢复过，不是本平台写的")
        elif event is not None and not is_there:
            found.wrong.append(f"日志表第 {index} 条（还没有进入日志）：指向履历 {event}，库中没有这一条")


def _is_sealed(index: int, restored: str) -> bool:
    """Whether a leaf that tells of a restore stands under the key of the log: HMAC over its place and all it says."""
    from django.conf import settings

    gap = json.loads(restored)
    seal = str(gap.pop("seal", ""))
    values = {"index": str(index), "said": _canonical(gap)}
    key = hmac.new(settings.LOG_KEY, b"derived:log restored", hashlib.sha256).digest()
    return hmac.compare_digest(hmac.new(key, _canonical(values).encode(), hashlib.sha256).hexdigest(), seal)


def _canonical(thing: object) -> str:
    return json.dumps(thing, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _name_unlogged(found: _Found) -> None:
    """Name the events the log should hold and does not, and those that are copies of others; count those that merely wait."""
    outside = all_rows(_OUTSIDE)
    found.wrong += [f"履历 {number}：没有进入日志，而当时的履历都已进入" for number, is_late in outside if is_late]
    if waiting := sum(not is_late for _, is_late in outside):
        found.notes.append(f"{waiting} 条履历等待进入日志（通常不超过两分钟）")
    for ((first, *copies),) in all_rows(_COPIES):
        found.wrong += [f"履历 {number}：与履历 {first} 一字不差，是抄来的" for number in copies]


def _hold_against_heads(outside: dict[Path, tuple[int, bytes, bool]], roots: dict[int, bytes], found: _Found) -> None:
    """Say of every head from outside whether the log still begins as it did then, and how far it surely does."""
    fitting = max((size for size, root, _ in outside.values() if roots.get(size) == root), default=0)
    for path, (size, root, is_ours) in outside.items():
        if not is_ours:
            found.wrong.append(f"日志头 {path}：没有本库日志的有效签名")
        elif size > found.tree.size:
            found.wrong.append(
                f"日志头 {path} 写明 {size} 条，现在的日志只有 {found.tree.size} 条：自第 {found.tree.size} 条起不见了"
            )
        elif roots[size] != root:
            found.wrong.append(f"日志头 {path}：第 {fitting} 条至第 {size - 1} 条之间有改写，现在的日志不是那时的延续")


def _parts(folder: Path, size: int) -> Iterator[list[bytes]]:
    """Yield the entries of the log, some thousand at a time; it ends where a file is missing or torn."""
    part: list[bytes] = []
    for n in range(-(-size // 256)):
        name, rest = f"{n % 1000:03d}", n // 1000
        while rest:
            name, rest = f"x{rest % 1000:03d}/{name}", rest // 1000
        path, width = folder / "tile" / "entries" / name, min(256, size - 256 * n)
        if not path.exists():
            path = path.with_name(f"{path.name}.p") / str(width)
        raw, at, count = path.read_bytes() if path.exists() else b"", 0, 0
        while count < width and at + 2 <= len(raw) and at + 2 + int.from_bytes(raw[at : at + 2], "big") <= len(raw):
            end = at + 2 + int.from_bytes(raw[at : at + 2], "big")
            part.append(raw[at + 2 : end])
            at, count = end, count + 1
        if count < width:
            break
        if len(part) >= _AT_ONCE:
            yield part
            part = []
    if part:
        yield part


def _head(path: Path) -> tuple[int, bytes, bool]:
    """Return size and root of a head, and whether our log signed it."""
    from django.conf import settings

    text, _, lines = path.read_text().rpartition("\n\n")
    text += "\n"
    origin, size, root = text.splitlines()[:3]
    seed = hmac.new(settings.LOG_KEY, b"derived:log signature", hashlib.sha256).digest()
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key()
    name = hashlib.sha256(f"{origin}\n\x01".encode() + public.public_bytes_raw()).digest()[:4]
    is_ours = False
    for line in lines.splitlines():
        raw = base64.b64decode(line.rpartition(" ")[2])
        if line.startswith(f"— {origin} ") and raw[:4] == name:
            try:
                public.verify(raw[4:], text.encode())
            except InvalidSignature:
                continue
            is_ours = True
    return int(size), base64.b64decode(root), is_ours
