"""Published rates: counted from the records, kept as published, silent about small groups."""

from __future__ import annotations

import pytest
from tests.apps.records.files import line, stored
from tests.factories.records import RateLineFactory
from tests.journeys.world import AT, LATER, found

from xueji.core.errors import Conflict, NotPermitted
from xueji.demo.provinces import FUJIAN, GUANGXI
from xueji.graduation.records.actions import publish_rates
from xueji.lookup.published import shown_rates

pytestmark = pytest.mark.django_db


@pytest.fixture
def fujian():
    world = found(FUJIAN)
    batch = world.listed(count=12)
    clerk = world.user("school_clerk")
    everybody = list(batch.candidates.order_by("ordinal"))
    rows = [
        line(candidate, **{"职业（工种）": "电工", "等级": "中级工", "证书编号": f"C{candidate.ordinal}"})
        for candidate in everybody[:10]
    ]
    stored(batch, "vocational", rows, clerk)
    places = ["企业就业"] * 5 + ["升学"] * 2 + ["待就业"] * 2
    stored(batch, "employment", [line(o, 就业去向=p) for o, p in zip(everybody, places, strict=False)], clerk)
    return world, batch


@pytest.mark.requirement("S3-11")
def test_rates_count_certificates_of_the_graduates_own_level_and_those_who_work(fujian) -> None:
    world, batch = fujian
    world.approved(batch)
    made = publish_rates(season=batch.season, by=world.user("province"), at=LATER)
    counted = made.lines.get()
    first_ten = [c.details["graduate_level"] for c in batch.candidates.order_by("ordinal")[:10]]
    assert (counted.graduates, counted.certified, counted.employed) == (12, first_ten.count("中级技工班"), 7)
    assert "就业率" in made.definition


@pytest.mark.requirement("S3-11")
def test_publication_stands_as_it_was_and_only_the_authority_makes_it(fujian) -> None:
    world, batch = fujian
    with pytest.raises(Conflict, match="审核通过"):
        publish_rates(season=batch.season, by=world.user("province"), at=LATER)
    world.approved(batch)
    with pytest.raises(NotPermitted):
        publish_rates(season=batch.season, by=world.user("school_clerk"), at=LATER)
    first = publish_rates(season=batch.season, by=world.user("province"), at=LATER)
    stored(
        batch, "employment", [line(c, 就业去向="企业就业") for c in batch.candidates.all()], world.user("school_clerk")
    )
    second = publish_rates(season=batch.season, by=world.user("province"), at=LATER)
    assert (first.lines.get().employed, second.lines.get().employed) == (7, 12)


def test_jurisdiction_that_publishes_nothing_refuses() -> None:
    world = found(GUANGXI)
    with pytest.raises(Conflict, match="没有要求"):
        publish_rates(season=world.province.season, by=world.user("province"), at=AT)


@pytest.mark.requirement("S3-11")
@pytest.mark.parametrize(("graduates", "is_told"), [(9, False), (10, True)])
def test_a_group_as_large_as_the_smallest_published_is_told_and_one_less_is_not(graduates: int, is_told: bool) -> None:
    made = RateLineFactory(graduates=graduates, certified=3, employed=2, publication__smallest_group=10)
    (shown,) = shown_rates(made.publication)
    assert shown.graduates == graduates
    parts = (shown.certified, shown.employed, shown.certified_rate, shown.employed_rate)
    assert parts == ((3, 2, "30.0%", "20.0%") if is_told else (None, None, "", ""))
