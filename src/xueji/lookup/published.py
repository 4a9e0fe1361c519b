"""What the public may see of seasons: draws with everything needed to repeat them, rates as published. No person."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Prefetch, QuerySet

from xueji.core.draw import METHOD
from xueji.core.errors import NotFound
from xueji.draws.queries import repeats
from xueji.graduation.models import RateLine, RatePublication, SpotCheck, SpotCheckCommitment

__all__ = [
    "METHOD",
    "PublishedRate",
    "commitments",
    "draw_of",
    "draws",
    "publication_of",
    "publications",
    "repeats",
    "shown_rates",
]


@dataclass(frozen=True, slots=True)
class PublishedRate:
    """One school's line; a small group tells its head-count alone."""

    school: str
    graduates: int
    certified: int | None
    employed: int | None
    certified_rate: str
    employed_rate: str


def commitments(search: str = "") -> QuerySet[SpotCheckCommitment]:
    """Return the commitments whose list is not filed yet."""
    found = SpotCheckCommitment.objects.filter(spot_check=None).select_related(
        "commitment", "batch__season", "batch__school"
    )
    return (found.filter(batch__school__name__icontains=search) if search else found).order_by(
        "-commitment__published_at"
    )


def draws(search: str = "") -> QuerySet[SpotCheck]:
    """Return the draws that were held, newest first."""
    found = SpotCheck.objects.select_related("draw__commitment", "batch__season", "batch__school")
    return found.filter(batch__school__name__icontains=search) if search else found


def draw_of(draw_id: str | int) -> SpotCheck:
    """Return a draw, else NotFound."""
    found = draws().prefetch_related("draw__items").filter(pk=draw_id).first()
    if found is None:
        raise NotFound
    return found


def publications() -> list[RatePublication]:
    """Return the publication in force of each season, newest season first; earlier ones are kept but not listed."""
    lines = Prefetch("lines", RateLine.objects.select_related("school"))
    found = RatePublication.objects.select_related("season__authority").prefetch_related(lines)
    latest: dict[int, RatePublication] = {}
    for publication in found.order_by("-season__year", "season__term", "-published_at"):
        latest.setdefault(publication.season_id, publication)
    return list(latest.values())


def publication_of(publication_id: str | int) -> RatePublication:
    """Return a publication, else NotFound."""
    found = RatePublication.objects.select_related("season__authority").filter(pk=publication_id).first()
    if found is None:
        raise NotFound
    return found


def shown_rates(publication: RatePublication) -> list[PublishedRate]:
    """Return the lines as the public sees them: a group below the limit tells no parts and no rates."""
    return [_shown(line, publication.smallest_group) for line in publication.lines.all()]


def _shown(line: RateLine, smallest: int) -> PublishedRate:
    if line.graduates < smallest:
        return PublishedRate(line.school.name, line.graduates, None, None, "", "")
    parts = (line.certified, line.employed)
    certified, employed = (f"{100 * part / line.graduates:.1f}%" for part in parts)
    return PublishedRate(line.school.name, line.graduates, line.certified, line.employed, certified, employed)
