"""Which characters can be printed, with which font, and how wide they are.

Noto Serif SC and Noto Sans SC come with the program and cover 通用规范汉字表. HanaMin (and Noto CJK) are used when
the machine has them: they print the rarer characters of extensions B to F. A missing glyph would otherwise come out
as an empty box without any warning, so every text is checked here before it is set.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
import pylopdf_fonts_zh_cn
from fontTools.ttLib import TTFont

SERIF = "serif"  # 宋
SANS = "sans"  # 黑

_SYSTEM_ROOTS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
_OPTIONAL = (
    # family, file name, index of the SC face, Debian package
    ("Noto Serif CJK SC", "NotoSerifCJK-Regular.ttc", 2, "fonts-noto-cjk"),
    ("HanaMinA", "HanaMinA.ttf", 0, "fonts-hanazono"),
    ("HanaMinB", "HanaMinB.ttf", 0, "fonts-hanazono"),
)


@dataclass(frozen=True, slots=True)
class FontFace:
    """One face: its family as Typst names it, its file, and its index when the file is a collection."""

    family: str
    path: Path
    index: int = 0
    package: str = ""

    @property
    def advances(self) -> Mapping[int, float]:
        """Code point → advance width in em; its keys are the characters the face covers."""
        return _advances(self.path, self.index)


@dataclass(frozen=True, slots=True)
class Substitution:
    """A character the form's own font lacks and another font prints: shown to the operator, never silent."""

    character: str
    family: str


@dataclass(frozen=True, slots=True)
class FontSet:
    """The faces of this machine, in order of preference for each style; `missing` are the optional ones it lacks."""

    serif: tuple[FontFace, ...]
    sans: tuple[FontFace, ...]
    missing: tuple[FontFace, ...]

    def chain(self, style: str) -> tuple[FontFace, ...]:
        """Return the faces tried for `style`, the form's own font first."""
        return {SERIF: self.serif, SANS: self.sans}[style]

    def families(self, style: str) -> list[str]:
        """Return the family names for Typst, the form's own font first."""
        return [face.family for face in self.chain(style)]

    def face_for(self, character: str, style: str = SERIF) -> FontFace | None:
        """Return the face that prints `character`, or None when no font of this machine does."""
        code = ord(character)
        return next((face for face in self.chain(style) if code in face.advances), None)


@lru_cache(maxsize=16)
def _advances(path: Path, index: int) -> Mapping[int, float]:
    """Read cmap and hmtx by glyph index: fontTools' own way names 60,000 glyphs first and takes ten times as long."""
    with TTFont(path, fontNumber=index, lazy=True) as font:
        scale = font["head"].unitsPerEm
        pairs = np.frombuffer(font.getTableData("hmtx"), ">u2", count=2 * font["hhea"].numberOfHMetrics)[::2]
        glyphs = _glyph_ids(font.getTableData("cmap"))
    codes = np.fromiter(glyphs, np.int64, len(glyphs))
    ids = np.fromiter(glyphs.values(), np.int64, len(glyphs))
    widths = pairs[np.minimum(ids, len(pairs) - 1)] / scale  # later glyphs share the last width
    return dict(zip(codes.tolist(), widths.tolist(), strict=True))


def _glyph_ids(cmap: bytes) -> dict[int, int]:
    """Return code point → glyph index from the table's full Unicode part (format 12), which all our fonts have."""
    (count,) = struct.unpack_from(">2xH", cmap)
    offsets = (struct.unpack_from(">4xI", cmap, 4 + 8 * i)[0] for i in range(count))
    full = next(offset for offset in offsets if struct.unpack_from(">H", cmap, offset)[0] == 12)
    (groups,) = struct.unpack_from(">12xI", cmap, full)
    glyphs: dict[int, int] = {}
    for first, last, glyph in struct.iter_unpack(">III", cmap[full + 16 : full + 16 + 12 * groups]):
        glyphs.update(zip(range(first, last + 1), range(glyph, glyph + last - first + 1), strict=True))
    return glyphs


def _find(file_name: str) -> Path | None:
    extra = os.environ.get("XUEJI_FONTS", "")
    for root in filter(None, (extra, *_SYSTEM_ROOTS)):
        folder = Path(root).expanduser()
        if folder.is_dir() and (found := sorted(folder.rglob(file_name))):
            return found[0].resolve()
    return None


@lru_cache(maxsize=1)
def font_set() -> FontSet:
    """Return the fonts of this machine; looked up once per process."""
    serif = FontFace("Noto Serif SC", Path(pylopdf_fonts_zh_cn.serif_path()))
    sans = FontFace("Noto Sans SC", Path(pylopdf_fonts_zh_cn.sans_path()))
    found: list[FontFace] = []
    missing: list[FontFace] = []
    for family, file_name, index, package in _OPTIONAL:
        path = _find(file_name)
        face = FontFace(family, path or Path(file_name), index, package)
        (found if path else missing).append(face)
    return FontSet((serif, *found), (sans, serif, *found), tuple(missing))


def uncovered(text: str) -> str:
    """Return the characters of `text` that no font of this machine prints, each once, in order."""
    fonts = font_set()
    return "".join(c for c in dict.fromkeys(text) if fonts.face_for(c) is None)


def substitutions(text: str, style: str = SERIF) -> tuple[Substitution, ...]:
    """Return the characters of `text` printed by another font than the form's own, each once, in order."""
    fonts = font_set()
    advances = fonts.chain(style)[0].advances
    rare = (c for c in dict.fromkeys(text) if ord(c) not in advances)
    return tuple(Substitution(c, face.family) for c in rare if (face := fonts.face_for(c, style)) is not None)


# Chinese text takes another glyph for these than the one cmap names, as wide as here: narrower counts broke lines.
_CHINESE_FORMS: Final = {"\u2014": 1.0}


class _Widths(dict[str, float]):
    """Character → width in em, filled as characters are met; an unknown character counts one em."""

    def __init__(self, style: str) -> None:
        super().__init__(_CHINESE_FORMS)
        self._style = style

    def __missing__(self, character: str) -> float:
        face = font_set().face_for(character, self._style)
        width = face.advances[ord(character)] if face else 1.0
        self[character] = width
        return width


_widths = {style: _Widths(style) for style in (SERIF, SANS)}


def text_width(text: str, style: str = SERIF) -> float:
    """Return the width of `text` in em, as the fonts of this machine print it."""
    return sum(map(_widths[style].__getitem__, text))


def font_report() -> str:
    """Say in one line which fonts print here and what is missing, with what to install."""
    fonts = font_set()
    here = "、".join(dict.fromkeys(face.family for face in (*fonts.serif[:1], *fonts.sans)))
    if not fonts.missing:
        return f"字体齐全：{here}"
    lacking = "、".join(face.family for face in fonts.missing)
    packages = "、".join(dict.fromkeys(face.package for face in fonts.missing))
    return f"字体可用：{here}；缺少 {lacking}（系统软件包 {packages}）：部分生僻字无法打印，录入时会逐字提示"


def describe_uncovered(texts: Iterable[tuple[str, str]]) -> str:
    """Name each character that cannot be printed, with where it stands; empty when all can.

    `texts` are (place, text) pairs; the code point is named because the character itself may show as a box.
    """
    parts = []
    for place, text in texts:
        if bad := uncovered(text):
            named = "、".join(f"「{c}」（U+{ord(c):04X}）" for c in bad)
            parts.append(f"{place}「{text}」中的 {named}")
    return "；".join(parts)
