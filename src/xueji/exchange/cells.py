"""What a cell, a row, a sheet and a reading are, and how they travel between the reading child and its parent.

The wire is JSON lines: the child parses hostile files, so what it says must never be able to run anything (no pickle).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from xueji.core.findings import Citation, Severity


@dataclass(frozen=True, slots=True)
class CellFault:
    """A cell that shows no value: an Excel error (`#N/A`), or a formula whose result was never stored."""

    kind: str  # error | formula
    text: str


Cell = str | float | int | bool | date | datetime | CellFault | None
WireCell = str | float | int | bool | list[str] | None


Span = tuple[int, int]  # first and last, both included


@dataclass(frozen=True, slots=True)
class Hidden:
    """What a person who opens a sheet does not see: spans of 1-based rows and 0-based columns; whether a filter is on."""

    rows: tuple[Span, ...] = ()
    columns: tuple[Span, ...] = ()
    filtered: bool = False


@dataclass(frozen=True, slots=True)
class StrayQuote:
    """A quotation mark without its partner: in which 1-based row and 0-based column of a text table."""

    row: int
    column: int


@dataclass(frozen=True, slots=True)
class SheetReading:
    """A sheet as read: rows with their 1-based numbers; `height` is the last row with a value, read or not."""

    name: str
    visible: bool
    height: int
    first_column: int
    rows: tuple[tuple[int, list[Cell]], ...]
    truncated: bool = False
    hidden: Hidden = Hidden()
    quotes: tuple[StrayQuote, ...] = ()
    from_1904: bool = False


@dataclass(frozen=True, slots=True)
class WorkbookReading:
    """What the child found in a file; `peak_kb` and `cpu_seconds` are the child's own figures.

    `encoding` is that of a text table and of an old .xls; `is_encoding_assumed`: the file does not say which it is.
    """

    format: str  # xlsx | xls | csv
    sheets: tuple[SheetReading, ...]
    encoding: str | None = None
    is_encoding_assumed: bool = False
    peak_kb: int = 0
    cpu_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class CellFinding:
    """A finding with its place as the clerk sees it: sheet, 1-based row, header text of the column."""

    sheet: str
    row: int
    column: str
    severity: Severity
    rule: str
    message: str
    field: str | None = None
    remedy: str = ""
    cites: tuple[Citation, ...] = ()

    @property
    def is_error(self) -> bool:
        """Whether the finding refuses the workbook."""
        return self.severity is Severity.ERROR

    @property
    def sentence(self) -> str:
        """The finding in one line with its place: «第7行 身份证号：……»."""
        place = " ".join(p for p in (f"第{self.row}行" if self.row else "", self.column) if p)
        text = f"{self.message}；{self.remedy}" if self.remedy else self.message
        return f"{place}：{text}" if place else text


def to_wire(cell: object) -> WireCell:
    """Return a cell as JSON can carry it: typed values other than text and numbers become tagged lists."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, (str, bool, int, float)):
        return cell
    if isinstance(cell, CellFault):
        return ["fault", cell.kind, cell.text]
    if isinstance(cell, datetime):
        return ["datetime", cell.isoformat()]
    if isinstance(cell, date):
        return ["date", cell.isoformat()]
    if isinstance(cell, time | timedelta):
        return str(cell)
    raise TypeError(f"no such cell: {type(cell).__name__}")


def from_wire(wire: WireCell) -> Cell:
    """Return the cell that `to_wire` wrote; ValueError when the child said something else."""
    if not isinstance(wire, list):
        return wire
    match wire:
        case ["fault", kind, text]:
            return CellFault(kind, text)
        case ["datetime", text]:
            return datetime.fromisoformat(text)
        case ["date", text]:
            return date.fromisoformat(text)
    raise ValueError("not a cell")


def column_letters(index: int) -> str:
    """Return the letters of a 0-based column: 0 → A, 26 → AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_index(letters: str) -> int:
    """Return the 0-based column of its letters: A → 0, AA → 26."""
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - 64
    return index - 1
