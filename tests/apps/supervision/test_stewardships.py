"""Another place acts for a school rated D: proposed, decided by another, in force from its record, over with C (S2 第二十三条)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from tests.apps.supervision.test_ratings import Land, publish
from tests.factories.accounts import UserFactory
from tests.factories.institutions import SchoolFactory, appointed
from tests.factories.supervision import RatingFactory, StewardshipFactory

from xueji.accounts.models import User
from xueji.core.errors import BadInput, Conflict, NotFound, NotPermitted
from xueji.institutions.models import Post, School
from xueji.institutions.queries import posts_of
from xueji.ledger.models import Event
from xueji.supervision.actions import (
    propose_lifting,
    propose_stewardship,
    record_stewardship,
    settle_lifting,
    settle_stewardship,
)
from xueji.supervision.actions.restricting import end_restrictions
from xueji.supervision.actions.stewarding import end_stewardships
from xueji.supervision.models import Rating, Stewardship
from xueji.supervision.stewardship_queries import (
    may_record,
    may_steward,
    stewardship_for,
    stewardships_found,
    stewardships_of,
    stewardships_waiting,
)

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S2-44")]
AT = datetime(2025, 2, 3, 1, tzinfo=UTC)


@pytest.fixture
def land() -> Land:
    made = Land()
    by_two = {"proposed_by": made.first, "decided_by": made.second, "decided_at": AT, "published_at": AT}
    made.by_two = by_two
    made.worst = RatingFactory(school=made.school, state="published", rating="D", hits=["FM3"], **by_two)
    made.leader = appointed(Post.CITY_LEADER, made.city)
    made.third = appointed(Post.PROVINCE_LEADER, made.province)
    return made


def proposed(land: Land, steward: School | None = None, by: User | None = None) -> Stewardship:
    return propose_stewardship(
        rating=land.worst, steward=steward, reason="拒不删除重复学籍", by=by or land.city_reviewer, at=AT
    )


def decided(land: Land, steward: School | None = None) -> Stewardship:
    return settle_stewardship(stewardship=proposed(land, steward), agrees=True, reason="同意", by=land.leader, at=AT)


def in_force(land: Land, steward: School | None = None) -> Stewardship:
    return record_stewardship(
        stewardship=decided(land, steward), record_number="豫教备〔2025〕1号", by=land.first, at=AT
    )


def steward_over(user: User) -> str | None:
    (post,) = posts_of(User.objects.get(pk=user.pk), date(2025, 3, 1))
    return post.steward


def test_it_is_in_force_once_proposed_decided_by_another_and_recorded_at_the_province(land) -> None:
    row = proposed(land, land.other)
    assert (row.state, row.authority, row.cites) == ("proposed", land.city, ["henan-2021-115:第二十三条"])
    for by, words in ((land.county_reviewer, "主管领导决定"), (land.city_reviewer, "主管领导决定")):
        with pytest.raises(NotPermitted, match=words):
            settle_stewardship(stewardship=row, agrees=True, reason="同意", by=by, at=AT)
    with pytest.raises(BadInput, match="说明"):
        settle_stewardship(stewardship=row, agrees=True, reason=" ", by=land.leader, at=AT)
    with pytest.raises(Conflict, match="不需要备案"):
        record_stewardship(stewardship=row, record_number="1", by=land.first, at=AT)
    settle_stewardship(stewardship=row, agrees=True, reason="同意", by=land.leader, at=AT)
    assert steward_over(land.clerk) is None  # decided, not on record
    with pytest.raises(NotPermitted, match="省级"):
        record_stewardship(stewardship=row, record_number="1", by=land.city_reviewer, at=AT)
    with pytest.raises(BadInput, match="备案号"):
        record_stewardship(stewardship=row, record_number=" ", by=land.first, at=AT)
    record_stewardship(stewardship=row, record_number="豫教备〔2025〕1号", by=land.first, at=AT)
    assert [steward_over(user) for user in (land.clerk, land.neighbour)] == [land.other.name, None]
    names = {"school": land.school.name, "steward": land.other.name}
    events = Event.objects.filter(tag="stewardship:recorded")
    assert {event.school_id for event in events} == {land.school.pk, land.other.pk}
    assert all(names.items() <= event.after.items() for event in events)
    with pytest.raises(Conflict, match="不再决定"):
        settle_stewardship(stewardship=row, agrees=False, reason="撤", by=land.leader, at=AT)
    assert stewardship_for(land.neighbour, row.pk) == row  # who acts knows of it
    with pytest.raises(NotFound):
        stewardship_for(appointed(Post.SCHOOL_CLERK, SchoolFactory(authority=land.city)), row.pk)


def test_the_one_who_decides_is_not_the_one_who_proposed_nor_is_the_one_who_records(land) -> None:
    row = proposed(land, by=land.leader)
    with pytest.raises(NotPermitted, match="另一人决定"):
        settle_stewardship(stewardship=row, agrees=True, reason="同意", by=land.leader, at=AT)
    settle_stewardship(stewardship=row, agrees=False, reason="先整改", by=appointed(Post.CITY_LEADER, land.city), at=AT)
    with pytest.raises(Conflict, match="不予代管"):
        settle_stewardship(stewardship=row, agrees=True, reason="同意", by=land.leader, at=AT)
    of_province = proposed(land, by=land.first)  # the province itself
    assert of_province.steward == land.province
    settle_stewardship(stewardship=of_province, agrees=True, reason="同意", by=land.second, at=AT)
    for by in (land.first, land.second):
        with pytest.raises(NotPermitted, match="另一人登记"):
            record_stewardship(stewardship=of_province, record_number="1", by=by, at=AT)
    User.objects.filter(pk__in=[land.first.pk, land.third.pk]).update(phone="13800000000")
    land.third.refresh_from_db()
    of_province.refresh_from_db()
    with pytest.raises(NotPermitted, match="同一部电话"):
        record_stewardship(stewardship=of_province, record_number="1", by=land.third, at=AT)
    User.objects.filter(pk=land.third.pk).update(phone="13800000001")
    land.third.refresh_from_db()
    assert [may_record(user, of_province) for user in (land.first, land.third)] == [False, True]
    record_stewardship(stewardship=of_province, record_number="1", by=land.third, at=AT)


def test_only_a_published_d_has_one_and_only_one_at_a_time_by_who_can_do_it(land) -> None:
    better = RatingFactory(school=land.other, state="published", rating="C", **land.by_two)
    with pytest.raises(Conflict, match="公布为D级"):
        propose_stewardship(rating=better, steward=None, reason="重复", by=land.leader, at=AT)
    with pytest.raises(NotPermitted, match="上级"):
        propose_stewardship(
            rating=land.worst, steward=None, reason="重复", by=appointed(Post.SCHOOL_LEADER, land.school), at=AT
        )
    elsewhere = SchoolFactory(authority=land.province)
    also_worst = SchoolFactory(authority=land.city)
    RatingFactory(school=also_worst, state="published", rating="D", hits=["FM4"], **land.by_two)
    closed = SchoolFactory(authority=land.city, closed_on=date(2025, 1, 1))
    for steward, words in (
        (elsewhere, "管辖以内"), (also_worst, "自身不能代管"), (closed, "已经停办"), (land.school, "代管自己"),
    ):  # fmt: skip
        with pytest.raises(BadInput, match=words):
            proposed(land, steward)
    with pytest.raises(BadInput, match="事由"):
        propose_stewardship(rating=land.worst, steward=None, reason=" ", by=land.leader, at=AT)
    assert may_steward(land.leader, land.worst)
    proposed(land)
    assert not may_steward(land.leader, land.worst)
    with pytest.raises(Conflict, match="已经在办理"):
        proposed(land, by=land.leader)


def test_a_published_c_ends_it_and_another_d_does_not(land) -> None:
    row = in_force(land, land.other)
    RatingFactory(school=land.school, year=2025, rating="D", hits=["FM4"], state="decided", **_unpublished(land))
    publish(land.first, 2025, AT)
    row.refresh_from_db()
    assert (row.state, steward_over(land.clerk)) == ("recorded", land.other.name)
    RatingFactory(school=land.school, year=2023, rating="C", state="decided", **_unpublished(land))
    publish(land.first, 2023, AT)
    assert steward_over(land.clerk) == land.other.name  # of a year before the one it rests on
    RatingFactory(school=land.school, year=2026, rating="C", state="decided", **_unpublished(land))
    publish(land.first, 2026, AT)
    row.refresh_from_db()
    assert (row.state, row.ended_reason, row.ended_by, steward_over(land.clerk)) == (
        "ended", "2026年度评为C级", None, None,
    )  # fmt: skip
    assert Event.objects.filter(tag="stewardship:ended").count() == 2  # the school's, and who acted
    with pytest.raises(Conflict, match="公布为D级"):
        proposed(land)


def _unpublished(land: Land) -> dict[str, object]:
    return {key: value for key, value in land.by_two.items() if key != "published_at"}


def test_it_takes_no_force_where_the_rating_was_bettered_before_its_record(land) -> None:
    row = decided(land)
    RatingFactory(school=land.school, year=2025, state="published", rating="B", **land.by_two)
    with pytest.raises(Conflict, match="不能生效"):
        record_stewardship(stewardship=row, record_number="1", by=land.first, at=AT)


def test_what_a_county_proposes_is_decided_above_since_it_has_no_head(land) -> None:
    row = proposed(land, by=land.county_reviewer)
    assert (row.authority, stewardships_waiting(land.county_reviewer)) == (land.county, [])
    assert stewardships_waiting(land.leader) == [row]
    assert settle_stewardship(stewardship=row, agrees=True, reason="同意", by=land.leader, at=AT).state == "decided"
    assert (stewardships_waiting(land.leader), stewardships_waiting(land.first)) == ([], [row])


def test_who_is_to_act_is_asked_again_before_the_decision_and_before_the_record(land) -> None:
    row, later = proposed(land, land.other), decided_of_another(land)
    RatingFactory(school=land.other, state="published", rating="D", hits=["FM4"], **land.by_two)
    with pytest.raises(Conflict, match="自身不能代管"):
        settle_stewardship(stewardship=row, agrees=True, reason="同意", by=land.leader, at=AT)
    with pytest.raises(Conflict, match="自身不能代管"):
        record_stewardship(stewardship=later, record_number="1", by=land.first, at=AT)
    assert settle_stewardship(stewardship=row, agrees=False, reason="不宜", by=land.leader, at=AT).state == "refused"


def decided_of_another(land: Land) -> Stewardship:
    """Return a decided stewardship of another school rated D, in which the same school is to act."""
    worst = RatingFactory(
        school=SchoolFactory(authority=land.county), state="published", rating="D", hits=["FM3"], **land.by_two
    )
    row = propose_stewardship(rating=worst, steward=land.other, reason="重复", by=land.city_reviewer, at=AT)
    return settle_stewardship(stewardship=row, agrees=True, reason="同意", by=land.leader, at=AT)


def test_a_school_that_gets_a_d_acts_for_nobody_any_more(land) -> None:
    row = in_force(land, land.other)
    RatingFactory(school=land.other, year=2025, rating="D", hits=["FM4"], state="decided", **_unpublished(land))
    publish(land.first, 2025, AT)
    row.refresh_from_db()
    assert (row.state, row.ended_reason) == ("ended", "代管学校2025年度评为D级")


def test_another_edition_of_the_same_d_carries_it_and_an_older_year_does_not_end_it(land) -> None:
    row = decided(land, land.other)
    RatingFactory(school=land.school, year=2025, state="published", rating="D", hits=["FM4"], **land.by_two)
    edition = {
        "school": land.school,
        "edition": 2,
        "replaces": land.worst,
        "rating": "C",
        "state": "decided",
    } | _unpublished(land)
    RatingFactory(**edition, year=land.worst.year)
    publish(land.first, land.worst.year, AT)
    row = record_stewardship(stewardship=row, record_number="豫教备〔2025〕1号", by=land.first, at=AT)
    assert (row.state, steward_over(land.clerk)) == ("recorded", land.other.name)
    newest = Rating.objects.get(school=land.school, year=2025)
    assert stewardships_of(newest) == [row]


def test_two_people_lift_it_or_keep_it(land) -> None:
    row = in_force(land)
    with pytest.raises(Conflict, match="没有人提出"):
        settle_lifting(stewardship=row, agrees=True, reason="同意", by=land.leader, at=AT)
    with pytest.raises(NotPermitted, match="其上级"):
        propose_lifting(stewardship=row, reason="已经整改", by=land.county_reviewer, at=AT)
    propose_lifting(stewardship=row, reason="已经整改", by=land.leader, at=AT)
    with pytest.raises(Conflict, match="已经提出"):
        propose_lifting(stewardship=row, reason="已经整改", by=land.second, at=AT)
    with pytest.raises(NotPermitted, match="另一人"):
        settle_lifting(stewardship=row, agrees=True, reason="同意", by=land.leader, at=AT)
    with pytest.raises(NotPermitted, match="主管领导"):
        settle_lifting(stewardship=row, agrees=True, reason="同意", by=land.city_reviewer, at=AT)
    settle_lifting(stewardship=row, agrees=False, reason="还没有整改", by=land.second, at=AT)
    assert steward_over(land.clerk) == land.city.name
    propose_lifting(stewardship=row, reason="已经整改", by=land.city_reviewer, at=AT)
    settle_lifting(stewardship=row, agrees=True, reason="同意", by=land.leader, at=AT)
    row.refresh_from_db()
    assert (row.state, row.ended_reason, steward_over(land.clerk)) == ("ended", "同意", None)
    with pytest.raises(Conflict, match="已终止"):
        propose_lifting(stewardship=row, reason="再次", by=land.leader, at=AT)
    assert [list(stewardships_found(land.leader, state=state)) for state in ("", "ended")] == [[], [row]]
    assert list(stewardships_found(land.leader, state="ended", name="没有这所")) == []


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("stewardship_decided_by_two", {"state": "decided"}),
        ("stewardship_recorded_by_a_third", {"state": "recorded", "decided_at": AT}),
        ("steward_of_another", {"steward_authority": None}),
        ("stewardship_by_one_place", {}),
        ("stewardship_ended_why", {"state": "ended"}),
        ("stewardship_lifted_by_two", {"state": "ended", "ended_at": AT, "ended_reason": "整改"}),
    ],
)
def test_the_database_refuses_one_person_no_record_and_no_reason(name, values) -> None:
    user, school = UserFactory(), SchoolFactory()
    values = {"school": school, "proposed_by": user} | values
    if name == "stewardship_decided_by_two":
        values |= {"decided_by": user, "decided_at": AT}
    if name == "stewardship_recorded_by_a_third":
        by = UserFactory()
        values |= {"decided_by": by, "recorded_by": by, "recorded_at": AT, "record_number": "1"}
    if name in {"steward_of_another", "stewardship_by_one_place"}:
        values["steward_school"] = school if name == "steward_of_another" else SchoolFactory()
    if name == "stewardship_lifted_by_two":
        values |= {"lifting_by": user, "ended_by": user}
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        StewardshipFactory(**values)


def test_the_database_keeps_one_at_a_time_as_it_was_proposed() -> None:
    row = StewardshipFactory()
    with pytest.raises(IntegrityError, match="one_stewardship_at_a_time"), transaction.atomic():
        StewardshipFactory(school=row.school, rating=row.rating)
    with pytest.raises(DatabaseError), transaction.atomic():
        Stewardship.objects.filter(pk=row.pk).update(reason="别的")


def test_a_year_published_asks_as_little_for_many_schools_as_for_one(land, django_assert_num_queries) -> None:
    others = [SchoolFactory(authority=land.city) for _ in range(6)]
    rows = [RatingFactory(school=school, state="published", rating="B", **land.by_two) for school in others]
    for ratings in (rows[:1], rows):  # what stands of all of them at once, in a savepoint
        with django_assert_num_queries(3):
            assert end_stewardships(ratings=ratings, by=land.first, at=AT) == 0
        with django_assert_num_queries(3):
            assert end_restrictions(ratings=ratings, by=land.first, at=AT) == 0
