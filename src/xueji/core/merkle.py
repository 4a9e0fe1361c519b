"""A Merkle tree over a list that only grows (RFC 6962 §2.1, RFC 9162 §2.1): roots and proofs from few stored hashes.

`read(level, index)` returns the hash of the complete subtree over the 2**level leaves that begin at leaf
index · 2**level: what a store of tiles can answer without holding the tree in memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

Reader = Callable[[int, int], bytes]
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of one entry; the first byte keeps a leaf from passing for a node."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node over its two children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """Return the root over leaf hashes that are all in memory: those of a tile, those of a test."""

    def read(level: int, index: int) -> bytes:
        if level == 0:
            return hashes[index]
        return node_hash(read(level - 1, 2 * index), read(level - 1, 2 * index + 1))

    return root_hash(len(hashes), read)


def root_hash(size: int, read: Reader) -> bytes:
    """Return the root of the tree of the first `size` leaves."""
    return _range_hash(0, size, read) if size else EMPTY_ROOT


def inclusion_path(index: int, size: int, read: Reader) -> list[bytes]:
    """Return the hashes that lead from a leaf to the root of the first `size` leaves, lowest first."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not among {size}")
    path, start, end = [], 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_range_hash(middle, end, read))
            end = middle
        else:
            path.append(_range_hash(start, middle, read))
            start = middle
    return path[::-1]


def consistency_path(old: int, new: int, read: Reader) -> list[bytes]:
    """Return the hashes that show the tree of `old` leaves to be the beginning of that of `new`."""
    if not 0 <= old <= new:
        raise ValueError(f"{old} leaves are not a beginning of {new}")
    if old in (0, new):
        return []
    path, start, end, is_whole = [], 0, new, True  # whole: the old root itself is known to who asks
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(_range_hash(middle, end, read))
            end = middle
        else:
            path.append(_range_hash(start, middle, read))
            start, is_whole = middle, False
    if not is_whole:
        path.append(_range_hash(start, end, read))
    return path[::-1]


def root_by_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Return the root that a path gives for a leaf hash (RFC 9162 §2.1.3.2); None where the path cannot be one."""
    if not 0 <= index < size:
        return None
    at, last, found = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return None
        if at & 1 or at == last:
            found = node_hash(sibling, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        at, last = at >> 1, last >> 1
    return found if last == 0 else None


class GrowingTree:
    """A tree of which leaves are added in order: only the roots of its complete parts are held, largest first."""

    def __init__(self) -> None:
        self.size = 0
        self._parts: list[tuple[int, bytes]] = []

    def add(self, leaf: bytes) -> None:
        """Add a leaf hash behind the last."""
        width, found = 1, leaf
        while self._parts and self._parts[-1][0] == width:
            found, width = node_hash(self._parts.pop()[1], found), 2 * width
        self._parts.append((width, found))
        self.size += 1

    def root(self) -> bytes:
        """Return the root over the leaves so far."""
        if not self._parts:
            return EMPTY_ROOT
        found = self._parts[-1][1]
        for _, left in reversed(self._parts[:-1]):
            found = node_hash(left, found)
        return found


def _range_hash(start: int, end: int, read: Reader) -> bytes:
    """Return the hash over [start, end), where start is a multiple of the power of two that holds the range."""
    size = end - start
    if size & (size - 1) == 0:
        return read(size.bit_length() - 1, start // size)
    middle = start + _split(size)
    return node_hash(_range_hash(start, middle, read), _range_hash(middle, end, read))


def _split(size: int) -> int:
    """Return the largest power of two below a size of at least two."""
    return 1 << (size - 1).bit_length() - 1
