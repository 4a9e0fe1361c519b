"""Mark files as files: lines appended under a lock and flushed, read from their end."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

AT_ONCE = 65_536  # bytes read from the end of a file: some hundred releases, of which the newest two decide


class Lines:
    """The lines of a mark file, newest first. One that was torn by a crash never let a number out, and is passed over."""

    def __init__(self, path: Path, handle: int) -> None:
        self._path, self._size = path, os.fstat(handle).st_size
        self._start = max(0, self._size - AT_ONCE)
        self._end = os.pread(handle, self._size - self._start, self._start)

    @classmethod
    def of(cls, path: Path) -> Lines:
        """Return the lines of a file as it stands."""
        with locked(path) as handle:
            return cls(path, handle)

    @classmethod
    def newest_of(cls, path: Path) -> dict[str, Any] | None:
        """Return the newest line of a file that says of which database it is; None when there is none."""
        return cls.of(path).newest() if path.exists() else None

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for raw in self._raw():
            try:
                line = json.loads(raw)
            except ValueError:
                continue
            if isinstance(line, dict):
                yield line

    def _raw(self) -> Iterator[bytes]:
        first, *lines = self._end.split(b"\n")
        yield from reversed(lines)
        before = self._path.read_bytes()[: self._start] if self._start else b""
        yield from reversed((before + first).split(b"\n"))

    def newest(self) -> dict[str, Any] | None:
        """Return the newest line that says of which database it is."""
        return next((line for line in self if "lineage" in line), None)

    def order(self) -> bytes:
        """Return the newest sealed order of the counter; empty when there is none."""
        return bytes.fromhex(next((line["order"] for line in self if "order" in line), ""))

    def top(self) -> tuple[int, int | None]:
        """Return the greatest serial that may have been given out, and the data key it was begun under."""
        newest, top, key = self.newest(), 0, None
        for line in self:
            if "last" in line and newest and line["lineage"] == newest["lineage"]:
                top, key = max(top, line["last"]), line["key"] if key is None else key
            top = max(top, line.get("done", 0))
        return top, key


@contextmanager
def locked(path: Path) -> Iterator[int]:
    """Open a mark file, made when it is not there, for one writer or reader at a time, of whatever host."""
    path.parent.mkdir(parents=True, exist_ok=True)
    is_new = not path.exists()
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        if is_new:
            _flush_folder(path.parent)
        yield handle
    finally:
        os.close(handle)


def append(path: Path, line: dict[str, Any]) -> None:
    """Append a line to a file nobody else holds."""
    with locked(path) as handle:
        put(handle, line)


def put(handle: int, line: dict[str, Any], *, flush: bool = True) -> None:
    """Append a line; with `flush` it is on the disk when this returns. A line torn before us is closed first."""
    size = os.fstat(handle).st_size
    torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
    text = b"\n" * torn + json.dumps(line, separators=(",", ":")).encode() + b"\n"
    if os.write(handle, text) != len(text):
        raise OSError(28, "No space left on device")
    if flush:
        os.fdatasync(handle)


def _flush_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
