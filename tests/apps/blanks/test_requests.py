"""A school asks for blanks: kind by level, count against the graduates of the season, who grants."""

from __future__ import annotations

import pytest
from tests.factories.blanks import AT, KIND, OTHER_KIND, Province

from xueji.blanks.actions import dispense_blanks, open_blank_request, spoil_blanks, submit_blank_request
from xueji.blanks.models import BlankRequest
from xueji.blanks.queries import need_of, requests_to_serve, requests_visible_to
from xueji.cases.models import CaseState
from xueji.core.errors import BadInput, Conflict, NotPermitted, RuleViolation
from xueji.core.serials import SerialRange
from xueji.ledger.models import Event

pytestmark = pytest.mark.django_db


def opened(world: Province, count: int, *, reason: str = "", kind: str = KIND) -> BlankRequest:
    return open_blank_request(
        school=world.college, kind=kind, count=count, year=2019, term="spring", reason=reason, by=world.clerk, at=AT
    )


@pytest.mark.requirement("S3-05", "S3-15")
def test_request_goes_from_clerk_over_leader_to_the_province(world: Province, graduates: dict[str, int]) -> None:
    graduates["count"] = 40
    request = world.granted(40)
    assert request.case.state == CaseState.APPROVED
    request.refresh_from_db()
    assert request.graduates == 40
    assert Event.objects.filter(tag="blank_request:granted", subject_id=str(request.pk)).count() == 1
    assert list(requests_to_serve(world.issuer)) == [request]


@pytest.mark.requirement("S3-02")
def test_school_draws_only_the_kind_of_its_own_level(world: Province) -> None:
    with pytest.raises(RuleViolation, match="供学校使用，本校办学层次为「学院」") as refused:
        opened(world, 5, kind=OTHER_KIND)
    assert refused.value.findings[0].cites[0].source == "blank-law"
    assert opened(world, 5).kind == KIND


@pytest.mark.requirement("S3-15")
def test_more_than_the_season_needs_wants_a_reason(world: Province, graduates: dict[str, int]) -> None:
    graduates["count"] = 10
    with pytest.raises(RuleViolation, match="申领 11 本，多于尚需的 10 本"):
        submit_blank_request(request=opened(world, 11), by=world.clerk, at=AT)
    submit_blank_request(request=opened(world, 11, reason="上届打印损坏较多，备用 1 本"), by=world.clerk, at=AT)


def test_need_counts_what_is_there_on_its_way_and_asked_for(world: Province, graduates: dict[str, int]) -> None:
    graduates["count"] = 30
    world.stocked(1, 10)
    spoil_blanks(holder=world.college, kind=KIND, serials=[1], reason="卡纸", by=world.clerk, at=AT)
    world.granted(5, reason="试")
    need = need_of(opened(world, 1))
    assert (need.used, need.at_hand, need.granted, need.spoiled, need.open) == (0, 9, 5, 1, 16)


def test_only_the_schools_clerk_asks_and_only_the_issuer_serves(world: Province) -> None:
    for person in (world.school_clerk, world.leader, world.keeper):
        with pytest.raises(NotPermitted):
            open_blank_request(school=world.college, kind=KIND, count=1, year=2019, term="spring", by=person, at=AT)
    with pytest.raises(BadInput, match="至少为 1"):
        opened(world, 0)
    request = opened(world, 3)
    world.received(1, 3)
    with pytest.raises(Conflict, match="尚未批准"):
        dispense_blanks(request=request, serials=[SerialRange(1, 3)], by=world.issuer, at=AT)
    assert list(requests_visible_to(world.school_clerk)) == []
    assert list(requests_visible_to(world.clerk)) == [request]
