"""What the raw XML of a sheet shows and the native reader passes over: faults, percentages, what is hidden, far cells."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from xueji.core.errors import BadInput
from xueji.exchange.cells import CellFault, Span, column_index

MAX_INFLATED = 300 * 1024 * 1024
MAX_COLUMNS = 300
MAX_ROWS = 300_000
SAVE_AS = "请用 Excel 打开，另存为“Excel 工作簿（*.xlsx）”再上传"
_CHUNK = 1024 * 1024
_MAX_FAULTS = 2000
_MAX_PERCENTS = 50_000
_MAX_SPANS = 2000
_CELL = re.compile(rb"<(?:[a-z]+:)?c\b((?:[^>/]|/(?!>))*)(?:/>|>(.*?)</(?:[a-z]+:)?c>)", re.DOTALL)
_REFERENCE = re.compile(rb"\br=[\"']([A-Z]{1,7})([0-9]{1,9})[\"']")
_ROW = re.compile(rb"<(?:[a-z]+:)?row\b([^>]*)>")
_NUMBER_OF_ROW = re.compile(rb"\br=[\"']([0-9]{1,9})[\"']")
_WIDE = re.compile(rb"\br=[\"'][A-Z]{3,}[0-9]")
_VALUE = re.compile(rb"<(?:[a-z]+:)?v\b[^>]*>([^<]*)</")
_HAS_FORMULA = re.compile(rb"<(?:[a-z]+:)?f\b")
_IS_ERROR = re.compile(rb"\bt=[\"']e[\"']")
_IS_NUMBER = re.compile(rb"\bt=[\"'](?!n[\"'])")
_COLUMN = re.compile(rb"<(?:[a-z]+:)?col\b([^>]*)>")
_FIRST, _LAST = (re.compile(rb"\b" + name + rb"=[\"']([0-9]{1,9})[\"']") for name in (b"min", b"max"))
_IS_HIDDEN = re.compile(rb"\bhidden=[\"'](?:1|true)[\"']|\b(?:ht|width)=[\"']0(?:\.[0-4][0-9]*)?[\"']")
_MAY_HIDE = re.compile(rb"\bhidden=[\"'](?:1|true)|\b(?:ht|width)=[\"']0")


@dataclass
class SheetScan:
    """What the raw XML of a sheet shows: its faults by (row, column), 1-based row and 0-based column.

    `percents` are the numbers that are shown as a percentage, as they are shown.
    """

    faults: dict[tuple[int, int], CellFault] = field(default_factory=dict)
    percents: dict[tuple[int, int], str] = field(default_factory=dict)
    hidden_rows: list[Span] = field(default_factory=list)
    hidden_columns: list[Span] = field(default_factory=list)
    filtered: bool = False
    last_row: int = 0


def scan_sheet(
    archive: zipfile.ZipFile, part: zipfile.ZipInfo, name: str, percent_styles: Collection[int] = ()
) -> SheetScan:
    """Stream a sheet in pieces cut at row ends; look closely only at pieces that hold something unusual."""
    scan, rest, total = SheetScan(), b"", 0
    styles = "|".join(map(str, sorted(percent_styles))).encode()
    is_percent = re.compile(rb"\bs=[\"'](?:" + styles + rb")[\"']") if styles else None
    try:
        with archive.open(part) as stream:
            while piece := stream.read(_CHUNK):
                total += len(piece)
                if total > MAX_INFLATED:
                    raise BadInput("工作簿解压后的实际大小超过上限（压缩炸弹），已拒收")
                piece = rest + piece
                cut = piece.rfind(b"</row>") + 6
                if cut < 6:
                    cut = max(0, len(piece) - 200)
                piece, rest = piece[:cut], piece[cut:]
                _scan_piece(piece, name, scan, is_percent)
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError) as error:
        raise BadInput(f"工作表「{name}」的内容已损坏（校验不符）；{SAVE_AS}") from error
    except zlib.error as error:
        raise BadInput(f"工作表「{name}」的压缩数据已损坏；{SAVE_AS}") from error
    _scan_piece(rest, name, scan, is_percent)
    return scan


def _scan_piece(piece: bytes, name: str, scan: SheetScan, is_percent: re.Pattern[bytes] | None) -> None:
    before = scan.last_row
    rows = _ROW.findall(piece)
    number = _NUMBER_OF_ROW.search(rows[-1]) if rows else None
    scan.last_row = max(before, int(number[1]) if number else before + len(rows))
    if scan.last_row > MAX_ROWS or _WIDE.search(piece):
        _refuse_far_cells(piece, name, before)
    if _IS_ERROR.search(piece) or _HAS_FORMULA.search(piece):
        _note_faults(piece, scan, before)
    if is_percent and is_percent.search(piece):
        _note_percents(piece, scan, before, is_percent)
    if b"filterColumn" in piece:
        scan.filtered = True
    if _MAY_HIDE.search(piece):
        _note_hidden(piece, scan, before)


def _rows_of(piece: bytes, before: int) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield the number, the attributes and the cells of each row; one that gives no number follows the last."""
    starts = list(_ROW.finditer(piece))
    yield (
        before,
        b"",
        piece[: starts[0].start()] if starts else piece,
    )  # the rest of a row that began in the piece before
    for match, following in zip(starts, [*starts[1:], None], strict=False):
        number = _NUMBER_OF_ROW.search(match[1])
        before = int(number[1]) if number else before + 1
        yield before, match[1], piece[match.end() : following.start() if following else len(piece)]


def _cells_of(piece: bytes, before: int) -> Iterator[tuple[int, int, bytes, bytes]]:
    """Yield row, column, attributes and body of each cell; one that gives no reference follows the last."""
    for row, _, cells in _rows_of(piece, before):
        column = -1
        for attributes, body in _CELL.findall(cells):
            reference = _REFERENCE.search(attributes)
            column = column_index(reference[1].decode()) if reference else column + 1
            yield int(reference[2]) if reference else row, column, attributes, body


def _note_hidden(piece: bytes, scan: SheetScan, before: int) -> None:
    """Note rows and columns that are hidden, folded away or of no height; a filter hides rows in the same way."""
    for attributes in _COLUMN.findall(piece):
        first, last = _FIRST.search(attributes), _LAST.search(attributes)
        if first and last and _IS_HIDDEN.search(attributes):
            _add_span(scan.hidden_columns, int(first[1]) - 1, min(int(last[1]), MAX_COLUMNS) - 1)
    for number, attributes, _ in _rows_of(piece, before):
        if _IS_HIDDEN.search(attributes):
            _add_span(scan.hidden_rows, number, number)


def _add_span(spans: list[Span], first: int, last: int) -> None:
    if spans and spans[-1][1] + 1 == first:
        spans[-1] = (spans[-1][0], last)
    elif len(spans) < _MAX_SPANS:
        spans.append((first, last))


def _refuse_far_cells(piece: bytes, name: str, before: int) -> None:
    """Refuse a cell with a value far outside; formatted empty cells out there are common and harmless."""
    for row, column, attributes, body in _cells_of(piece, before):
        if body.strip() and (row > MAX_ROWS or column >= MAX_COLUMNS):
            reference = _REFERENCE.search(attributes)
            place = f"{reference[1].decode()}{row}" if reference else f"第 {row} 行第 {column + 1} 列"
            raise BadInput(
                f"工作表「{name}」的单元格 {place} 远在表格之外却有内容（会使读取程序耗尽内存）；请删除该单元格，或把数据复制到新下载的模板中"
            )


def _note_faults(piece: bytes, scan: SheetScan, before: int) -> None:
    for row, column, attributes, body in _cells_of(piece, before):
        is_error = _IS_ERROR.search(attributes)
        if not is_error and not _HAS_FORMULA.search(body):
            continue
        value = _VALUE.search(body)
        text = value[1].decode("utf-8", "replace").strip() if value else ""
        if (text and not is_error) or len(scan.faults) >= _MAX_FAULTS:
            continue
        scan.faults[row, column] = CellFault("error", text or "#错误") if is_error else CellFault("formula", "")


def _note_percents(piece: bytes, scan: SheetScan, before: int, is_percent: re.Pattern[bytes]) -> None:
    """Note numbers shown as a percentage: 0.92 is «92%» to whoever typed it."""
    for row, column, attributes, body in _cells_of(piece, before):
        value = _VALUE.search(body)
        if not value or _IS_NUMBER.search(attributes) or not is_percent.search(attributes):
            continue
        try:
            share = float(value[1])
        except ValueError:  # not a number after all
            continue
        if len(scan.percents) < _MAX_PERCENTS and abs(share) < 1e6:
            scan.percents[row, column] = f"{(Decimal(repr(share)) * 100).normalize():f}%"
