"""What a school may open a batch for now: the seasons of the authority that seals for it, late ones while the pack lets them."""

from __future__ import annotations

from collections.abc import Iterable
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


def openings_for(schools: Iterable[School], on: date) -> list[BatchOpening]:
    """Return what these schools may open a batch for on a day, the newest season first; what would be refused is not offered."""
    schools = list(schools)
    taken = batches_opened(schools)
    return [
        BatchOpening(season, school, is_late)
        for school in schools
        for season in seasons_of_school(school)
        if season.closed_at is None
        for is_late in (False, True)
        if (season.pk, school.pk, is_late) not in taken and not (is_late and late_findings(season.law, season, on))
    ]
