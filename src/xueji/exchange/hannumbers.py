"""Numbers written in Chinese characters, as certificates and old lists have them: «二〇二三», «十二», «捌拾伍»."""

from __future__ import annotations

import re

_DIGITS = {
    sign: value
    for value, signs in enumerate(
        ("零〇○◯", "一壹弌", "二贰貳两", "三叁參", "四肆", "五伍", "六陆陸", "七柒", "八捌", "九玖")
    )
    for sign in signs
}
_UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_TENS = {"廿": "二十", "卅": "三十"}
_SIGNS = "".join((*_DIGITS, *_UNITS, *_TENS))
_RUN = re.compile(f"[{_SIGNS}oO0]*[{_SIGNS}][{_SIGNS}oO0]*")


def han_number(text: str) -> int | None:
    """Return the number of a run of characters: digit by digit, or by tens and hundreds; None when it is none."""
    for sign, words in _TENS.items():
        text = text.replace(sign, words)
    if not any(sign in _UNITS for sign in text):
        digits = [str(_DIGITS.get(sign, 0 if sign in "oO0" else "?")) for sign in text]
        return int("".join(digits)) if digits and "?" not in digits else None
    total, digit = 0, None
    for sign in text:
        if sign in _UNITS:
            total += (1 if digit is None else digit) * _UNITS[sign]
            digit = None
        elif sign not in _DIGITS or digit:
            return None
        else:
            digit = _DIGITS[sign]
    return total + (digit or 0)


def with_digits(text: str) -> str:
    """Return a text with every number in characters as digits: «二〇二三年九月» is «2023年9月»."""
    return text if text.isascii() else _RUN.sub(_as_digits, text)


def _as_digits(match: re.Match[str]) -> str:
    number = han_number(match[0])
    return match[0] if number is None else str(number)
