"""The log as static files (C2SP tlog-tiles): anybody can be given the folder, and needs no program of ours to read it.

`checkpoint` is the signed head; `tile/<level>/<n>` holds 256 hashes, `tile/entries/<n>` 256 entries, `.p/<width>` what
is not full yet. Files are written and flushed before the head that speaks of them; a kill in between leaves files
that the next run writes again, the same.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from xueji.core.errors import ServiceError
from xueji.core.merkle import leaf_hash, root_hash, root_of

WIDTH = 256
_HASH = 32
_BITS = 8


class LogDamaged(ServiceError):
    """A file of the log is missing or too short."""

    code = "log_damaged"


class Tiles:
    """The tree of the first `size` entries of a folder."""

    def __init__(self, folder: Path, size: int) -> None:
        self.folder, self.size = folder, size
        self._kept: dict[tuple[int, int], bytes] = {}

    def root(self) -> bytes:
        """Return the root over all entries of this size."""
        return root_hash(self.size, self.read)

    def read(self, level: int, index: int) -> bytes:
        """Return the hash of a complete subtree, as `core.merkle` asks for it."""
        tile, above = level // _BITS, level % _BITS
        first = index << above
        hashes = self._hashes(tile, first // WIDTH)
        wanted = [
            hashes[at : at + _HASH]
            for at in range(first % WIDTH * _HASH, ((first % WIDTH) + (1 << above)) * _HASH, _HASH)
        ]
        if len(wanted[-1]) != _HASH:
            raise LogDamaged(f"日志文件 {self.folder}/tile/{tile} 第 {first // WIDTH} 块比日志头短")
        return root_of(wanted)

    def entries(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Yield entries in order, from `start` on."""
        stop = self.size if end is None else min(end, self.size)
        for n in range(start // WIDTH, -(-stop // WIDTH)):
            raw, at = self._content("entries", n, min(WIDTH, self.size - n * WIDTH)), 0
            for index in range(n * WIDTH, min((n + 1) * WIDTH, stop)):
                length = int.from_bytes(raw[at : at + 2], "big")
                if at + 2 + length > len(raw):
                    raise LogDamaged(f"日志文件 {self.folder}/tile/entries 第 {n} 块比日志头短")
                if index >= start:
                    yield raw[at + 2 : at + 2 + length]
                at += 2 + length

    def grown(self, entries: Sequence[bytes]) -> Tiles:
        """Write the files of a longer tree; return it. No head speaks of it yet."""
        touched: set[Path] = set()
        old, new = self.size, self.size + len(entries)
        stored = [len(entry).to_bytes(2, "big") + entry for entry in entries]
        for n, part in _parts(old, stored):
            before = self._content("entries", n, old % WIDTH) if n == old // WIDTH and old % WIDTH else b""
            touched.add(_put(self._path("entries", n, min(WIDTH, new - n * WIDTH)), before + b"".join(part)))
        hashes, level = [leaf_hash(entry) for entry in entries], 0
        while hashes:
            begun, above = old >> _BITS * level, []
            for n, part in _parts(begun, hashes):
                width = begun % WIDTH
                before = self._hashes(level, n)[: width * _HASH] if n == begun // WIDTH and width else b""
                content = before + b"".join(part)
                touched.add(_put(self._path(str(level), n, len(content) // _HASH), content))
                if len(content) == WIDTH * _HASH:
                    above.append(root_of([content[at : at + _HASH] for at in range(0, len(content), _HASH)]))
            hashes, level = above, level + 1
        for folder in touched:
            flush_folder(folder)
        return Tiles(self.folder, new)

    def sweep(self, old: int) -> None:
        """Remove what the files of size `old` left beside tiles that are full by now."""
        for kind, begun in [("entries", old), *((str(level), old >> _BITS * level) for level in range(8))]:
            if begun % WIDTH and (full := self._path(kind, begun // WIDTH, WIDTH)).exists():
                shutil.rmtree(full.with_name(f"{full.name}.p"), ignore_errors=True)

    def _hashes(self, level: int, n: int) -> bytes:
        if (level, n) not in self._kept:
            count = (self.size >> _BITS * level) - n * WIDTH
            self._kept[level, n] = self._content(str(level), n, min(WIDTH, count))
        return self._kept[level, n]

    def _content(self, kind: str, n: int, width: int) -> bytes:
        """Return a tile of at least this width: a fuller one, of a longer log, begins with the same."""
        full = self._path(kind, n, WIDTH)
        partial = full.with_name(f"{full.name}.p")
        fuller = sorted(int(path.name) for path in partial.glob("[0-9]*") if int(path.name) >= width)
        for path in (full, *(partial / str(size) for size in fuller)):
            if path.exists():
                return path.read_bytes()
        raise LogDamaged(f"日志文件 {self._path(kind, n, width)} 不见了；请从日志文件夹的副本恢复")

    def _path(self, kind: str, n: int, width: int) -> Path:
        name = f"{n % 1000:03d}"
        while n := n // 1000:
            name = f"x{n % 1000:03d}/{name}"
        path = self.folder / "tile" / kind / name
        return path if width == WIDTH else path.with_name(f"{path.name}.p") / str(width)


def _parts(begun: int, things: list[bytes]) -> Iterator[tuple[int, list[bytes]]]:
    """Yield which of the things fall into which tile, when `begun` are there already."""
    at = 0
    while at < len(things):
        n, room = (begun + at) // WIDTH, WIDTH - (begun + at) % WIDTH
        yield n, things[at : at + room]
        at += room


def _put(path: Path, content: bytes) -> Path:
    """Write a file whole or not at all, flushed; return its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, content)
    return path.parent


def replace_file(path: Path, content: bytes) -> None:
    """Put a content in the place of a file: whoever reads sees the old one or the new one, whole, also after a crash."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def flush_folder(folder: Path) -> None:
    """Have the names in a folder reach the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
