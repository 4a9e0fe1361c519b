"""Restrictions of a school rated D: they stop what they say and nothing else, are let by by two people above, end with C (S2 第二十三条)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import product

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st
from tests.apps.registry.test_registering import facts, registered
from tests.apps.supervision.test_ratings import Land, publish
from tests.factories.institutions import ProgrammeFactory, TeachingSiteFactory, appointed, staffed_city
from tests.factories.registry import RegistrationFactory
from tests.factories.supervision import RatingFactory, RestrictionBypassFactory, RestrictionFactory

from xueji.accounts.models import User
from xueji.core.errors import BadInput, Conflict, NotFound, NotPermitted, RuleViolation
from xueji.core.intakes import Intake
from xueji.institutions.models import Post
from xueji.ledger.models import Event
from xueji.registry.bar_kinds import ACTS, FILE, REGISTER, Bar, NewcomerAct, bar_findings
from xueji.supervision.actions import (
    RestrictionScope,
    lift_restriction,
    place_restriction,
    propose_bypass,
    settle_bypass,
)
from xueji.supervision.models import Restriction, RestrictionBypass
from xueji.supervision.restriction_queries import bypasses_of, may_lift, may_restrict, restriction_for, restrictions_of

pytestmark = [pytest.mark.requirement("S2-44")]
AT = datetime(2025, 2, 3, 1, tzinfo=UTC)
DAY = date(2025, 3, 1)
LAST = date(2025, 12, 31)
SPRING = Intake(2025, "spring")
AUTUMN = Intake(2025, "autumn")
WHOLE = RestrictionScope((REGISTER, FILE), LAST, is_whole=True)


@pytest.fixture
def land(db) -> Land:
    made = Land()
    made.worst = RatingFactory(
        school=made.school, state="published", rating="D", hits=["FM3"], proposed_by=made.first, decided_by=made.second,
        decided_at=AT, published_at=AT,
    )  # fmt: skip
    made.leader = appointed(Post.CITY_LEADER, made.city)
    return made


def restricted(land: Land, scope: RestrictionScope = WHOLE) -> Restriction:
    return place_restriction(rating=land.worst, scope=scope, reason="拒不删除重复学籍", by=land.leader, at=AT)


def stopped(land: Land, act: str, day: date = DAY, *, programme: int | None = None, campus: str = "") -> bool:
    (found,) = bar_findings(land.school, [NewcomerAct(act, AUTUMN, programme, campus)], day)
    return bool(found)


# -- what a restriction stops, by every combination


@given(
    acts=st.sets(st.sampled_from(sorted(ACTS)), min_size=1),
    whole=st.booleans(),
    programme=st.sampled_from([None, 1, 2]),
    campus=st.sampled_from(["", "东", "西"]),
    wanted=st.lists(
        st.tuples(
            st.sampled_from(sorted(ACTS)), st.sampled_from([None, 1, 2, 3]), st.sampled_from(["", "东", "西", "南"])
        )
    ),
)
def test_it_stops_what_it_says_and_nothing_else(acts, whole, programme, campus, wanted) -> None:
    if whole:
        programme, campus = None, ""
    bar = Bar(frozenset(acts), "停止", "", (), is_whole=whole, programme_id=programme, campus=campus)
    for act, its_programme, its_campus in wanted:
        expected = act in acts and (
            whole
            or (
                (programme is not None or campus != "")
                and (programme is None or programme == its_programme)
                and (campus == "" or campus == its_campus)
            )
        )
        assert bar.covers(NewcomerAct(act, AUTUMN, its_programme, its_campus)) is expected


def test_in_the_register_as_well_by_programme_campus_and_act(land) -> None:
    nursing, cooking = (ProgrammeFactory(school=land.school, name=name) for name in ("护理", "烹饪"))
    for scope in (
        RestrictionScope((REGISTER,), LAST, programme=nursing),
        RestrictionScope((FILE,), LAST, campus="东"),
        RestrictionScope((REGISTER,), LAST, programme=cooking, campus="西"),
    ):
        restricted(land, scope)
    expected = {
        (REGISTER, nursing.pk, ""), (REGISTER, nursing.pk, "东"), (REGISTER, nursing.pk, "西"), (REGISTER, cooking.pk, "西"),
        (FILE, nursing.pk, "东"), (FILE, cooking.pk, "东"), (FILE, None, "东"),
    }  # fmt: skip
    every = list(product((REGISTER, FILE), (nursing.pk, cooking.pk, None), ("", "东", "西")))
    found = bar_findings(land.school, [NewcomerAct(act, AUTUMN, key, campus) for act, key, campus in every], DAY)
    assert {wanted for wanted, findings in zip(every, found, strict=True) if findings} == expected
    assert bar_findings(land.other, [NewcomerAct(REGISTER, AUTUMN, nursing.pk)], DAY) == [[]]
    (finding,) = found[every.index((FILE, None, "东"))]
    assert ("东学籍备案停止" in finding.message, finding.cites[0].clause) == (True, "第二十三条")


def test_a_campus_is_not_evaded_by_a_name_no_site_on_record_has(land) -> None:
    restricted(land, RestrictionScope((REGISTER,), LAST, campus="南校区"))
    assert not stopped(land, REGISTER, campus="南校")  # nothing is on record to tell it by
    TeachingSiteFactory(school=land.school, name="北校区")
    names = ("南校区", "南校", "北校区", "")
    assert [stopped(land, REGISTER, campus=name) for name in names] == [True, True, False, False]


@pytest.mark.parametrize(
    ("day", "is_stopped"),
    [(date(2025, 2, 2), False), (date(2025, 2, 3), True), (date(2025, 12, 31), True), (date(2026, 1, 1), False)],
)
def test_from_its_first_day_to_its_last(land, day, is_stopped) -> None:
    restricted(land)
    assert stopped(land, REGISTER, day) is is_stopped


def test_a_cap_lets_through_as_many_as_it_says_of_each_intake(land) -> None:
    nursing = ProgrammeFactory(school=land.school, name="护理")
    restricted(land, RestrictionScope((REGISTER,), LAST, programme=nursing, most=3))
    RegistrationFactory(
        enrolment__programme=nursing, enrolment__school=land.school, intake_year=2025, intake_term="autumn"
    )
    wanted = [NewcomerAct(REGISTER, AUTUMN, nursing.pk)] * 3 + [NewcomerAct(REGISTER, SPRING, nursing.pk)] * 4
    found = bar_findings(land.school, wanted, DAY)
    assert [bool(findings) for findings in found] == [False, False, True, False, False, False, True]
    assert not stopped(land, REGISTER)  # another programme, or none


def test_registering_is_refused_with_the_clause_and_goes_on_where_it_is_let_by(db) -> None:
    city = staffed_city("410100", "410102")
    nursing = ProgrammeFactory(school=city.city_school, name="护理", duration_years=Decimal("3.0"))
    days = {"from_on": date(2021, 1, 1), "until_on": date(2021, 12, 31)}
    row = RestrictionFactory(
        school=city.city_school, acts=[REGISTER], is_whole=False, programme=nursing, campus="东区", **days
    )
    registered(city, [facts(1), facts(2, teaching_site="西区")])  # another campus, or none
    with pytest.raises(RuleViolation, match="护理、东区新生登记停止") as refused:
        registered(city, [facts(3), facts(4, teaching_site="东区")])
    (finding,) = refused.value.findings
    assert ("王小" in finding.message, finding.cites[0].clause) == (True, "第二十三条")
    at = datetime(2021, 9, 1, tzinfo=UTC)
    RestrictionBypassFactory(
        restriction=row, state="granted", decided_by=city.city_leader, decided_at=at, until_on=date(2021, 9, 10)
    )
    assert len(registered(city, [facts(4, teaching_site="东区")])) == 1


def test_a_file_of_more_than_the_cap_is_refused_as_a_whole(db) -> None:
    city = staffed_city("410100", "410102")
    ProgrammeFactory(school=city.city_school, name="护理", duration_years=Decimal("3.0"))
    RestrictionFactory(
        school=city.city_school, acts=[REGISTER], most=2, from_on=date(2021, 1, 1), until_on=date(2021, 12, 31)
    )
    registered(city, [facts(1)])
    with pytest.raises(RuleViolation, match="每届至多 2 人"):
        registered(city, [facts(2), facts(3)])
    assert len(registered(city, [facts(2)])) == 1


# -- who places one, on what


def test_only_a_published_d_is_restricted_by_a_leader_over_the_school_in_clear_words(land) -> None:
    with pytest.raises(NotPermitted):
        place_restriction(rating=land.worst, scope=WHOLE, reason="拒不删除", by=land.city_reviewer, at=AT)
    better = RatingFactory(
        school=land.school, year=2023, state="published", rating="C", proposed_by=land.first, decided_by=land.second, decided_at=AT,
        published_at=AT,
    )  # fmt: skip
    draft = RatingFactory(school=land.other, draft="D", hits=["FM3"])
    for rating in (better, draft):
        with pytest.raises(Conflict, match="公布为D级"):
            place_restriction(rating=rating, scope=WHOLE, reason="拒不删除", by=land.leader, at=AT)
    programme, alien = ProgrammeFactory(school=land.school), ProgrammeFactory(school=land.other)
    refused = {
        "限制的手续": RestrictionScope((), LAST, is_whole=True),
        "不能都选也不能都不选": RestrictionScope((FILE,), LAST),
        "不能都选": RestrictionScope((FILE,), LAST, is_whole=True, programme=programme),
        "不是这所学校": RestrictionScope((FILE,), LAST, programme=alien),
        "只用于": RestrictionScope((FILE,), LAST, is_whole=True, most=3),
        "从 1 起": RestrictionScope((REGISTER,), LAST, is_whole=True, most=0),
        "2025-12-31": RestrictionScope((FILE,), date(2026, 1, 1), is_whole=True),
        "下一年": RestrictionScope((FILE,), date(2025, 2, 2), is_whole=True),
    }
    for words, scope in refused.items():
        with pytest.raises(BadInput, match=words):
            restricted(land, scope)
    with pytest.raises(BadInput, match="事由"):
        place_restriction(rating=land.worst, scope=WHOLE, reason=" ", by=land.leader, at=AT)
    row = restricted(land)
    assert (row.from_on, row.cites, restrictions_of(land.worst)) == (
        date(2025, 2, 3), ["henan-2021-115:第二十三条"], [row],
    )  # fmt: skip
    assert Event.objects.filter(tag="restriction:placed").get().after["scope"] == "全校"
    assert [may_restrict(user, land.worst, DAY) for user in (land.leader, land.clerk)] == [True, False]
    assert not may_restrict(land.leader, land.worst, date(2026, 1, 1))  # the year after is over
    with pytest.raises(NotFound):
        restriction_for(land.neighbour, row.pk)
    above = place_restriction(rating=land.worst, scope=WHOLE, reason="拒不删除", by=land.second, at=AT)
    with pytest.raises(NotPermitted, match="或其上级解除"):
        lift_restriction(restriction=above, reason="处理有误", by=land.leader, at=AT)
    for placed, alone in ((row, land.leader), (above, land.second)):  # nobody ends alone what they placed
        with pytest.raises(NotPermitted, match="另一人"):
            lift_restriction(restriction=placed, reason="处理有误", by=alone, at=AT)
    User.objects.filter(pk__in=[land.leader.pk, land.second.pk]).update(phone="13800000000")
    land.second.refresh_from_db()
    with pytest.raises(NotPermitted, match="同一部电话"):
        lift_restriction(restriction=row, reason="处理有误", by=land.second, at=AT)
    User.objects.filter(pk=land.second.pk).update(phone="13800000001")
    land.second.refresh_from_db()
    lift_restriction(restriction=row, reason="处理有误", by=land.second, at=AT)
    assert stopped(land, REGISTER)
    third = appointed(Post.PROVINCE_LEADER, land.province)
    assert (may_lift(land.second, above), may_lift(third, above)) == (False, True)
    lift_restriction(restriction=above, reason="处理有误", by=third, at=AT)
    assert not stopped(land, REGISTER)
    with pytest.raises(Conflict, match="已经终止"):
        lift_restriction(restriction=row, reason="处理有误", by=land.leader, at=AT)


# -- let by, and over


def test_two_people_above_let_it_by_until_a_day(land) -> None:
    row = restricted(land)
    until = date(2025, 6, 30)
    with pytest.raises(NotPermitted, match="上级"):
        propose_bypass(restriction=row, until_on=until, reason="灾后安置", by=land.leader, at=AT)
    for day in (date(2025, 2, 2), date(2026, 1, 1)):
        with pytest.raises(BadInput, match="期间以内"):
            propose_bypass(restriction=row, until_on=day, reason="灾后安置", by=land.first, at=AT)
    bypass = propose_bypass(restriction=row, until_on=until, reason="灾后安置", by=land.first, at=AT)
    assert stopped(land, REGISTER)
    with pytest.raises(Conflict, match="已有放行"):
        propose_bypass(restriction=row, until_on=until, reason="又一次", by=land.second, at=AT)
    with pytest.raises(NotPermitted, match="另一人"):
        settle_bypass(bypass=bypass, agrees=True, reason="同意", by=land.first, at=AT)
    User.objects.filter(pk__in=[land.first.pk, land.second.pk]).update(phone="13800000000")
    land.second.refresh_from_db()
    with pytest.raises(NotPermitted, match="同一部电话"):
        settle_bypass(bypass=bypass, agrees=True, reason="同意", by=land.second, at=AT)
    User.objects.filter(pk=land.second.pk).update(phone="13800000001")
    land.second.refresh_from_db()
    with pytest.raises(BadInput, match="说明"):
        settle_bypass(bypass=bypass, agrees=True, reason=" ", by=land.second, at=AT)
    settle_bypass(bypass=bypass, agrees=True, reason="同意", by=land.second, at=AT)
    assert (stopped(land, REGISTER), stopped(land, FILE, until), stopped(land, FILE, date(2025, 7, 1))) == (
        False, False, True,
    )  # fmt: skip
    with pytest.raises(Conflict, match="不再办理"):
        settle_bypass(bypass=bypass, agrees=False, reason="撤", by=land.second, at=AT)
    late = datetime(2025, 8, 1, 1, tzinfo=UTC)
    refused = propose_bypass(restriction=row, until_on=LAST, reason="再次", by=land.second, at=late)
    settle_bypass(bypass=refused, agrees=False, reason="不同意", by=land.first, at=late)
    assert stopped(land, REGISTER, date(2025, 8, 2))
    assert [entry.state for entry in bypasses_of(row)] == ["granted", "refused"]
    assert Event.objects.filter(tag="restriction:decided_bypass").count() == 2


def test_a_published_c_ends_it_and_what_let_it_by(land) -> None:
    row = restricted(land)
    bypass = RestrictionBypassFactory(restriction=row, proposed_by=land.first)
    by_two = {"proposed_by": land.first, "decided_by": land.second, "decided_at": AT, "state": "decided"}
    RatingFactory(school=land.school, year=2023, rating="C", **by_two)
    publish(land.first, 2023, AT)
    row.refresh_from_db()
    assert row.ended_at is None  # of a year before the one it rests on
    RatingFactory(school=land.school, year=2025, rating="C", **by_two)
    assert stopped(land, REGISTER)
    publish(land.first, 2025, AT)
    row.refresh_from_db()
    bypass.refresh_from_db()
    assert (row.ended_reason, bypass.ended_at, stopped(land, REGISTER)) == ("2025年度评为C级", AT, False)
    with pytest.raises(Conflict, match="已经终止"):
        settle_bypass(bypass=bypass, agrees=True, reason="同意", by=land.second, at=AT)


def test_another_d_leaves_it(land) -> None:
    row = restricted(land)
    RatingFactory(
        school=land.school, year=2025, rating="D", hits=["FM4"], proposed_by=land.first, decided_by=land.second, decided_at=AT,
        state="decided",
    )  # fmt: skip
    publish(land.first, 2025, AT)
    row.refresh_from_db()
    assert (row.ended_at, stopped(land, FILE)) == (None, True)


@pytest.mark.django_db
def test_the_database_refuses_what_says_nothing_or_everything_and_a_bypass_of_one() -> None:
    refused = {
        "restriction_says_what": {"is_whole": False},
        "restriction_stops_something": {"acts": []},
        "cap_on_registering": {"most": 3},
        "restriction_days": {"until_on": date(2024, 12, 31)},
        "restriction_ended_why": {"ended_at": AT},
    }
    for name, fields in refused.items():
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            RestrictionFactory(**fields)
    bypass = RestrictionBypassFactory()
    with pytest.raises(IntegrityError, match="one_bypass_at_a_time"), transaction.atomic():
        RestrictionBypassFactory(restriction=bypass.restriction)
    bypass.state, bypass.decided_by, bypass.decided_at = RestrictionBypass.State.GRANTED, bypass.proposed_by, AT
    with pytest.raises(IntegrityError, match="bypass_decided_by_two"), transaction.atomic():
        bypass.save()
