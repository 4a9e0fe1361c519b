"""Serials printed on blanks (流水码): reading what people type or a hand scanner sends, ranges, writing them out.

A hand scanner is a keyboard: it sends the serial and then Enter or Tab. Serials that follow one another in one field
are therefore told apart by any blank, control character or comma.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from xueji.core.errors import BadInput
from xueji.core.packs import BlankSpec

MOST_AT_ONCE = 100_000  # serials in one field: more is a slip of the finger, not a delivery

_WIDTHS = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_DASH = "-"
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−－~～〜至到"), _DASH)
_SYMBOLOGY = re.compile(r"\][A-Za-z][0-9A-Za-z]")  # a scanner may put the kind of bar code in front (ISO/IEC 15424)
_APART = re.compile(r"[\s\x00-\x1f\x7f,，、;；。]+")
_AROUND_DASH = re.compile(r"[\s-]*-[\s-]*")
_SHOWN = 24  # characters of what cannot be read that a message repeats


@dataclass(frozen=True, slots=True, order=True)
class SerialRange:
    """Serials from `first` to `last`, both included, without prefix."""

    first: int
    last: int

    def __post_init__(self) -> None:
        if not 0 < self.first <= self.last:
            raise ValueError(f"no such range: {self.first}..{self.last}")

    def __len__(self) -> int:
        return self.last - self.first + 1

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.first, self.last + 1))

    def __contains__(self, serial: object) -> bool:
        return isinstance(serial, int) and self.first <= serial <= self.last


def compress(serials: Iterable[int]) -> tuple[SerialRange, ...]:
    """Return serials as the fewest ranges, ascending; a serial given twice counts once."""
    ranges: list[SerialRange] = []
    first = last = 0
    for serial in sorted(set(serials)):
        if last and serial == last + 1:
            last = serial
            continue
        if last:
            ranges.append(SerialRange(first, last))
        first = last = serial
    return (*ranges, SerialRange(first, last)) if last else ()


def expand(ranges: Iterable[SerialRange]) -> tuple[int, ...]:
    """Return the serials of ranges one by one, in the order given."""
    return tuple(serial for span in ranges for serial in span)


def count_of(ranges: Iterable[SerialRange]) -> int:
    """Return how many serials ranges hold together."""
    return sum(len(span) for span in ranges)


def format_serial(serial: int, spec: BlankSpec) -> str:
    """Write a serial as it is printed on the blank; one that is too long for its width is a ValueError."""
    digits = f"{serial:0{spec.width}d}"
    if serial < 1 or len(digits) > spec.width:
        raise ValueError(f"no serial of {spec.width} digits: {serial}")
    return spec.prefix + digits


def format_range(span: SerialRange, spec: BlankSpec) -> str:
    """Write a range as forms print it: «A0012001—A0012050», a single serial alone."""
    first = format_serial(span.first, spec)
    return first if span.first == span.last else f"{first}—{format_serial(span.last, spec)}"


def format_ranges(ranges: Sequence[SerialRange], spec: BlankSpec) -> str:
    """Write ranges one after another; `parse_serials` reads it back."""
    return "、".join(format_range(span, spec) for span in ranges)


def parse_serials(text: str, spec: BlankSpec) -> tuple[SerialRange, ...]:
    """Read a field of serials and ranges in the order given; BadInput names the piece that cannot be read.

    Full-width characters, blanks, several dashes and what scanners send along are understood; the prefix may be
    left out when all digits are there. A serial that is given twice is refused: it would be counted twice on paper.
    """
    plain = _SYMBOLOGY.sub(" ", text.translate(_WIDTHS)).translate(_dashes_for(spec))
    pieces = [piece for piece in _APART.split(_AROUND_DASH.sub(_DASH, plain)) if piece]
    if not pieces:
        raise BadInput(f"没有读到流水码；应如 {_example(spec)}")
    ranges: list[SerialRange] = []
    total = 0
    for piece in pieces:
        ranges.append(_read_piece(piece, spec))
        total += len(ranges[-1])
        if total > MOST_AT_ONCE:
            raise BadInput(f"一次最多 {MOST_AT_ONCE} 个流水码，「{_cut(piece)}」处已超过：请核对起止号，或分几次填写")
    _refuse_twice(ranges, spec)
    return tuple(ranges)


def _dashes_for(spec: BlankSpec) -> dict[int, str]:
    """Leave the characters of the prefix alone: one that holds «至» or a dash of its own is matched as it stands."""
    return {code: dash for code, dash in _DASHES.items() if chr(code) not in spec.prefix}


def _read_piece(piece: str, spec: BlankSpec) -> SerialRange:
    """Read «A0012345» or «A0012001-A0012050»."""
    match = _shape(spec.prefix, str(spec.width)).fullmatch(piece)
    if match is None:
        raise BadInput(_what_is_wrong(piece, spec))
    first = int(match[1])
    last = int(match[2] or match[1])
    if not first:
        raise BadInput(f"「{_cut(piece)}」：流水码从 1 起，没有 0 号")
    if first > last:
        raise BadInput(f"「{_cut(piece)}」的起号大于止号：请核对")
    return SerialRange(first, last)


def _what_is_wrong(piece: str, spec: BlankSpec) -> str:
    loose = _shape(spec.prefix, "1,").fullmatch(piece)
    if loose is None:
        return f"「{_cut(piece)}」不是「{spec.title}」的流水码；应如 {_example(spec)}"
    wrong = next(digits for digits in loose.groups() if digits and len(digits) != spec.width)
    return f"「{_cut(piece)}」中的「{_cut(wrong)}」有 {len(wrong)} 位数字，应为 {spec.width} 位；应如 {_example(spec)}"


@lru_cache(maxsize=64)
def _shape(prefix: str, digits: str) -> re.Pattern[str]:
    """One serial or a range; the prefix may be missing, small letters (Caps Lock) are taken as capitals."""
    pattern = rf"(?:{re.escape(prefix.translate(_WIDTHS))})?([0-9]{{{digits}}})"
    return re.compile(rf"{pattern}(?:-{pattern})?", re.IGNORECASE)


def _refuse_twice(ranges: Sequence[SerialRange], spec: BlankSpec) -> None:
    farthest = 0
    for span in sorted(ranges):
        if span.first <= farthest:
            raise BadInput(f"流水码 {format_serial(span.first, spec)} 填了两次：请删去重复的")
        farthest = span.last


def _example(spec: BlankSpec) -> str:
    return f"{format_serial(1, spec)}，或 {format_range(SerialRange(1, 9), spec)}"


def _cut(piece: str) -> str:
    return piece if len(piece) <= _SHOWN else f"{piece[:_SHOWN]}…"
