"""Graduates with their photographs, and the photograph that stands with two of them."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from xueji.core.facts import GraduateFacts
from xueji.core.findings import Citation, Severity
from xueji.exchange.archives import PhotoEntry
from xueji.exchange.cells import CellFinding

PHOTO_COLUMN = "照片"
_NAMED = 3


@dataclass(frozen=True, slots=True)
class PhotoRef:
    """The photograph of a graduate: where it lies in the archive, and the SHA-256 of its bytes.

    `re_encoded` is the cleaned or shrunk file on offer (its bytes are small by the pack's profile), else None.
    """

    ordinal: int
    name: str
    digest: str
    size: int
    re_encoded: bytes | None = None
    is_acceptable: bool = True
    signature: bytes = b""

    @property
    def kept_digest(self) -> str:
        """The SHA-256 of the file that is kept: the cleaned one where there is one."""
        return hashlib.sha256(self.re_encoded).hexdigest() if self.re_encoded else self.digest


@dataclass(frozen=True, slots=True)
class GraduateRow:
    """One graduate as read: the row in the workbook, the facts, and the photograph if there is a usable one."""

    row_number: int
    facts: GraduateFacts
    photo: PhotoRef | None = None


def shared_photos(sheet: str, rows: Sequence[GraduateRow], cites: tuple[Citation, ...]) -> Iterator[CellFinding]:
    """Say at each graduate whose photograph stands with another one too.

    A warning: who confirms looks at both, and only they know whose it is.
    """
    from xueji.documents.likeness import alike  # numpy is slow to import, and text-only checks need none of it

    pictures = {index: row.photo for index, row in enumerate(rows) if row.photo and row.photo.signature}
    others: dict[int, list[int]] = defaultdict(list)
    for first, other in alike({index: photo.signature for index, photo in pictures.items()}):
        others[first].append(other)
        others[other].append(first)
    kept = {index: pictures[index].kept_digest for index in others}
    for index, like in sorted(others.items()):
        same = [other for other in like if kept[other] == kept[index]]
        named = _named(rows, same or like)
        message = f"与{named}是同一张照片" if same else f"照片与{named}的照片看来相同（另存、缩放或调整过）"
        remedy = "每人须用本人照片：请核对是谁的照片，更换放错的一张" if same else "请核对；放错的请更换"
        yield CellFinding(
            sheet,
            rows[index].row_number,
            PHOTO_COLUMN,
            Severity.WARNING,
            "photo.shared",
            message,
            "photo",
            remedy,
            cites,
        )


def named_otherwise(
    sheet: str, row: GraduateRow, entry: PhotoEntry, names: Collection[str], cites: tuple[Citation, ...]
) -> Iterator[CellFinding]:
    """Say that the file name holds the graduate's number and another graduate's name: one of the two is wrong."""
    if entry.is_alone or (row.facts.name and row.facts.name in entry.name):
        return
    others = [name for name in names if name in PurePosixPath(entry.name).name]
    if others:
        message = f"照片文件名中的身份证号是本人的，姓名却是「{others[0]}」"
        remedy = "请核对是谁的照片，改正文件名或更换照片"
        yield CellFinding(
            sheet,
            row.row_number,
            PHOTO_COLUMN,
            Severity.WARNING,
            "photo.named_otherwise",
            message,
            "photo",
            remedy,
            cites,
        )


def _named(rows: Sequence[GraduateRow], indices: Sequence[int]) -> str:
    """Return other rows by number and name alone."""
    named = "、".join(f"第 {rows[i].row_number} 行「{rows[i].facts.name or '无姓名'}」" for i in indices[:_NAMED])
    return f"{named}等共 {len(indices)} 行" if len(indices) > _NAMED else named
