"""How many graduates a school has in a season: known above, told here by who knows it."""

from __future__ import annotations

from collections.abc import Callable

from xueji.institutions.models import School

Demand = Callable[[School, int, str, str], int]  # school, year, term, kind of certificate

_told: list[Demand] = []


def register_demand(demand: Demand) -> None:
    """Say who counts the graduates of a season; a second one is a bug."""
    if demand not in _told:
        if _told:
            raise ValueError("the demand for blanks is told twice")
        _told.append(demand)


def graduates_of(school: School, year: int, term: str, certificate_kind: str) -> int:
    """Return the graduates of a school in a season who need a certificate of a kind."""
    if not _told:
        raise ValueError("nobody tells how many graduates a season has")
    return _told[0](school, year, term, certificate_kind)
