"""Where each record of a large text table begins, found without reading it: rows are then fetched by their place.

A line's end ends a record unless it stands inside quotation marks. Lines with nothing in them are no records, as the
reader of the table has it, but they count for the number a row has in Excel.
"""

from __future__ import annotations

import csv
import mmap
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from xueji.core.errors import BadInput

_CHUNK = 32 * 1024 * 1024
_NEWLINE, _RETURN, _QUOTE = 10, 13, 34
_SOMEBODY = re.compile(rb"(?<![0-9])(?:[0-9]{17}[0-9Xx]|[0-9]{15})(?![0-9])")
Places = npt.NDArray[np.int64]


@dataclass(frozen=True)
class RecordIndex:
    """Beginnings and ends of the records behind the header, and the number of each as Excel shows it."""

    body: mmap.mmap
    starts: Places
    ends: Places
    numbers: Places
    delimiter: str

    def __len__(self) -> int:
        return len(self.starts)

    def row(self, place: int) -> list[str]:
        """Return the cells of the record at a place."""
        text = self.body[self.starts[place] : self.ends[place]].decode("utf-8")
        return next(csv.reader([text], delimiter=self.delimiter), [])

    def number(self, place: int) -> int:
        """Return the row number of a place, as Excel shows it."""
        return int(self.numbers[place])


def index_records(path: Path | str, *, skip: int, delimiter: str) -> RecordIndex:
    """Return the records of a file behind its first `skip` records."""
    with Path(path).open("rb") as file:
        body = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    line_ends = np.concatenate(list(_record_ends(body)))
    if not len(line_ends) or line_ends[-1] != len(body) - 1:
        line_ends = np.append(line_ends, len(body))
    starts = np.concatenate(([0], line_ends[:-1] + 1))
    numbers = np.arange(1, len(starts) + 1)
    starts, ends, numbers = starts[skip:], line_ends[skip:], numbers[skip:]
    bare = np.frombuffer(body, dtype=np.uint8)
    returns = bare[np.maximum(ends - 1, 0)] == _RETURN
    del bare  # a view of the map: it must not outlive it
    ends = np.where(returns & (ends > starts), ends - 1, ends)
    filled = ends > starts
    index = RecordIndex(body, starts[filled], ends[filled], numbers[filled], delimiter)
    _refuse_swallowed(index)
    return index


def _refuse_swallowed(index: RecordIndex) -> None:
    """Raise BadInput where two stray marks make somebody's row part of a cell."""
    if index.body.find(b'"') < 0:
        return
    for place, (start, end) in enumerate(zip(index.starts.tolist(), index.ends.tolist(), strict=True)):
        broken = index.body.find(b"\n", start, end)
        if broken >= 0 and _SOMEBODY.search(index.body[broken:end]):
            row = index.number(place)
            raise BadInput(
                f"第 {row} 行的引号不成对，下一行的人被当成了一格；请改正这一行，或用 Excel 另存为工作簿（*.xlsx）再核对"
            )


def _record_ends(body: mmap.mmap) -> Iterator[Places]:
    """Yield the places of the line ends that stand outside quotation marks, chunk by chunk."""
    is_quoted = body.find(b'"') >= 0
    is_inside = False
    for begin in range(0, len(body), _CHUNK):
        chunk = np.frombuffer(body, dtype=np.uint8, count=min(_CHUNK, len(body) - begin), offset=begin)
        ends = np.flatnonzero(chunk == _NEWLINE)
        if is_quoted:
            quotes = np.flatnonzero(chunk == _QUOTE)
            before = np.searchsorted(quotes, ends) + is_inside
            ends = ends[before % 2 == 0]
            is_inside = bool((len(quotes) + is_inside) % 2)
        yield ends.astype(np.int64) + begin
        del chunk  # a view of the map: it must not outlive it
    if is_inside:
        raise BadInput("文本表中的引号不成对，后面的人会被当成一格；请用 Excel 另存为工作簿（*.xlsx）再核对")
