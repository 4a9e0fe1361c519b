"""How many graduates of a school need a blank in a season: asked by the book of blanks."""

from __future__ import annotations

from xueji.graduation.facts import LIVE
from xueji.graduation.models import Candidate
from xueji.institutions.models import School


def graduates_in_need(school: School, year: int, term: str, certificate_kind: str) -> int:
    """Return the graduates on the school's lists of a season who are given a certificate of a kind."""
    on_lists = Candidate.objects.filter(batch__school=school, batch__season__year=year, batch__season__term=term)
    return on_lists.filter(state__in=LIVE, outcome=certificate_kind).count()
