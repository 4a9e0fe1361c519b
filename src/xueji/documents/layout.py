"""Fit texts into the fixed places of a form: shrink, break once, never run over.

Sizes and positions are computed here from the fonts' own advance widths, not by Typst's `measure`: ten times
faster, and it tells which texts had to be shrunk.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from xueji.core.months import Month
from xueji.documents.fonts import SERIF, text_width

MM = 72 / 25.4  # points per millimetre
ONE_LINE_FLOOR = 0.75  # a single line is shrunk to three quarters at most where the text may take two lines
TWO_LINES_GAIN = 1.2  # and at all only while two lines would not stand in clearly larger type
TWO_LINES_EM = 2.4  # height of two lines with the air a ruled cell needs
SLACK_PT = 0.5  # a box exactly as wide as its text breaks it
_DIGITS = "〇一二三四五六七八九"
_CAPITALS = "零壹贰叁肆伍陆柒捌玖"
_BREAK_AFTER = "·（）()、－-—/ "


@dataclass(frozen=True, slots=True)
class Fitted:
    """A text as it will be set: its lines, its size in pt, the width of the widest line in pt."""

    lines: tuple[str, ...]
    size: float
    width: float
    shrunk: bool


def fit_text(
    text: str, width_mm: float, size: float, *, style: str = SERIF, height_mm: float | None = None, floor: float = 0.0
) -> Fitted:
    """Fit `text` into `width_mm`: at `size` pt, else smaller, else on two lines (when `height_mm` holds two).

    The two lines break after a middle dot, bracket or hyphen where there is one. `floor` (pt) is the least size;
    below it the text is still set within the width, because running into the next field would be worse.
    """
    room = width_mm * MM - SLACK_PT
    em = text_width(text, style)
    if em * size <= room:
        return Fitted((text,), size, em * size, shrunk=False)
    one_line = room / em
    if height_mm is None:
        return Fitted((text,), _cut(one_line), em * _cut(one_line), shrunk=True)
    lines = _break_in_two(text, style)
    widest = max(text_width(line, style) for line in lines)
    two_lines = min(size, room / widest, height_mm * MM / TWO_LINES_EM)
    gain = TWO_LINES_GAIN if one_line >= size * ONE_LINE_FLOOR else 1.0
    if max(two_lines, floor) <= one_line * gain:
        return Fitted((text,), _cut(one_line), em * _cut(one_line), shrunk=True)
    two_lines = _cut(two_lines)
    return Fitted(lines, two_lines, widest * two_lines, shrunk=two_lines < size)


def _cut(size: float) -> float:
    """Round a size down to a hundredth of a point, so that the text stays inside its room."""
    return int(size * 100) / 100


def _break_in_two(text: str, style: str) -> tuple[str, str]:
    """Break where the longer half is shortest, at a natural place if one is not much worse than the middle."""

    def longer(at: int) -> float:
        return max(text_width(text[:at], style), text_width(text[at:], style))

    anywhere = min(range(1, len(text)), key=longer)
    natural = [
        i for i in range(1, len(text)) if (text[i - 1] in _BREAK_AFTER and text[i - 1] not in "（(") or text[i] in "（("
    ]
    if natural:
        best = min(natural, key=longer)
        if longer(best) <= longer(anywhere) * 1.35:
            return text[:best], text[best:]
    return text[:anywhere], text[anywhere:]


def chinese_number(number: int) -> str:
    """Write 1 to 99 as on a certificate: 七, 十, 十二, 二十, 三十一."""
    if not 0 < number < 100:
        raise ValueError(f"not within 1..99: {number}")
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{_DIGITS[tens]}十"
    return head + (_DIGITS[ones] if ones else "")


def capital_number(number: int) -> str:
    """Write a count in the numerals that cannot be altered by a stroke, as receipts have it: 壹拾玖, 壹仟零伍拾."""
    if not 0 <= number < 10**8:
        raise ValueError(f"not within 0..99,999,999: {number}")
    high, low = divmod(number, 10**4)
    if not high:
        return _capitals(low) or _CAPITALS[0]
    gap = _CAPITALS[0] if 0 < low < 1000 else ""
    return f"{_capitals(high)}万{gap}{_capitals(low)}"


def _capitals(number: int) -> str:
    """Write 1 to 9,999; one 零 for any zeros between digits, none at the end, nothing for nought."""
    words = ""
    for digit, unit in zip(f"{number:04d}", ("仟", "佰", "拾", ""), strict=True):
        if digit != "0":
            words += _CAPITALS[int(digit)] + unit
        elif words and not words.endswith(_CAPITALS[0]):
            words += _CAPITALS[0]
    return words.rstrip(_CAPITALS[0])


def chinese_year(year: int) -> str:
    """Write a year digit by digit: 二〇一九."""
    return "".join(_DIGITS[int(d)] for d in f"{year:04d}")


def chinese_date(day: date) -> str:
    """Write a date in Chinese numerals: 二〇一九年七月十二日."""
    return f"{chinese_year(day.year)}年{chinese_number(day.month)}月{chinese_number(day.day)}日"


def chinese_duration(years: Decimal) -> str:
    """Write a length of schooling: 三年, 三年半."""
    whole = int(years)
    if years == whole:
        return f"{chinese_number(whole)}年"
    if years - whole == Decimal("0.5"):
        return f"{chinese_number(whole)}年半" if whole else "半年"
    return f"{years.normalize()}年"


def printed_date(day: date) -> str:
    """Write a date with digits: 2001年3月9日."""
    return f"{day.year}年{day.month}月{day.day}日"


def printed_month(month: Month) -> str:
    """Write a month with digits: 2016年9月."""
    return f"{month.year}年{month.month}月"
