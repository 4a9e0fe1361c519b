"""A share of a whole in words: rounded up, so that what is more than a bound never looks as if it were not."""

from __future__ import annotations

_HUNDREDTHS = 100


def share_words(part: int, whole: int) -> str:
    """Return a share in per cent with two digits, «0%» of nothing; 2.0001 % is «2.01%»."""
    if not part or not whole:
        return "0%"
    hundredths = -(-part * 100 * _HUNDREDTHS // whole)
    return (
        f"{hundredths // _HUNDREDTHS}.{hundredths % _HUNDREDTHS:02}%"
        if hundredths % _HUNDREDTHS
        else f"{hundredths // _HUNDREDTHS}%"
    )
