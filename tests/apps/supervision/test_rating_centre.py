"""The province's centre supervises the offices and schools below and organises their ratings; nobody else does (S2 第五条)."""

from __future__ import annotations

import pytest
from tests.apps.supervision.test_ratings import AT, LATER, Land, publish
from tests.factories.supervision import ListedFindingFactory

from xueji.core.errors import NotPermitted
from xueji.supervision.actions import RatingProposal, draft_ratings, propose_rating, settle_rating
from xueji.supervision.models import Rating
from xueji.supervision.queries import findings_visible_to
from xueji.supervision.rating_queries import ratings_visible_to

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S2-07")]


def test_the_province_rates_schools_and_offices_and_nobody_else_does() -> None:
    land = Land()
    for user in (land.clerk, land.county_reviewer, land.city_reviewer):
        with pytest.raises(NotPermitted, match="组织评级"):
            draft_ratings(year=2024, by=user, at=AT)
    assert draft_ratings(year=2024, by=land.first, at=AT) == 4
    below = {land.school, land.other, land.county, land.city}  # the province rates nobody but those below
    assert {row.place for row in ratings_visible_to(land.first)} == below
    assert {row.place for row in ratings_visible_to(land.county_reviewer)} == {land.school, land.county}
    office = Rating.objects.get(authority=land.city)
    wanted = {"rating": office, "turn": 1, "proposal": RatingProposal("B"), "statement": "按数据", "at": LATER}
    with pytest.raises(NotPermitted, match="组织评级"):
        propose_rating(by=land.city_reviewer, **wanted)
    act = propose_rating(by=land.first, **wanted)
    settled = {"rating": office, "proposal": act.pk, "agrees": True, "statement": "同意", "at": LATER}
    with pytest.raises(NotPermitted, match="组织评级"):
        settle_rating(by=land.city_reviewer, **settled)
    settle_rating(by=land.second, **settled)
    assert publish(land.second) == 1


def test_the_province_sees_what_stands_out_at_any_school_below_and_another_school_does_not() -> None:
    land = Land()
    finding = ListedFindingFactory(school=land.school)
    assert [set(findings_visible_to(user)) for user in (land.first, land.neighbour)] == [{finding}, set()]
