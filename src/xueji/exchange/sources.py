"""What can be read: a file on the disk (a dry run), or a stream that can be sought (an upload, which lies sealed).

The clear bytes of an upload are never written to a disk for a reader's sake.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

Source = Path | BinaryIO


@contextmanager
def opened(source: Source) -> Iterator[BinaryIO]:
    """Open a source at its beginning; a stream stays open afterwards, it belongs to whoever handed it in."""
    if isinstance(source, Path):
        with source.open("rb") as file:
            yield file
    else:
        source.seek(0)
        yield source


def size_of(source: Source) -> int:
    """Return how many bytes there are."""
    return source.stat().st_size if isinstance(source, Path) else source.seek(0, os.SEEK_END)


@contextmanager
def in_memory(source: Source) -> Iterator[int]:
    """Copy a source into an anonymous file in memory and yield its descriptor, to be handed to a child process.

    It has no name anywhere and is gone with the last process that holds it, however that ends.
    """
    handle = os.memfd_create("upload")
    try:
        with opened(source) as file, os.fdopen(os.dup(handle), "wb") as out:
            shutil.copyfileobj(file, out, 1024 * 1024)
        yield handle
    finally:
        os.close(handle)
