"""Look through the parts of an .xlsx before the real reader does: bombs, and what that reader passes over in silence.

The reader allocates the dense range of a sheet, so one cell at XFD1048576 in a 5 KB file aborts the process; and it
gives errors (`#N/A`) and formulas without a stored result as empty cells. Both are seen here in the raw XML.
Evadable alone, which is why it runs in the same limited child as the reader.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from xml.etree import ElementTree as ET

from xueji.core.errors import BadInput
from xueji.exchange.containers import Package, package_of, plain_name, rebuilt
from xueji.exchange.rawsheets import MAX_INFLATED, SAVE_AS, SheetScan, scan_sheet

MAX_ENTRIES = 1000
MAX_SHEETS = 30
_SMALL_PART = 4 * 1024 * 1024
_SPACES = (
    "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}",
    "{http://purl.oclc.org/ooxml/spreadsheetml/main}",
)
_PERCENTS = {9, 10}  # the built-in formats «0%» and «0.00%»
_QUOTED = re.compile(r'"[^"]*"|\\.')

Names = dict[str, zipfile.ZipInfo]


@dataclass(frozen=True, slots=True)
class BookScan:
    """What was seen of a workbook: its sheets by name, whether its days count from 1904, the package if put together anew."""

    sheets: dict[str, SheetScan]
    from_1904: bool = False
    package: bytes | None = None


def prescan(path: Path) -> BookScan:
    """Check the container and every sheet; return what they show. BadInput says what is refused."""
    with path.open("rb") as file, _open_zip(file) as archive:
        names = _check_entries(archive)
        _check_prologues(archive, names)
        try:
            return _scan(archive, names)
        except ET.ParseError as error:
            raise BadInput(f"工作簿的主部件无法解析，已损坏；{SAVE_AS}") from error


def _scan(archive: zipfile.ZipFile, names: Names) -> BookScan:
    package = package_of(names, lambda part: _read_small(archive, names, part))
    if package is None or package.main not in names:
        raise BadInput(f"工作簿缺少主部件 workbook.xml，已损坏；{SAVE_AS}")
    book = ET.fromstring(_read_small(archive, names, package.main))  # noqa: S314  # entities refused, child limited
    percents = _percent_styles(archive, names, package)
    parts = _sheet_parts(book, package)
    sheets = {name: scan_sheet(archive, names[part], name, percents) for name, part in parts.items() if part in names}
    from_1904 = any(
        properties.get("date1904", "") in ("1", "true")
        for space in _SPACES
        for properties in book.iter(f"{space}workbookPr")
    )
    return BookScan(sheets, from_1904, None if package.is_usual else rebuilt(archive, names, package))


def _open_zip(file: IO[bytes]) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise BadInput(f"工作簿已损坏（压缩结构不完整），可能上传中断；{SAVE_AS}") from error


def _check_entries(archive: zipfile.ZipFile) -> Names:
    infos = archive.infolist()
    names = {plain_name(info.filename): info for info in infos}
    if len(infos) > MAX_ENTRIES:
        raise BadInput(f"工作簿内有 {len(infos)} 个部件，超过 {MAX_ENTRIES} 个，不像正常的表格，已拒收")
    if len({name.casefold() for name in names}) != len(infos):
        raise BadInput("工作簿内有同名部件，结构不正常，已拒收")
    if any(info.flag_bits & 1 for info in infos):
        raise BadInput("工作簿是加密的，系统无法读取；请取消密码后再上传")
    if min((info.header_offset for info in infos), default=0) != 0:
        raise BadInput(f"文件前部夹带了其他内容（两种格式拼成的文件），已拒收；{SAVE_AS}")
    inflated = sum(info.file_size for info in infos)
    if inflated > MAX_INFLATED:
        raise BadInput(
            f"工作簿解压后有 {inflated // 1048576} MB，超过 {MAX_INFLATED // 1048576} MB 上限（压缩炸弹或夹带大量空白），已拒收；请把数据复制到新下载的模板中"
        )
    _check_kind(names)
    return names


_KINDS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"(?:.*/)?vbaproject\.bin$"),
        "工作簿含有宏（.xlsm），出于安全不接收；请在 Excel 中另存为不含宏的“Excel 工作簿（*.xlsx）”",
    ),
    (re.compile(r"xl/workbook\.bin$"), f"这是二进制工作簿（.xlsb）；{SAVE_AS}"),
    (re.compile(r"word/"), f"这是 Word 文档，不是表格；请把表格粘贴到 Excel 模板中；{SAVE_AS}"),
    (re.compile(r"ppt/"), "这是演示文稿，不是表格；请上传填写好的 Excel 模板"),
    (
        re.compile(r"(?:.*/)?(?:index/.*\.iwa|index\.zip)$"),
        "这是苹果 Numbers 表格（.numbers）；请在 Numbers 中“文件→导出为→Excel…”，再上传导出的 .xlsx",
    ),
    (re.compile(r"ofd\.xml$"), "这是 OFD 版式文件，不是表格；请上传填写好的 Excel 模板"),
    (re.compile(r"visio/"), "这是 Visio 图，不是表格；请上传填写好的 Excel 模板"),
    (re.compile(r"androidmanifest\.xml$|meta-inf/manifest\.mf$"), "这是程序安装包，不是表格，已拒收"),
)


def _check_kind(names: Names) -> None:
    folded = {name.casefold() for name in names}
    for pattern, message in _KINDS:
        if any(pattern.match(name) for name in folded):
            raise BadInput(message)
    if "content.xml" in folded and "mimetype" in folded:
        raise BadInput(f"这是 OpenDocument 表格（.ods）；{SAVE_AS}")
    if any(name in folded for name in ("xl/workbook.xml", "[content_types].xml", "_rels/.rels")):
        return
    books = sum(name.endswith((".xlsx", ".xls", ".csv", ".et")) for name in folded)
    if books:
        raise BadInput(
            f"这是 ZIP 压缩包（内有 {books} 个表格文件），不是 Excel 工作簿；请先解压，再上传其中的 Excel 文件"
        )
    pictures = sum(name.endswith((".jpg", ".jpeg", ".png")) for name in folded)
    if pictures:
        raise BadInput(f"这是 ZIP 压缩包（内有 {pictures} 张图片），不是 Excel 工作簿；照片压缩包请在“照片”处上传")
    raise BadInput("这是 ZIP 压缩包，不是 Excel 工作簿；请先解压，再上传其中的 Excel 文件")


def _check_prologues(archive: zipfile.ZipFile, names: Names) -> None:
    """Refuse entity declarations in any part: they stand before the first element, so the beginning is enough."""
    for part, info in names.items():
        if part.casefold().endswith((".xml", ".rels")):
            try:
                with archive.open(info) as stream:
                    _refuse_entities(stream.read(4096))
            except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, zlib.error) as error:
                raise BadInput(f"工作簿的部件 {part} 已损坏；{SAVE_AS}") from error


def _read_small(archive: zipfile.ZipFile, names: Names, part: str) -> bytes:
    """Read a part of the container that must be small (workbook.xml, its relations, its styles)."""
    with archive.open(names[part]) as stream:
        body = stream.read(_SMALL_PART + 1)
    if len(body) > _SMALL_PART:
        raise BadInput(f"工作簿的部件 {part} 大得不正常，已拒收")
    _refuse_entities(body)
    return body


def _refuse_entities(body: bytes) -> None:
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise BadInput(f"工作簿内含实体声明（XML 实体炸弹的写法），已拒收；{SAVE_AS}")


def _sheet_parts(book: ET.Element, package: Package) -> dict[str, str]:
    """Return the part of each sheet by the sheet's name."""
    targets = {relation.identifier: relation.target for relation in package.relations}
    sheets: dict[str, str] = {}
    for sheet in (sheet for space in _SPACES for sheet in book.iter(f"{space}sheet")):
        identifier = next((value for key, value in sheet.attrib.items() if key.endswith("}id")), "")
        sheets[sheet.get("name", "")] = targets.get(identifier, "")
    if not sheets:
        raise BadInput("工作簿里没有工作表")
    if len(sheets) > MAX_SHEETS:
        raise BadInput(f"工作簿有 {len(sheets)} 张工作表，超过 {MAX_SHEETS} 张；请只留下要上传的一张")
    return sheets


def _percent_styles(archive: zipfile.ZipFile, names: Names, package: Package) -> frozenset[int]:
    """Return the numbers of the cell styles that show a number as a percentage."""
    part = package.part("styles")
    if part not in names:
        return frozenset()
    styles = ET.fromstring(_read_small(archive, names, part))  # noqa: S314  # entities refused, child limited
    found: set[int] = set()
    for space in _SPACES:
        formats = {
            element.get("numFmtId", "")
            for element in styles.iter(f"{space}numFmt")
            if "%" in _QUOTED.sub("", element.get("formatCode", ""))
        } | {str(number) for number in _PERCENTS}
        for cells in styles.iter(f"{space}cellXfs"):
            found |= {place for place, style in enumerate(cells) if style.get("numFmtId") in formats}
    return frozenset(found)
