"""Lines of a text table, with the quotation marks that have no partner: each would swallow the people behind it.

A CSV reader takes everything up to the next mark for one cell. So a cell that runs over a line's end is believed only
where what it would swallow does not look like a row; else the mark is taken for a character, and told.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")
_QUOTED = re.compile(r'"(?:[^"]|"")*"(?!")')
_SOMEBODY = re.compile(r"(?<![0-9])(?:[0-9]{17}[0-9Xx]|[0-9]{15})(?![0-9])")
_LONGEST_CELL = 30  # lines that one cell may run over
_HEAD = 30  # lines that tell how many columns there are


@dataclass
class LineReading:
    """A text table on its way: `quotes` are the 1-based rows and 0-based columns of the stray marks met so far."""

    lines: list[str]
    delimiter: str
    width: int
    quotes: list[tuple[int, int]] = field(default_factory=list)

    def rows(self) -> Iterator[list[str]]:
        """Yield the rows; a line with a stray mark is a row of its own, its marks taken as characters."""
        at, number = 0, 0
        while at < len(self.lines):
            number += 1
            after, stray = self._record(at)
            if stray is None:
                yield self._split("".join(self.lines[at:after]))
            else:
                self.quotes.append((number, stray))
                yield self._literal(self.lines[at])
                after = at + 1
            at = after

    def _record(self, at: int) -> tuple[int, int | None]:
        """Return where the record that begins at a line ends, and the column of the mark that runs away."""
        record = self.lines[at]
        if '"' not in record:
            return at + 1, None
        column, after = self._open_column(record), at + 1
        if column is None:
            return after, self._swallowed_column(record)
        began = column
        while column is not None:
            if after - at > _LONGEST_CELL or after >= len(self.lines) or self._is_row(self.lines[after]):
                return after, began
            record += self.lines[after]
            after += 1
            column = self._open_column(record)
        fields = self._split(record)
        is_merged = len(fields) > self.width or any(
            "\n" in f.replace("\r", "\n") and _SOMEBODY.search(f) for f in fields
        )
        return after, began if is_merged or self._has_rest(record) else None

    def _is_row(self, line: str) -> bool:
        """Whether a line that a cell would run into looks like a row: its cells, or somebody's number, before any mark."""
        before = line.split('"', 1)[0]
        return before.count(self.delimiter) * 2 >= max(2, self.width - 1) or bool(_SOMEBODY.search(before))

    def _open_column(self, record: str) -> int | None:
        """Return the column whose cell begins with a mark and never ends, None when every cell ends."""
        place = column = 0
        while True:
            if record.startswith('"', place):
                quoted = _QUOTED.match(record, place)
                if quoted is None:
                    return column
                place = quoted.end()
            place = record.find(self.delimiter, place) + 1
            if not place:
                return None
            column += 1

    def _has_rest(self, record: str) -> bool:
        """Whether something stands between the end of a quoted cell and the next: the mark closed somebody else's cell."""
        place = 0
        while True:
            end = place
            if record.startswith('"', place) and (quoted := _QUOTED.match(record, place)):
                end = quoted.end()
            place = record.find(self.delimiter, end) + 1
            rest = record[end : place - 1 if place else len(record)].strip(" \r\n")
            if end and record[end - 1] == '"' and rest:
                return True
            if not place:
                return False

    def _swallowed_column(self, record: str) -> int | None:
        """Return the column of a mark that swallows cells of its own line: without it the line has all its columns."""
        if len(self._literal(record)) != self.width:
            return None
        fields = self._split(record)
        if len(fields) * 2 <= self.width or len(fields) == self.width:
            return None
        return next((column for column, text in enumerate(fields) if self.delimiter in text), None)

    def _split(self, record: str) -> list[str]:
        return next(csv.reader([record], delimiter=self.delimiter), [])

    def _literal(self, line: str) -> list[str]:
        return next(csv.reader([line], delimiter=self.delimiter, quoting=csv.QUOTE_NONE), [])


def read_lines(text: str, delimiter: str) -> LineReading:
    """Return the lines of a text table, ready to be read; the widest of the first tells the number of columns."""
    lines = [line for line in _LINE.findall(text) if line]
    head = lines[:_HEAD]
    plain = [line for line in head if '"' not in line]  # a delimiter between marks is no column
    widths = [1 + line.count(delimiter) for line in plain]
    if max(widths, default=1) == 1:
        widths += [len(next(csv.reader([line], delimiter=delimiter), [])) for line in head]
    return LineReading(lines, delimiter, max(widths, default=1))
