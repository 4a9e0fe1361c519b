"""Look through the parts of an .xlsx before the real reader does: bombs, and what that reader passes over in silence.

The reader allocates the dense range of a sheet, so one cell at XFD1048576 in a 5 KB file aborts the process; and it
gives errors (`#N/A`) and formulas without a stored result as empty cells. Both are seen here in the raw XML.
Evadable alone, which is why it runs in the same limited child as the reader.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from posixpath import join, normpath
from typing import IO
from xml.etree import ElementTree as ET

from xueji.core.errors import BadInput
from xueji.exchange.cells import CellFault, Span, column_index

MAX_INFLATED = 300 * 1024 * 1024
MAX_ENTRIES = 1000
MAX_SHEETS = 30
MAX_COLUMNS = 300
MAX_ROWS = 300_000
_CHUNK = 1024 * 1024
_SMALL_PART = 4 * 1024 * 1024
_SAVE_AS = "请用 Excel 打开，另存为“Excel 工作簿（*.xlsx）”再上传"
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_STRICT_MAIN = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
_CELL = re.compile(rb"<(?:[a-z]+:)?c\b((?:[^>/]|/(?!>))*)>(.*?)</(?:[a-z]+:)?c>", re.DOTALL)
_REFERENCE = re.compile(rb"\br=[\"']([A-Z]{1,7})([0-9]{1,9})[\"']")
_ROW = re.compile(rb"<(?:[a-z]+:)?row\b[^>]*?\br=[\"']([0-9]{1,9})[\"']")
_WIDE = re.compile(rb"\br=[\"'][A-Z]{3,}[0-9]")
_VALUE = re.compile(rb"<(?:[a-z]+:)?v\b[^>]*>([^<]*)</")
_HAS_FORMULA = re.compile(rb"<(?:[a-z]+:)?f\b")
_IS_ERROR = re.compile(rb"\bt=[\"']e[\"']")
_MAX_FAULTS = 2000
_ANY_ROW = re.compile(rb"<(?:[a-z]+:)?row\b([^>]*)>")
_NUMBER_OF_ROW = re.compile(rb"\br=[\"']([0-9]{1,9})[\"']")
_COLUMN = re.compile(rb"<(?:[a-z]+:)?col\b([^>]*)>")
_FIRST, _LAST = (re.compile(rb"\b" + name + rb"=[\"']([0-9]{1,9})[\"']") for name in (b"min", b"max"))
_IS_HIDDEN = re.compile(rb"\bhidden=[\"'](?:1|true)[\"']|\b(?:ht|width)=[\"']0(?:\.[0-4][0-9]*)?[\"']")
_MAY_HIDE = re.compile(rb"\bhidden=[\"'](?:1|true)|\b(?:ht|width)=[\"']0")
_MAX_SPANS = 2000


@dataclass
class SheetScan:
    """What the raw XML of a sheet shows: its faults by (row, column), 1-based row and 0-based column."""

    faults: dict[tuple[int, int], CellFault] = field(default_factory=dict)
    hidden_rows: list[Span] = field(default_factory=list)
    hidden_columns: list[Span] = field(default_factory=list)
    filtered: bool = False


def prescan(path: Path) -> dict[str, SheetScan]:
    """Check the container and every sheet; return the faults by sheet name. BadInput says what is refused."""
    with path.open("rb") as file, _open_zip(file) as archive:
        names = _check_entries(archive)
        _check_prologues(archive, names)
        sheets = _sheet_parts(archive, names)
        return {name: _scan_sheet(archive, part, name) for name, part in sheets.items() if part in names}


def _open_zip(file: IO[bytes]) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise BadInput(f"工作簿已损坏（压缩结构不完整），可能上传中断；{_SAVE_AS}") from error


def _check_entries(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    infos = archive.infolist()
    names = {info.filename: info for info in infos}
    if len(infos) > MAX_ENTRIES:
        raise BadInput(f"工作簿内有 {len(infos)} 个部件，超过 {MAX_ENTRIES} 个，不像正常的表格，已拒收")
    if len(names) != len(infos):
        raise BadInput("工作簿内有同名部件，结构不正常，已拒收")
    if any(info.flag_bits & 1 for info in infos):
        raise BadInput("工作簿是加密的，系统无法读取；请取消密码后再上传")
    if min((info.header_offset for info in infos), default=0) != 0:
        raise BadInput(f"文件前部夹带了其他内容（两种格式拼成的文件），已拒收；{_SAVE_AS}")
    inflated = sum(info.file_size for info in infos)
    if inflated > MAX_INFLATED:
        raise BadInput(
            f"工作簿解压后有 {inflated // 1048576} MB，超过 {MAX_INFLATED // 1048576} MB 上限（压缩炸弹或夹带大量空白），已拒收；请把数据复制到新下载的模板中"
        )
    _check_kind(names)
    return names


def _check_kind(names: dict[str, zipfile.ZipInfo]) -> None:
    if any(name.endswith("vbaProject.bin") for name in names):
        raise BadInput("工作簿含有宏（.xlsm），出于安全不接收；请在 Excel 中另存为不含宏的“Excel 工作簿（*.xlsx）”")
    if "xl/workbook.bin" in names:
        raise BadInput(f"这是二进制工作簿（.xlsb）；{_SAVE_AS}")
    if any(name.startswith("word/") for name in names):
        raise BadInput(f"这是 Word 文档，不是表格；请把表格粘贴到 Excel 模板中；{_SAVE_AS}")
    if any(name.startswith("ppt/") for name in names):
        raise BadInput("这是演示文稿，不是表格；请上传填写好的 Excel 模板")
    if "content.xml" in names and "mimetype" in names:
        raise BadInput(f"这是 OpenDocument 表格（.ods）；{_SAVE_AS}")
    if "xl/workbook.xml" in names or "[Content_Types].xml" in names:
        return
    pictures = sum(name.lower().endswith((".jpg", ".jpeg", ".png")) for name in names)
    if pictures:
        raise BadInput(f"这是 ZIP 压缩包（内有 {pictures} 张图片），不是 Excel 工作簿；照片压缩包请在“照片”处上传")
    raise BadInput("这是 ZIP 压缩包，不是 Excel 工作簿；请先解压，再上传其中的 Excel 文件")


def _check_prologues(archive: zipfile.ZipFile, names: dict[str, zipfile.ZipInfo]) -> None:
    """Refuse entity declarations in any part: they stand before the first element, so the beginning is enough."""
    for part in names:
        if part.endswith((".xml", ".rels")):
            try:
                with archive.open(part) as stream:
                    _refuse_entities(stream.read(4096))
            except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, zlib.error) as error:
                raise BadInput(f"工作簿的部件 {part} 已损坏；{_SAVE_AS}") from error


def _read_small(archive: zipfile.ZipFile, part: str) -> bytes:
    """Read a part of the container that must be small (workbook.xml and its relations)."""
    with archive.open(part) as stream:
        body = stream.read(_SMALL_PART + 1)
    if len(body) > _SMALL_PART:
        raise BadInput(f"工作簿的部件 {part} 大得不正常，已拒收")
    _refuse_entities(body)
    return body


def _refuse_entities(body: bytes) -> None:
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise BadInput(f"工作簿内含实体声明（XML 实体炸弹的写法），已拒收；{_SAVE_AS}")


def _sheet_parts(archive: zipfile.ZipFile, names: dict[str, zipfile.ZipInfo]) -> dict[str, str]:
    """Return the part of each sheet by the sheet's name."""
    if "xl/workbook.xml" not in names:
        raise BadInput(f"工作簿缺少主部件 workbook.xml，已损坏；{_SAVE_AS}")
    try:
        book = ET.fromstring(_read_small(archive, "xl/workbook.xml"))  # noqa: S314  # entities refused, child limited
        relations_part = "xl/_rels/workbook.xml.rels"
        targets: dict[str, str] = {}
        if relations_part in names:
            for relation in ET.fromstring(_read_small(archive, relations_part)):  # noqa: S314  # the same
                target = relation.get("Target", "")
                targets[relation.get("Id", "")] = normpath(
                    target.lstrip("/") if target[:1] == "/" else join("xl", target)
                )
    except ET.ParseError as error:
        raise BadInput(f"工作簿的主部件无法解析，已损坏；{_SAVE_AS}") from error
    sheets: dict[str, str] = {}
    for sheet in (*book.iter(f"{_MAIN}sheet"), *book.iter(f"{_STRICT_MAIN}sheet")):
        identifier = next((value for key, value in sheet.attrib.items() if key.endswith("}id")), "")
        sheets[sheet.get("name", "")] = targets.get(identifier, "")
    if not sheets:
        raise BadInput("工作簿里没有工作表")
    if len(sheets) > MAX_SHEETS:
        raise BadInput(f"工作簿有 {len(sheets)} 张工作表，超过 {MAX_SHEETS} 张；请只留下要上传的一张")
    return sheets


def _scan_sheet(archive: zipfile.ZipFile, part: str, name: str) -> SheetScan:
    """Stream a sheet in pieces cut at row ends; look closely only at pieces that hold something unusual."""
    scan, rest, rows, last_row, total = SheetScan(), b"", 0, 0, 0
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
                rows, last_row = _scan_piece(piece, name, scan, rows, last_row)
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError) as error:
        raise BadInput(f"工作表「{name}」的内容已损坏（校验不符）；{_SAVE_AS}") from error
    except zlib.error as error:
        raise BadInput(f"工作表「{name}」的压缩数据已损坏；{_SAVE_AS}") from error
    _scan_piece(rest, name, scan, rows, last_row)
    return scan


def _scan_piece(piece: bytes, name: str, scan: SheetScan, rows: int, last_row: int) -> tuple[int, int]:
    numbers = _ROW.findall(piece)
    rows += len(numbers)
    last_row = max(last_row, int(numbers[-1])) if numbers else last_row
    has_error, has_formula = _IS_ERROR.search(piece), _HAS_FORMULA.search(piece)
    if last_row > MAX_ROWS or _WIDE.search(piece):
        _refuse_far_cells(piece, name)
    if has_error or has_formula:
        _note_faults(piece, scan)
    if b"filterColumn" in piece:
        scan.filtered = True
    if _MAY_HIDE.search(piece):
        _note_hidden(piece, scan)
    return rows, last_row


def _note_hidden(piece: bytes, scan: SheetScan) -> None:
    """Note rows and columns that are hidden, folded away or of no height; a filter hides rows in the same way."""
    for attributes in _COLUMN.findall(piece):
        first, last = _FIRST.search(attributes), _LAST.search(attributes)
        if first and last and _IS_HIDDEN.search(attributes):
            _add_span(scan.hidden_columns, int(first[1]) - 1, min(int(last[1]), MAX_COLUMNS) - 1)
    for attributes in _ANY_ROW.findall(piece):
        number = _NUMBER_OF_ROW.search(attributes)
        if number and _IS_HIDDEN.search(attributes):
            _add_span(scan.hidden_rows, int(number[1]), int(number[1]))


def _add_span(spans: list[Span], first: int, last: int) -> None:
    if spans and spans[-1][1] + 1 == first:
        spans[-1] = (spans[-1][0], last)
    elif len(spans) < _MAX_SPANS:
        spans.append((first, last))


def _refuse_far_cells(piece: bytes, name: str) -> None:
    """Refuse a cell with a value far outside; formatted empty cells out there are common and harmless."""
    for attributes, body in _CELL.findall(piece):
        reference = _REFERENCE.search(attributes)
        if not reference or not body.strip():
            continue
        letters, row = reference[1].decode(), int(reference[2])
        if row > MAX_ROWS or column_index(letters) >= MAX_COLUMNS:
            raise BadInput(
                f"工作表「{name}」的单元格 {letters}{row} 远在表格之外却有内容（会使读取程序耗尽内存）；请删除该单元格，或把数据复制到新下载的模板中"
            )


def _note_faults(piece: bytes, scan: SheetScan) -> None:
    for attributes, body in _CELL.findall(piece):
        is_error = _IS_ERROR.search(attributes)
        if not is_error and not _HAS_FORMULA.search(body):
            continue
        value = _VALUE.search(body)
        text = value[1].decode("utf-8", "replace").strip() if value else ""
        reference = _REFERENCE.search(attributes)
        if not reference or (text and not is_error) or len(scan.faults) >= _MAX_FAULTS:
            continue
        fault = CellFault("error", text or "#错误") if is_error else CellFault("formula", "")
        scan.faults[int(reference[2]), column_index(reference[1].decode())] = fault
