"""Workbooks and archives that no office program would write, made byte by byte."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from xml.sax.saxutils import escape

from tests.exchange.people import HEADERS, SHEET, people

_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
    "</Types>"
)
_ROOT = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/>'
    "</Relationships>"
)
_BOOK = (
    '<?xml version="1.0"?>{doctype}<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<sheets><sheet name="{name}" sheetId="1" r:id="r1"/></sheets></workbook>'
)
_BOOK_RELATIONS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/>'
    "</Relationships>"
)
_SHEET_HEAD = '<?xml version="1.0"?>{doctype}<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'


def cell(reference: str, text: str) -> str:
    """Return an inline text cell."""
    return f'<c r="{reference}" t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'


def letters(index: int) -> str:
    """Return the letter of one of the first 26 columns."""
    return chr(65 + index)


def xml_row(number: int, texts: list[str] | tuple[str, ...]) -> str:
    """Return a row of text cells."""
    cells = "".join(cell(f"{letters(column)}{number}", text) for column, text in enumerate(texts))
    return f'<row r="{number}">{cells}</row>'


def plain_rows(count: int = 2) -> str:
    """Return a header and right rows."""
    rows = [xml_row(1, HEADERS)]
    rows += [xml_row(number, list(row.values())) for number, row in enumerate(people(count), start=2)]
    return "".join(rows)


def write_xlsx(
    path: Path,
    rows: str | Iterable[str],
    *,
    doctype: str = "",
    book_doctype: str = "",
    extra: dict[str, bytes] | None = None,
) -> Path:
    """Write the least workbook that is one, with any rows, piece by piece so that the test itself stays small."""
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _ROOT,
        "xl/workbook.xml": _BOOK.format(doctype=book_doctype, name=SHEET),
        "xl/_rels/workbook.xml.rels": _BOOK_RELATIONS,
        **(extra or {}),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in parts.items():
            archive.writestr(name, body)
        with archive.open("xl/worksheets/sheet1.xml", "w") as part:
            part.write(_SHEET_HEAD.format(doctype=doctype).encode())
            for piece in [rows] if isinstance(rows, str) else rows:
                part.write(piece.encode())
            part.write(b"</sheetData></worksheet>")
    return path


def write_space_bomb(path: Path, megabytes: int = 600) -> Path:
    """Write a small workbook whose sheet unpacks to hundreds of megabytes of spaces."""
    write_xlsx(path, plain_rows(1))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/padding.xml", "w") as part:
        block = b" " * 1024 * 1024
        for _ in range(megabytes):
            part.write(block)
    return path


def write_ole(path: Path, *streams: str) -> Path:
    """Write the head of an OLE container that names the given streams."""
    body = bytearray(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 504)
    for stream in streams:
        body += stream.encode("utf-16-le").ljust(128, b"\x00")
    path.write_bytes(bytes(body.ljust(4096, b"\x00")))
    return path


def _local(name: bytes, body: bytes, packed: bytes, flags: int = 0, method: int = 8) -> bytes:
    head = struct.pack(
        "<4s5H3L2H", b"PK\x03\x04", 20, flags, method, 0, 33, zlib.crc32(body), len(packed), len(body), len(name), 0
    )
    return head + name + packed


def _central(name: bytes, body: bytes, packed: bytes, offset: int, flags: int = 0, method: int = 8) -> bytes:
    head = struct.pack(
        "<4s6H3L5H2L",
        b"PK\x01\x02",
        20,
        20,
        flags,
        method,
        0,
        33,
        zlib.crc32(body),
        len(packed),
        len(body),
        len(name),
        0,
        0,
        0,
        0,
        0,
        offset,
    )
    return head + name


def deflate(body: bytes) -> bytes:
    """Return raw deflate data."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(body) + packer.flush()


def write_zip(path: Path, files: list[tuple[bytes, bytes]], *, flags: int = 0, overlap: bool = False) -> Path:
    """Write an archive with raw names (any encoding) and flags; `overlap` lists the first entry's bytes for all."""
    data, directory, count = b"", b"", 0
    for name, body in files:
        packed = deflate(body)
        offset = 0 if overlap else len(data)
        if not overlap or not data:
            data += _local(name, body, packed, flags)
        directory += _central(name, body, packed, offset, flags)
        count += 1
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(directory), len(data), 0)
    path.write_bytes(data + directory + end)
    return path


def write_xls(path: Path, rows: list[list[object]]) -> Path:
    """Write the least BIFF8 workbook in the least OLE container: one sheet of text and numbers."""
    cells = b"".join(_biff_cell(r, c, value) for r, row in enumerate(rows) for c, value in enumerate(row))
    sheet = _record(0x0809, struct.pack("<4H2L", 0x0600, 0x0010, 0, 0, 0, 0)) + cells + _record(0x000A, b"")
    name = SHEET.encode("utf-16-le")
    start = _record(0x0809, struct.pack("<4H2L", 0x0600, 0x0005, 0, 0, 0, 0)) + _record(0x0042, struct.pack("<H", 1200))
    place = len(start) + 4 + 8 + len(name) + 4
    bound = _record(0x0085, struct.pack("<L4B", place, 0, 0, len(SHEET), 1) + name)
    return _write_container(path, "Workbook", start + bound + _record(0x000A, b"") + sheet)


def write_old_xls(
    path: Path, rows: list[list[object]], *, encoding: str = "gbk", codepage: int | None = 936, from_1904: bool = False
) -> Path:
    """Write the least BIFF5 workbook (Excel 5.0/95): texts are bytes, of a code page that may go unsaid."""
    cells = b"".join(_old_cell(r, c, value, encoding) for r, row in enumerate(rows) for c, value in enumerate(row))
    sheet = _record(0x0809, struct.pack("<4H", 0x0500, 0x0010, 0, 0)) + cells + _record(0x000A, b"")
    start = _record(0x0809, struct.pack("<4H", 0x0500, 0x0005, 0, 0))
    start += b"" if codepage is None else _record(0x0042, struct.pack("<H", codepage))
    start += _record(0x0022, struct.pack("<H", 1)) if from_1904 else b""
    name = SHEET.encode(encoding)
    place = len(start) + 4 + 7 + len(name) + 4
    bound = _record(0x0085, struct.pack("<L3B", place, 0, 0, len(name)) + name)
    return _write_container(path, "Book", start + bound + _record(0x000A, b"") + sheet)


def _old_cell(row: int, column: int, value: object, encoding: str) -> bytes:
    if isinstance(value, int | float):
        return _record(0x0203, struct.pack("<3Hd", row, column, 0, value))
    text = str(value).encode(encoding)
    return _record(0x0204, struct.pack("<4H", row, column, 0, len(text)) + text)


def write_zip64(path: Path, files: dict[str, bytes], *, count: int | None = None) -> Path:
    """Write an archive as programs do that always add the ZIP64 records; `count` is what they claim instead of the truth."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    body = path.read_bytes()
    at = body.rfind(b"PK\x05\x06")
    *_, entries, size, offset, _ = struct.unpack("<4s4H2LH", body[at : at + 22])
    claimed = entries if count is None else count
    record = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, claimed, claimed, size, offset)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, at, 1)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    path.write_bytes(body[:at] + record + locator + end)
    return path


def _record(kind: int, body: bytes) -> bytes:
    return struct.pack("<2H", kind, len(body)) + body


def _biff_cell(row: int, column: int, value: object) -> bytes:
    if isinstance(value, int | float):
        return _record(0x0203, struct.pack("<3Hd", row, column, 0, value))
    text = str(value)
    return _record(0x0204, struct.pack("<4HB", row, column, 0, len(text), 1) + text.encode("utf-16-le"))


def _write_container(path: Path, stream: str, body: bytes) -> Path:
    """Write an OLE container with one stream in sectors of 512 bytes: allocation table, directory, stream."""
    body = body.ljust(max(4096, -(-len(body) // 512) * 512), b"\0")
    sectors = len(body) // 512
    assert sectors + 2 <= 128
    end, free, table = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
    chain = [table, end, *range(3, sectors + 2), end]
    chain += [free] * (128 - len(chain))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + struct.pack("<5H6x", 0x3E, 3, 0xFFFE, 9, 6)
    head += struct.pack("<9L", 0, 1, 1, 0, 4096, end, 0, end, 0) + struct.pack("<109L", 0, *[free] * 108)
    directory = _directory_entry("Root Entry", 5, 1, end, 0) + _directory_entry(stream, 2, free, 2, len(body))
    path.write_bytes(head + struct.pack("<128L", *chain) + directory.ljust(512, b"\0") + body)
    return path


def _directory_entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    encoded = name.encode("utf-16-le") + b"\0\0"
    none = 0xFFFFFFFF
    head = encoded.ljust(64, b"\0") + struct.pack("<H2B3L", len(encoded), kind, 1, none, none, child)
    return head + b"\0" * 36 + struct.pack("<LQ", start, size)
