"""A list as it is read: which of its columns is what, where its rows stand, and how DuckDB gets at them.

Workbooks and ordinary text tables go through the same careful reader as uploads, in a process of its own. A text table
too large for that is read by DuckDB where it lies, and single rows are fetched from it by their place.
"""

from __future__ import annotations

import csv
import io
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from xueji.core.errors import BadInput
from xueji.core.packs import ColumnSpec
from xueji.exchange.cells import Cell, CellFault, SheetReading
from xueji.exchange.passed_over import is_passed_over
from xueji.exchange.sandbox import Limits, read_workbook
from xueji.exchange.sources import Source
from xueji.reconciliation.answers import Spot
from xueji.reconciliation.columns import NUMBER, ColumnMap, SideMap, choose_keys, is_known
from xueji.reconciliation.memory import in_anonymous_file, quoted
from xueji.reconciliation.records import RecordIndex, index_records

_DEPTH = 30  # rows in which a header is looked for
_DEEP = 4 * 1024 * 1024  # bytes by which an encoding is known
_LARGE = 8 * 1024 * 1024  # a text table beyond this is not read cell by cell
_ROWS = 300_000
_LIMITS = Limits(
    memory=1500 * 1024 * 1024,
    cpu_seconds=300,
    wall_seconds=600.0,
    answer_bytes=512 * 1024 * 1024,
    most_bytes=64 * 1024 * 1024,
)
_EXACT = 10**15


@dataclass(frozen=True, slots=True)
class SideColumn:
    """A column of a list: its heading as it stands there, its place, and what it is."""

    header: str
    place: int
    spec: ColumnSpec


@dataclass(frozen=True)
class ListSide:
    """A list: its columns by field, and its rows by their place (0 is the first row of a person)."""

    sheet: str
    columns: Mapping[str, SideColumn]
    source: str  # what stands behind FROM
    index: RecordIndex | None = None
    rows: Sequence[Sequence[str]] = ()
    numbers: Sequence[int] = ()

    def __len__(self) -> int:
        return len(self.index) if self.index else len(self.rows)

    def row(self, place: int) -> ListRow:
        """Return the row at a place."""
        if self.index:
            return ListRow(self, place, self.index.row(place))
        return ListRow(self, place, self.rows[place])

    def number(self, place: int) -> int:
        """Return the number of a row as Excel shows it."""
        return self.index.number(place) if self.index else self.numbers[place]


@dataclass(frozen=True, slots=True)
class ListRow:
    """A row fetched: its list, its place, its cells."""

    side: ListSide
    place: int
    cells: Sequence[str]

    def cell(self, field: str) -> str:
        """Return a field, empty where the list has no such column or the row ends before it."""
        column = self.side.columns.get(field)
        return self.cells[column.place].strip() if column and column.place < len(self.cells) else ""

    def spot(self, header: str = "") -> Spot:
        """Return where it stands."""
        return Spot(self.side.sheet, self.side.number(self.place), header)


@contextmanager
def open_side(path: Path, column_map: ColumnMap, side: SideMap) -> Iterator[ListSide]:
    """Read a list; BadInput says why it cannot be."""
    if not path.is_file():
        raise BadInput(f"没有这个文件：{path}")
    if path.suffix.lower() in {".csv", ".txt"} and path.stat().st_size > _LARGE and not side.count_as:
        with _utf8(path) as readable:
            yield _large_side(readable, column_map, side)
        return
    with side_of_file(path, path.name, column_map, side) as small:
        yield small


@contextmanager
def side_of_file(source: Source, name: str, column_map: ColumnMap, side: SideMap) -> Iterator[ListSide]:
    """Read a list that is small enough to be read cell by cell: a file, or what lies sealed and is open."""
    sheet, header, rows = _read_small(source, name, column_map, side)
    numbers = [number for number, _ in rows]
    texts = [[_text_of(cell) for cell in cells] for _, cells in rows]
    if side.count_as:
        header, texts, numbers = _count(header, texts, numbers, column_map, side)
    with side_of_rows(sheet, header, texts, numbers, column_map) as listed:
        yield listed


@contextmanager
def side_of_rows(
    sheet: str, header: Sequence[str], texts: Sequence[list[str]], numbers: Sequence[int], column_map: ColumnMap
) -> Iterator[ListSide]:
    """Make a list of rows that are known already; `numbers` is what each is called by."""
    columns = _columns_of(header, column_map, sheet)
    width = max(len(header), *(len(row) for row in texts)) if texts else len(header)
    with in_anonymous_file(row + [""] * (width - len(row)) for row in texts) as readable:
        source = _source(readable, width, skip=0, delimiter=",", parallel=not _has_breaks(texts))
        yield ListSide(sheet, columns, source, rows=texts, numbers=numbers)


def _large_side(path: Path, column_map: ColumnMap, side: SideMap) -> ListSide:
    with path.open("rb") as file:
        head = file.read(256 * 1024)
    text = head[: head.rfind(b"\n") + 1].decode("utf-8-sig", errors="replace")
    delimiter = max(",\t;", key=text[:8192].count)
    rows = [row for row, _ in zip(csv.reader(io.StringIO(text), delimiter=delimiter), range(_DEPTH), strict=False)]
    at = _header_place([(number, list(row)) for number, row in enumerate(rows, start=1)], column_map, side)
    columns = _columns_of(rows[at], column_map, "CSV")
    index = index_records(path, skip=at + 1, delimiter=delimiter)
    lines = sum(1 + "".join(row).count("\n") for row in rows[: at + 1])
    has_quotes = index.body.find(b'"') >= 0
    source = _source(str(path), len(rows[at]), skip=lines, delimiter=delimiter, parallel=not has_quotes)
    return ListSide("CSV", columns, source, index=index)


@contextmanager
def _utf8(path: Path) -> Iterator[Path]:
    """Yield a path at which the text stands in UTF-8: its own, or an anonymous file in memory."""
    encoding = _encoding_of(path)
    if encoding == "utf-8":
        yield path
        return
    handle = os.memfd_create("text")
    try:
        with path.open(encoding=encoding, newline="") as text, os.fdopen(os.dup(handle), "wb") as out:
            while part := text.read(4 * 1024 * 1024):
                out.write(part.encode())
        yield Path(f"/proc/self/fd/{handle}")
    finally:
        os.close(handle)


def _encoding_of(path: Path) -> str:
    """Return the encoding of a text by its beginning; what does not keep to it further down is told when it is read."""
    with path.open("rb") as file:
        head = file.read(_DEEP)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    head = head[: head.rfind(b"\n") + 1]
    for encoding in ("utf-8", "gb18030"):
        try:
            head.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    raise BadInput(f"{path.name} 的文字编码无法识别（既不是 UTF-8 也不是 GB18030）；请用 Excel 另存为“CSV UTF-8”")


def _source(path: str, width: int, *, skip: int, delimiter: str, parallel: bool) -> str:
    spec = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(width))
    return (
        f"read_csv({quoted(path)}, columns = {{{spec}}}, header = false, auto_detect = false, skip = {skip}, delim = {quoted(delimiter)}, "
        f"quote = '\"', escape = '\"', null_padding = true, parallel = {str(parallel).lower()})"
    )


def _has_breaks(texts: Sequence[Sequence[str]]) -> bool:
    return any("\n" in text or "\r" in text for row in texts for text in row)


def _read_small(
    source: Source, name: str, column_map: ColumnMap, side: SideMap
) -> tuple[str, list[str], list[tuple[int, list[Cell]]]]:
    """Return the sheet that looks most like a list, its header, and its rows with their numbers."""
    reading = read_workbook(source, name=name, row_limit=_ROWS, limits=_LIMITS)
    sheets = [sheet for sheet in reading.sheets if sheet.visible and sheet.rows and side.sheet in ("", sheet.name)]
    if not sheets:
        names = "、".join(sheet.name for sheet in reading.sheets)
        raise BadInput(f"{name} 中没有工作表「{side.sheet}」；有：{names}" if side.sheet else f"{name} 是空的")
    sheet = max(sheets, key=lambda sheet: (_known_in(sheet, column_map), len(sheet.rows)))
    if sheet.truncated:
        raise BadInput(f"{name} 超过 {_ROWS:,} 行；请另存为 CSV 再核对")
    at = _header_place(sheet.rows[:_DEPTH], column_map, side)
    header = [_text_of(cell) for cell in sheet.rows[at][1]]
    keys = {
        place
        for place, text in enumerate(header)
        if (spec := column_map.spec_of(text)) and spec.field in (NUMBER, "name")
    }
    rows = [(number, cells) for number, cells in sheet.rows[at + 1 :] if _is_somebody(cells, header, keys)]
    return sheet.name, header, rows


def _known_in(sheet: SheetReading, column_map: ColumnMap) -> int:
    return max(sum(is_known(_text_of(cell), column_map) for cell in cells if cell) for _, cells in sheet.rows[:_DEPTH])


def _is_somebody(cells: list[Cell], header: Sequence[str], keys: set[int]) -> bool:
    """Whether a row is a line of the list: not blank, no total, no signatures, not the header once more."""
    if all(cell is None or cell == "" for cell in cells) or [_text_of(cell) for cell in cells] == list(header):
        return False
    values = {str(place): cell for place, cell in enumerate(cells)}
    return not keys or not is_passed_over(cells, values, {str(place) for place in keys})


def _header_place(rows: Sequence[tuple[int, Sequence[object]]], column_map: ColumnMap, side: SideMap) -> int:
    """Return the place among the first rows of the header: where the map says, else where most headings are known."""
    if side.header_row:
        for place, (number, _) in enumerate(rows):
            if number == side.header_row:
                return place
        raise BadInput(f"第 {side.header_row} 行没有表头（对照文件 header_row）")
    if not rows:
        raise BadInput("表是空的：没有表头")
    known = [
        sum(isinstance(cell, str) and bool(cell) and is_known(cell, column_map) for cell in cells) for _, cells in rows
    ]
    filled = [sum(cell not in ("", None) for cell in cells) for _, cells in rows]
    best = max(range(len(rows)), key=lambda place: (known[place], -place))
    return best if known[best] >= 2 else next((place for place, count in enumerate(filled) if count >= 2), 0)


def _columns_of(header: Sequence[str], column_map: ColumnMap, sheet: str) -> Mapping[str, SideColumn]:
    columns: dict[str, SideColumn] = {}
    for place, text in enumerate(header):
        spec = column_map.spec_of(text) if text.strip() else None
        if spec is None:
            continue
        shown = "".join(text.split())
        if spec.field in columns:
            other = columns[spec.field].header
            raise BadInput(
                f"「{sheet}」中「{other}」和「{shown}」是同一栏，不知道用哪一列；请用 --map 的 ignore 去掉一列"
            )
        columns[spec.field] = SideColumn(shown, place, spec)
    return columns


def _count(
    header: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int], column_map: ColumnMap, side: SideMap
) -> tuple[list[str], list[list[str]], list[int]]:
    """Return one row for all rows that agree in the keys, with how many there are under the heading of the map."""
    columns = _columns_of(header, column_map, side.sheet)
    if not column_map.keys:
        raise BadInput("对照文件写了 count_as，就要写 keys：按哪几列合并计数")
    keys = [columns[key] for key in choose_keys(column_map, list(columns))]
    groups: Counter[tuple[str, ...]] = Counter()
    first: dict[tuple[str, ...], int] = {}
    for row, number in zip(rows, numbers, strict=True):
        key = tuple(row[column.place] if column.place < len(row) else "" for column in keys)
        groups[key] += 1
        first.setdefault(key, number)
    counted = [[*key, str(count)] for key, count in groups.items()]
    return [*(column.header for column in keys), side.count_as], counted, [first[key] for key in groups]


def _text_of(cell: Cell) -> str:
    """Return a cell as text; a number that has lost its digits keeps the look of it, so that it is not taken for one."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, int | float):
        if abs(cell) >= _EXACT:
            return f"{cell:.14E}"
        return str(int(cell)) if float(cell).is_integer() else repr(cell)
    if isinstance(cell, date):  # a datetime is one
        return cell.isoformat()[:10]
    return cell.text if isinstance(cell, CellFault) else cell
