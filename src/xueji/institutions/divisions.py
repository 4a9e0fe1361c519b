"""Division codes (GB/T 2260) of authorities: of which level a code is, and whether one lies within an authority's own division."""

from __future__ import annotations

from xueji.institutions.models import Authority, Level
from xueji.policy.library import covers

_DIGITS = {Level.PROVINCE: 2, Level.CITY: 4, Level.COUNTY: 6}  # of a code, down to the authority's own level


def level_of(division_code: str) -> Level:
    """Return the level of a division by its code: 450000 a province, 610500 a city, others a county."""
    if division_code.endswith("0000"):
        return Level.PROVINCE
    return Level.CITY if division_code.endswith("00") else Level.COUNTY


def levels_below(level: str) -> list[Level]:
    """Return the levels an authority may have others of below it, the next one first."""
    order = list(_DIGITS)
    return order[order.index(Level(level)) + 1 :]


def lies_within(authority: Authority, division_code: str) -> bool:
    """Whether a code lies in an authority's own division: that decides which pack's law counts there.

    The division goes by the authority's level: a city office without a city's code of its own stands for its city.
    """
    prefix = authority.division_code[: _DIGITS[Level(authority.level)]]
    return covers(prefix.ljust(6, "0"), division_code)
