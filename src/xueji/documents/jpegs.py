"""The marker segments of a JPEG: what a decoder needs stays, everything that only travels with it goes, without re-coding.

Places, names, thumbnails, colour profiles and notes of programs stand in APP and COM segments, which may come before,
between and behind the scans; a file may hang behind the end marker. None of it belongs on paper or in an archive.
"""

from __future__ import annotations

import re
from typing import NamedTuple

SOI, EOI, SOS, COM = 0xD8, 0xD9, 0xDA, 0xFE
_APP0, _APP15, _ADOBE = 0xE0, 0xEF, 0xEE
_ALONE = {0x01, *range(0xD0, 0xD8)}  # markers without a length
# Frames, tables, scans, restart intervals, line counts: what pictures are made of.
_NEEDED = {*range(0xC0, 0xD0), *range(0xDA, 0xE0)} - {0xC8}
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7]")  # the next one behind compressed data
_JFIF_BYTES, _ADOBE_BYTES = 14, 12


class Segment(NamedTuple):
    """One marker with what belongs to it: `body` without marker and length, `coded` the compressed data of a scan."""

    marker: int
    body: bytes = b""
    coded: bytes = b""

    @property
    def is_extra(self) -> bool:
        """Whether a decoder does without it."""
        return self.marker == COM or self.marker not in _NEEDED

    def written(self) -> bytes:
        """Return the segment as it stands in a file."""
        return b"\xff" + bytes([self.marker]) + (len(self.body) + 2).to_bytes(2, "big") + self.body + self.coded


def segments_of(data: bytes) -> tuple[list[Segment], int] | None:
    """Return the segments up to the end marker and where the picture ends; None when it never does.

    Walked marker by marker, because thumbnails inside EXIF and files hung on behind have end markers of their own.
    """
    found: list[Segment] = []
    at = 2
    while at + 2 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == EOI:
            return found, at + 2
        if marker == 0xFF:  # fill byte
            at += 1
            continue
        if marker in _ALONE:
            at += 2
            continue
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        after = at + 2 + length
        if length < 2 or after > len(data):
            return None
        end = _after_scan(data, after) if marker == SOS else after
        found.append(Segment(marker, data[at + 4 : after], data[after:end]))
        at = end
    return None


def _after_scan(data: bytes, at: int) -> int:
    """Return the next marker behind compressed data, where FF00 and FFD0 to FFD7 belong to the data."""
    found = _MARKER.search(data, at)
    return found.start() if found else len(data)


def bare(data: bytes) -> bytes:
    """Return the JPEG with the same picture and nothing else; ValueError when it has no end.

    Kept besides the picture: the JFIF head without thumbnail and Adobe's word on the colours, for decoders read them.
    """
    read = segments_of(data)
    if read is None:
        raise ValueError("a JPEG without an end")
    segments, kept = read[0], _kept(read[0])
    if kept == segments and len(data) == 4 + sum(4 + len(s.body) + len(s.coded) for s in segments):
        return data  # bare since it was taken in
    return b"\xff\xd8" + b"".join(segment.written() for segment in kept) + b"\xff\xd9"


def _kept(segments: list[Segment]) -> list[Segment]:
    """Return the segments that stay, a JFIF head first, where decoders look for it."""
    head: list[Segment] = []
    rest: list[Segment] = []
    for segment in segments:
        body = segment.body
        if not segment.is_extra:
            rest.append(segment)
        elif segment.marker == _APP0 and not head and body.startswith(b"JFIF\0") and len(body) >= _JFIF_BYTES:
            head.append(Segment(_APP0, body[: _JFIF_BYTES - 2] + b"\0\0"))
        elif segment.marker == _ADOBE and body.startswith(b"Adobe") and len(body) >= _ADOBE_BYTES:
            rest.append(Segment(_ADOBE, body[:_ADOBE_BYTES]))
    return [*head, *rest]


def profile_of(segments: list[Segment]) -> bytes:
    """Return the colour profile a file carries, put together from its pieces; empty when it carries none."""
    pieces = [s.body for s in segments if s.marker == 0xE2 and s.body.startswith(b"ICC_PROFILE\0") and len(s.body) > 14]
    return b"".join(piece[14:] for piece in sorted(pieces, key=lambda piece: piece[12]))


def extras_of(segments: list[Segment], behind: bytes) -> list[str]:
    """Name in Chinese what stands beside the picture; `behind` is what follows its end."""
    named = [name for s in segments if s.is_extra and (name := _name_of(s))]
    if behind.strip(b"\x00"):
        named.append("图像结束后的多余数据")
    return list(dict.fromkeys(named))


def _name_of(segment: Segment) -> str | None:  # noqa: PLR0911  # one way out for each kind
    """Return what an extra segment is, None for the two that stay (without what hangs on them)."""
    marker, body = segment.marker, segment.body
    if marker == COM:
        return "注释或编辑信息"
    if body.startswith(b"Exif\0"):
        return "拍摄信息（EXIF）"
    if body.startswith((b"http://ns.adobe.com/", b"XMP\0")):
        return "编辑信息（XMP，可能有地点和作者）"
    if body.startswith(b"ICC_PROFILE\0"):
        return "颜色描述文件（ICC）"
    if body.startswith((b"Photoshop", b"Adobe_Photoshop", b"Adobe_CM")):
        return "注释或编辑信息"
    if marker == _APP0 and body.startswith(b"JFIF\0") and len(body) == _JFIF_BYTES and body[-2:] == b"\0\0":
        return None
    if marker == _ADOBE and body.startswith(b"Adobe") and len(body) == _ADOBE_BYTES:
        return None
    if marker == _APP0 and body.startswith((b"JFIF\0", b"JFXX\0")):
        return "缩略图"
    if _APP0 <= marker <= _APP15:
        return f"厂商附加信息（APP{marker - _APP0}）"
    return "其他附加信息"
