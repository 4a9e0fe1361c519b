"""What a school may open a batch for now: the seasons of the authority that seals for it, late ones while the pack lets them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from xueji.graduation.models import Season
from xueji.graduation.queries import batches_opened
from xueji.graduation.rules import late_findings
from xueji.graduation.season_authority import seasons_of_school
from xueji.institutions.models import School


@dataclass(frozen=True, slots=True)
class BatchOpening:
    """A season for which a school has no batch yet, and could open one today."""

    season: Season
    school: School
    is_late: bool


def untaken(schools: Iterable[School]) -> Iterator[BatchOpening]:
    """Yield every season these schools have no batch in, also what would be refused: the act says why, with its clause."""
    schools = list(schools)
    taken = batches_opened(schools)
    for school in schools:
        for season in seasons_of_school(school):
            for is_late in (False, True):
                if (season.pk, school.pk, is_late) not in taken:
                    yield BatchOpening(season, school, is_late)


def openings_for(schools: Iterable[School], on: date) -> list[BatchOpening]:
    """Return what these schools may open a batch for on a day, the newest season first; what would be refused is not offered."""
    return [
        opening
        for opening in untaken(schools)
        if opening.season.closed_at is None
        and not (opening.is_late and late_findings(opening.season.law, opening.season, on))
    ]
