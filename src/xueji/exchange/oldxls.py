"""Old .xls files: which code page their texts are in, and from which year they count days. The native reader knows neither.

Up to Excel 95 (BIFF5) a text is bytes of a code page that the file names, or does not. The reader takes two-byte code
pages apart, so it is told the one-byte page 1252, whose characters are bytes again, and the bytes are read here.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

_BOF = re.compile(rb"\x09\x08[\x08\x10]\x00\x00(?P<version>[\x05\x06])\x05\x00", re.DOTALL)
_CODEPAGE, _DATEMODE, _EOF = 0x0042, 0x0022, 0x000A
_MOST_RECORDS = 5000
_LATIN = 1252
_ENCODINGS = {
    936: "gb18030",
    54936: "gb18030",
    20936: "gb18030",
    10008: "gb18030",
    950: "big5hkscs",
    10002: "big5hkscs",
}
_ENCODINGS |= {932: "cp932", 949: "cp949", 1250: "cp1250", 1251: "cp1251", 874: "cp874"}
_BYTES = {bytes([code]).decode("cp1252", "ignore") or chr(code): code for code in range(256)}


@dataclass(frozen=True, slots=True)
class OldBook:
    """An .xls to be read: its bytes for the reader, the encoding of its texts (None where there is none to choose),
    whether that is assumed because the file names none, and whether its days count from 1904.
    """

    body: bytes
    encoding: str | None = None
    is_assumed: bool = False
    from_1904: bool = False

    def text(self, read: str) -> str:
        """Return a text as it was written."""
        if self.encoding is None or read.isascii():
            return read
        try:
            return bytes(_BYTES[character] for character in read).decode(self.encoding)
        except (KeyError, UnicodeDecodeError):  # no text of that encoding: it stays as the reader gave it
            return read


def look_into(body: bytes) -> OldBook:
    """Return what the globals of an .xls say; a file with both kinds of streams is read by the newer."""
    found = {match["version"]: match.start() for match in reversed(list(_BOF.finditer(body)))}
    start = found.get(b"\x06", found.get(b"\x05"))
    if start is None:
        return OldBook(body)
    records = _records(body, start)
    from_1904 = _word(body, records.get(_DATEMODE)) == 1
    if b"\x06" in found:
        return OldBook(body, from_1904=from_1904)
    place = records.get(_CODEPAGE)
    named = _word(body, place)
    encoding = _ENCODINGS.get(named, "gb18030")
    if place is not None and named in _ENCODINGS:
        body = body[:place] + struct.pack("<H", _LATIN) + body[place + 2 :]
    return OldBook(body, encoding, named not in _ENCODINGS, from_1904)


def _records(body: bytes, at: int) -> dict[int, int]:
    """Return where the contents of the records of the globals begin, by their kind, up to the end of the globals."""
    places: dict[int, int] = {}
    for _ in range(_MOST_RECORDS):
        if at + 4 > len(body):
            break
        kind, length = struct.unpack_from("<2H", body, at)
        if kind == _EOF:
            break
        places.setdefault(kind, at + 4)
        at += 4 + length
    return places


def _word(body: bytes, place: int | None) -> int:
    return struct.unpack_from("<H", body, place)[0] if place is not None and place + 2 <= len(body) else 0
