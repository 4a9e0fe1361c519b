"""Marks as schools write them: «85分», «及 格», «92%», «八十五分» are one number or one word; a fraction is neither.

Which words and numbers are marks is the pack's to say; here only what is written around them is taken away.
"""

from __future__ import annotations

import re

from xueji.exchange.cells import Cell
from xueji.exchange.hannumbers import han_number
from xueji.exchange.troubles import Normalised, error_of, fold

_NUMBER = re.compile(r"(?P<whole>[0-9]{1,3})(?P<rest>\.[0-9]+)?\s*(?:分|%|\.)?$")
_HAN_NUMBER = re.compile(r"([零〇一二三四五六七八九十百壹贰叁肆伍陆柒捌玖拾佰]+)分?$")
_AROUND = "。.,，;；、!！'\"“”‘’「」 "
_BLANK = re.compile(r"(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])")


def read_mark(cell: Cell) -> Normalised | None:
    """Return a mark without what is written around it; None for a cell that is read as any other text."""
    if isinstance(cell, bool) or not isinstance(cell, str | int | float):
        return None
    if not isinstance(cell, str):
        return _fraction(cell) if 0 < cell < 1 else None
    text = _BLANK.sub("", fold(cell)).strip(_AROUND)
    if not text:
        return None
    if match := _NUMBER.match(text):
        rest = match["rest"] or ""
        is_share = not int(match["whole"]) and rest.strip(".0") and "%" not in text
        return _fraction(float(text.rstrip("分."))) if is_share else Normalised(str(int(match["whole"])) + rest)
    if len(text) > 1 and (match := _HAN_NUMBER.match(text)):
        number = han_number(match[1])
        return Normalised(text if number is None else str(number))
    return Normalised(text)


def _fraction(share: float) -> Normalised:
    """Return the error of a mark below one: a percentage that lost its sign, and not a failed examination."""
    percent = f"{share * 100:.10g}"
    return error_of(
        "mark_fraction",
        f"成绩「{share:g}」小于 1，看来是百分比（{percent}%）",
        f"请改填百分制的数字，如 {percent}",
    )
