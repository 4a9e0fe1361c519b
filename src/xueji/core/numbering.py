"""Numbers of diplomas: a shape of parts, formatting and parsing as inverses, ranges, and a serial that never wraps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from xueji.core.errors import BadInput, NumbersExhausted


@dataclass(frozen=True, slots=True)
class NumberPart:
    """One part of a number: `width` digits."""

    name: str
    label: str
    width: int


@dataclass(frozen=True, slots=True)
class NumberShape:
    """Parts in printed order between a prefix and a suffix (either may name a part in braces, as «（{year}）»).

    `serial` names the part that counts, where the shape is one of numbers: it starts at 1.
    """

    parts: tuple[NumberPart, ...]
    prefix: str = ""
    suffix: str = ""
    serial: str = ""

    def part(self, name: str) -> NumberPart:
        """Return the part called `name`; KeyError when the shape has none."""
        for part in self.parts:
            if part.name == name:
                return part
        raise KeyError(name)


def format_number(shape: NumberShape, parts: Mapping[str, str | int]) -> str:
    """Write a number from its parts; BadInput names a part that is missing, unknown, not digits or too long."""
    unknown = set(parts) - {p.name for p in shape.parts}
    if unknown:
        raise BadInput(f"编号没有这一段：{'、'.join(sorted(unknown))}；可用：{'、'.join(p.name for p in shape.parts)}")
    texts: dict[str, str] = {}
    for part in shape.parts:
        if part.name not in parts:
            raise BadInput(f"编号缺少「{part.label}」（{part.name}）")
        raw = str(parts[part.name])
        if not (raw.isascii() and raw.isdigit()):
            raise BadInput(f"编号的「{part.label}」须为数字：{raw}")
        if len(raw) > part.width:
            raise NumbersExhausted(f"编号的「{part.label}」只有 {part.width} 位，放不下 {raw}")
        _refuse_zero(shape, part, raw)
        texts[part.name] = raw.zfill(part.width)
    named = {p.name for p in shape.parts if f"{{{p.name}}}" in shape.prefix + shape.suffix}
    digits = "".join(texts[p.name] for p in shape.parts if p.name not in named)
    return shape.prefix.format(**texts) + digits + shape.suffix.format(**texts)


def parse_number(shape: NumberShape, number: str) -> dict[str, str]:
    """Split a number into its parts; BadInput says what does not fit. Inverse of `format_number`."""
    parts: dict[str, str] = {}
    rest = _take_affix(shape, shape.prefix, number.strip(), parts)
    named = set(parts) | {p.name for p in shape.parts if f"{{{p.name}}}" in shape.suffix}
    for part in (p for p in shape.parts if p.name not in named):
        piece, rest = rest[: part.width], rest[part.width :]
        if len(piece) != part.width or not (piece.isascii() and piece.isdigit()):
            raise BadInput(f"编号「{number}」的「{part.label}」应为 {part.width} 位数字")
        parts[part.name] = piece
    rest = _take_affix(shape, shape.suffix, rest, parts)
    if rest:
        raise BadInput(f"编号「{number}」末尾多出「{rest}」")
    for part in shape.parts:
        _refuse_zero(shape, part, parts[part.name])
    return {p.name: parts[p.name] for p in shape.parts}


def _refuse_zero(shape: NumberShape, part: NumberPart, digits: str) -> None:
    """No certificate was ever given the number before the first."""
    if part.name == shape.serial and not int(digits):
        raise BadInput(f"编号的「{part.label}」从 1 起，没有 0 号")


def _take_affix(shape: NumberShape, affix: str, text: str, parts: dict[str, str]) -> str:
    """Match a prefix or suffix (with named parts in braces) at the start of `text`; return what follows it."""
    while affix:
        if affix.startswith("{"):
            name, affix = affix[1:].split("}", 1)
            width = shape.part(name).width
            piece, text = text[:width], text[width:]
            if len(piece) != width or not (piece.isascii() and piece.isdigit()):
                raise BadInput(f"编号的「{shape.part(name).label}」应为 {width} 位数字")
            parts[name] = piece
        else:
            if not text.startswith(affix[0]):
                raise BadInput(f"编号应含「{affix.split('{')[0]}」")
            affix, text = affix[1:], text[1:]
    return text


def serial_ceiling(shape: NumberShape, serial_part: str) -> int:
    """Return the greatest serial the shape can print (99,999 for five digits): beyond it numbering stops."""
    return int(10 ** shape.part(serial_part).width - 1)
