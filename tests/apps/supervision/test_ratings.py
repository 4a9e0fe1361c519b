"""Yearly ratings: a draft from confirmed findings, one objection, two people, published for good (S2 第二十二条)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from tests.factories.accounts import UserFactory
from tests.factories.institutions import AuthorityFactory, SchoolFactory, appointed
from tests.factories.supervision import ListedFindingFactory, RatingActFactory, RatingFactory

from xueji.accounts.models import User
from xueji.core.errors import BadInput, Conflict, NotFound, NotPermitted
from xueji.institutions.models import Level, Post, School
from xueji.ledger.models import Event
from xueji.supervision.actions import (
    RatingProposal,
    draft_ratings,
    object_to_rating,
    propose_rating,
    publish_ratings,
    revise_rating,
    settle_rating,
)
from xueji.supervision.models import Rating, RatingAct
from xueji.supervision.rating_queries import (
    decided_below,
    editions_of,
    figures_of,
    findings_behind,
    mark_of,
    may_object,
    objected_among,
    rating_for,
    ratings_visible_to,
    years_rated,
)

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S2-43")]
AT = datetime(2024, 11, 4, 1, tzinfo=UTC)
LATER = AT + timedelta(days=11)
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


class Land:
    """A province with a city, a county and two schools, people at each."""

    def __init__(self) -> None:
        self.province = AuthorityFactory(division_code="410000", level=Level.PROVINCE)
        self.city = AuthorityFactory(division_code="410100", level=Level.CITY, parent=self.province)
        self.county = AuthorityFactory(division_code="410102", level=Level.COUNTY, parent=self.city)
        self.school: School = SchoolFactory(authority=self.county)
        self.other: School = SchoolFactory(authority=self.city)
        self.clerk: User = appointed(Post.SCHOOL_CLERK, self.school)
        self.neighbour: User = appointed(Post.SCHOOL_CLERK, self.other)
        self.county_reviewer: User = appointed(Post.COUNTY_REVIEWER, self.county)
        self.city_reviewer: User = appointed(Post.CITY_REVIEWER, self.city)
        self.first: User = appointed(Post.PROVINCE_REVIEWER, self.province)
        self.second: User = appointed(Post.PROVINCE_LEADER, self.province)

    def rating(self, school: School | None = None, year: int = 2024) -> Rating:
        return Rating.objects.order_by("-edition").filter(school=school or self.school, year=year)[0]


@pytest.fixture
def land() -> Land:
    return Land()


def confirmed(school: School, on: date, item: str = "FM3", **more: object):
    """Return a finding two people found true on a day."""
    at = datetime(on.year, on.month, on.day, 2, tzinfo=UTC)
    return ListedFindingFactory(
        school=school, item=item, state="confirmed", proposed_by=UserFactory(), decided_by=UserFactory(), decided_at=at,
        found_at=at, shown_on=on, began_on=on, **more,
    )  # fmt: skip


def proposed(land: Land, letter: str = "B", *, at: datetime = LATER, **more: bool) -> RatingAct:
    rating = land.rating()
    wanted = RatingProposal(letter, **more)
    return propose_rating(rating=rating, turn=rating.turn, proposal=wanted, statement="按草稿", by=land.first, at=at)


def published(land: Land, letter: str = "B", **more: bool) -> Rating:
    act = proposed(land, letter, **more)
    settle_rating(rating=land.rating(), proposal=act.pk, agrees=True, statement="同意", by=land.second, at=LATER)
    assert publish(land.second) == 1
    return land.rating()


def publish(by: User, year: int = 2024, at: datetime = LATER) -> int:
    """Publish everything that stands decided as it is seen now."""
    seen = [mark_of(row) for row in decided_below(by, year, at.date())]
    return publish_ratings(year=year, seen=seen, by=by, at=at)


@pytest.mark.parametrize(
    ("days", "draft"),
    [
        ((), "A"),
        ((date(2022, 12, 31),), "A"),  # the year before last
        ((date(2023, 1, 1),), "D"),  # the year before
        ((date(2024, 11, 3),), "D"),
    ],
)
def test_a_hit_of_the_year_or_the_one_before_makes_the_draft_the_lowest(land, days, draft) -> None:
    for day in days:
        confirmed(land.school, day, ended_at=datetime(2024, 11, 3, 9, tzinfo=UTC))
    assert draft_ratings(year=2024, by=land.first, at=AT) == 4  # two schools, the county, the city
    rating = land.rating()
    assert (rating.draft, rating.hits, rating.objections_until) == (
        draft,
        ["FM3"] if draft == "D" else [],
        date(2024, 11, 14),
    )
    assert land.rating(land.other).draft == "A"


@pytest.mark.parametrize(
    ("more", "draft"),
    [
        ({}, "C"),  # stands
        ({"state": "taken_up"}, "C"),
        ({"ended_at": datetime(2024, 5, 1, tzinfo=UTC)}, "B"),  # cleared after the school's own days
        ({"ended_at": datetime(2024, 3, 12, tzinfo=UTC)}, "A"),  # cleared before its authority saw it
        ({"shown_on": date(2024, 11, 5)}, "A"),  # the school's alone as yet
    ],
)
def test_what_was_found_and_not_confirmed_is_a_draft_of_the_upper_three(land, more, draft) -> None:
    ListedFindingFactory(school=land.school, **more)
    draft_ratings(year=2024, by=land.first, at=AT)
    assert land.rating().draft == draft


@pytest.mark.parametrize(
    ("more", "draft"),
    [
        ({}, "C"),  # it stands as it did before it was found true
        ({"ended_at": datetime(2024, 12, 20, tzinfo=UTC)}, "B"),
        ({"ended_at": datetime(2024, 12, 20, tzinfo=UTC), "decided_at": datetime(2024, 12, 31, 2, tzinfo=UTC)}, "D"),
        (
            {"decided_at": datetime(2022, 12, 30, tzinfo=UTC), "shown_on": date(2022, 12, 1)},
            "A",
        ),  # a hit of other years
    ],
)
def test_what_is_found_true_after_new_year_was_found_in_the_year_all_the_same(land, more, draft) -> None:
    late = {"shown_on": date(2024, 10, 10), "decided_at": datetime(2025, 1, 15, 2, tzinfo=UTC)} | more
    by_two = {"state": "confirmed", "proposed_by": UserFactory(), "decided_by": UserFactory()}
    ListedFindingFactory(school=land.school, **by_two, **late)
    draft_ratings(year=2024, by=land.first, at=datetime(2025, 1, 16, 1, tzinfo=UTC))
    assert land.rating().draft == draft


def test_a_dropped_finding_counts_for_nothing_and_every_figure_leads_to_its_findings(land) -> None:
    dropped = {"state": "dropped", "proposed_by": UserFactory(), "decided_by": UserFactory(), "decided_at": AT}
    ListedFindingFactory(school=land.school, **dropped)
    hit = confirmed(land.school, date(2024, 5, 6))
    stands = ListedFindingFactory(school=land.school, item="FM5")
    draft_ratings(year=2024, by=land.first, at=AT)
    rating = land.rating()
    assert [(row.item, dict(row.counts)) for row in figures_of(rating, {"FM3": "学籍重复"})] == [
        ("FM3", {"confirmed": 1, "standing": 0, "found": 0}),
        ("FM5", {"confirmed": 0, "standing": 1, "found": 1}),
    ]
    assert list(findings_behind(land.first, rating, "confirmed")) == [hit]
    assert list(findings_behind(land.clerk, rating, "standing", "FM5")) == [stands]
    county = Rating.objects.get(authority=land.county)
    assert (county.draft, county.hits, set(findings_behind(land.first, county, "confirmed"))) == ("", [], {hit})


def test_drafting_again_changes_nothing_until_findings_move_and_then_the_school_is_heard_anew(land) -> None:
    assert draft_ratings(year=2024, by=land.first, at=AT) == 4
    assert draft_ratings(year=2024, by=land.first, at=AT) == 0
    object_to_rating(rating=land.rating(), turn=1, statement="请核对", by=land.clerk, at=AT)
    confirmed(land.school, date(2024, 11, 3))
    with pytest.raises(Conflict, match="请先重新计算"):
        proposed(land)
    assert draft_ratings(year=2024, by=land.first, at=LATER) == 3
    rating = land.rating()
    assert (rating.turn, rating.draft, rating.objections_until) == (2, "D", date(2024, 11, 25))
    assert may_object(land.clerk, rating, date(2024, 11, 15))
    assert objected_among([rating]) == set()
    with pytest.raises(Conflict, match="已经重新计算"):  # from a page that shows the first
        object_to_rating(rating=rating, turn=1, statement="再次", by=land.clerk, at=LATER)


def test_findings_that_come_and_go_put_no_rating_off(land) -> None:
    confirmed(land.school, date(2024, 11, 1))
    draft_ratings(year=2024, by=land.first, at=AT)
    object_to_rating(rating=land.rating(), turn=1, statement="请核对", by=land.clerk, at=AT)
    until = land.rating().objections_until
    later = ListedFindingFactory(school=land.school, shown_on=date(2024, 11, 5))
    assert draft_ratings(year=2024, by=land.first, at=AT + timedelta(days=2)) == 3  # the county and the city as well
    rating = land.rating()
    assert (rating.turn, rating.objections_until, objected_among([rating])) == (1, until, {rating.pk})
    tags = Event.objects.filter(subject_id=str(rating.pk)).order_by("pk").values_list("tag", flat=True)
    assert list(tags) == ["rating:drafted", "rating:objected", "rating:refreshed"]  # the school is told of the first
    assert rating.figures["standing"] == {"FM5": [str(later.pk)]}
    ListedFindingFactory(school=land.school, item="FM7", shown_on=date(2024, 11, 7))
    assert proposed(land, "D", at=AT + timedelta(days=4)).letter == "D"  # as it was drafted


def test_a_lower_draft_is_told_anew_and_a_better_one_is_not(land) -> None:
    draft_ratings(year=2024, by=land.first, at=AT)
    stands = ListedFindingFactory(school=land.school, shown_on=date(2024, 11, 5))
    later = AT + timedelta(days=2)
    with pytest.raises(Conflict, match="请先重新计算"):
        proposed(land)
    draft_ratings(year=2024, by=land.first, at=later)
    rating = land.rating()
    assert (rating.turn, rating.draft, rating.objections_until) == (2, "C", date(2024, 11, 16))
    stands.ended_at = later
    stands.save()
    draft_ratings(year=2024, by=land.first, at=AT + timedelta(days=9))
    rating = land.rating()
    assert (rating.turn, rating.draft, rating.objections_until) == (2, "B", date(2024, 11, 16))


def test_only_who_rates_computes_and_only_years_of_the_law(land) -> None:
    for user in (land.city_reviewer, land.clerk):
        with pytest.raises(NotPermitted, match="组织评级"):
            draft_ratings(year=2024, by=user, at=AT)
        with pytest.raises(NotPermitted, match="组织评级"):
            publish_ratings(year=2024, seen=(), by=user, at=AT)
    for year in (2020, 2025, 0):
        with pytest.raises(BadInput, match="不能评"):
            draft_ratings(year=year, by=land.first, at=AT)
    SchoolFactory(authority=land.county, closed_on=date(2024, 9, 1))
    assert draft_ratings(year=2021, by=land.first, at=AT) == 4


def test_a_school_objects_once_within_its_days_and_sees_nobody_elses(land) -> None:
    draft_ratings(year=2024, by=land.first, at=AT)
    rating = land.rating()
    assert set(ratings_visible_to(land.clerk)) == {rating}
    with pytest.raises(NotFound):
        rating_for(land.neighbour, rating.pk)
    assert {row.place for row in ratings_visible_to(land.county_reviewer)} == {land.school, land.county}
    assert years_rated(land.city_reviewer) == [2024]
    with pytest.raises(NotPermitted, match="被评级的单位"):
        object_to_rating(rating=rating, turn=1, statement="异议", by=land.county_reviewer, at=AT)
    with pytest.raises(Conflict, match="2024-11-14"):
        object_to_rating(rating=rating, turn=1, statement="异议", by=land.clerk, at=LATER)
    with pytest.raises(BadInput, match="请填写说明"):
        object_to_rating(rating=rating, turn=1, statement=" ", by=land.clerk, at=AT)
    act = object_to_rating(
        rating=rating, turn=1, statement="已更正", by=land.clerk, at=AT, file_name="核对表.pdf", data=PDF
    )
    assert (act.file_name, objected_among([rating])) == ("核对表.pdf", {rating.pk})
    with pytest.raises(Conflict, match="只能提出一次"):
        object_to_rating(rating=rating, turn=1, statement="再次", by=land.clerk, at=AT)
    with pytest.raises(IntegrityError, match="one_objection_to_a_draft"), transaction.atomic():
        RatingActFactory(rating=rating)
    office = Rating.objects.get(authority=land.county)
    object_to_rating(rating=office, turn=1, statement="已督促", by=land.county_reviewer, at=AT)
    assert not may_object(land.city_reviewer, office, date(2024, 11, 5))


def test_two_people_decide_what_the_school_was_heard_about(land) -> None:
    draft_ratings(year=2024, by=land.first, at=AT)
    with pytest.raises(Conflict, match="2024-11-14 以后"):
        proposed(land, at=AT)
    rating = land.rating()
    with pytest.raises(NotPermitted, match="组织评级"):
        propose_rating(
            rating=rating, turn=1, proposal=RatingProposal("A"), statement="优秀", by=land.city_reviewer, at=LATER
        )
    act = proposed(land, "B")
    with pytest.raises(Conflict, match="不能再拟定"):
        proposed(land, "B")
    with pytest.raises(NotPermitted, match="另一人"):
        settle_rating(rating=rating, proposal=act.pk, agrees=True, statement="同意", by=land.first, at=LATER)
    User.objects.filter(pk__in=[land.first.pk, land.second.pk]).update(phone="13800000000")
    land.second.refresh_from_db()
    with pytest.raises(NotPermitted, match="同一部电话"):
        settle_rating(rating=rating, proposal=act.pk, agrees=True, statement="同意", by=land.second, at=LATER)
    User.objects.filter(pk=land.second.pk).update(phone="13800000001")
    land.second.refresh_from_db()
    settle_rating(rating=rating, proposal=act.pk, agrees=False, statement="请说明", by=land.second, at=LATER)
    again = proposed(land, "A")
    with pytest.raises(Conflict, match="已经变动"):
        settle_rating(rating=rating, proposal=act.pk, agrees=True, statement="同意", by=land.second, at=LATER)
    assert publish(land.second) == 0
    settle_rating(rating=rating, proposal=again.pk, agrees=True, statement="同意", by=land.second, at=LATER)
    with pytest.raises(Conflict, match="还没有拟定"):
        settle_rating(rating=rating, proposal=again.pk, agrees=True, statement="同意", by=land.second, at=LATER)
    assert publish(land.first) == 1
    assert publish(land.first) == 0
    assert [act.kind for act in land.rating().acts.order_by("pk")] == [
        "proposed", "sent_back", "proposed", "decided", "published",
    ]  # fmt: skip
    assert Event.objects.filter(tag="rating:published").get().after["rating"] == "A"


@pytest.mark.requirement("S2-44")
def test_one_veto_leaves_nothing_but_the_lowest_and_the_lowest_needs_one(land) -> None:
    draft_ratings(year=2024, by=land.first, at=AT)
    with pytest.raises(BadInput, match="D级须有"):
        proposed(land, "D")
    with pytest.raises(BadInput, match="一票否决"):
        proposed(land, "C", violation=True)
    with pytest.raises(BadInput, match="请选择"):
        proposed(land, "E")
    confirmed(land.school, date(2024, 11, 2), "FM7")
    draft_ratings(year=2024, by=land.first, at=AT)
    with pytest.raises(BadInput, match="一票否决"):
        proposed(land, "B")
    assert published(land, "D", grave_error=True).rating == "D"


@pytest.mark.requirement("S2-44")
def test_a_veto_found_true_after_the_proposal_stops_the_decision(land) -> None:
    draft_ratings(year=2024, by=land.first, at=AT)
    act = proposed(land, "A")
    given = {"rating": land.rating(), "proposal": act.pk, "statement": "同意", "by": land.second, "at": LATER}
    confirmed(land.other, date(2024, 11, 14))  # another school's stops nothing
    confirmed(land.school, date(2024, 11, 14), "FM7")
    with pytest.raises(Conflict, match=r"查实了.*FM7"):
        settle_rating(agrees=True, **given)
    settle_rating(agrees=False, **given)
    draft_ratings(year=2024, by=land.first, at=LATER)
    assert (land.rating().draft, land.rating().hits) == ("D", ["FM7"])


@pytest.mark.requirement("S2-44")
def test_a_veto_found_true_after_the_decision_stops_the_publication_and_the_decision_goes_back(land) -> None:
    draft_ratings(year=2024, by=land.first, at=AT)
    act = proposed(land, "A")
    settle_rating(rating=land.rating(), proposal=act.pk, agrees=True, statement="同意", by=land.second, at=LATER)
    confirmed(land.school, date(2024, 11, 14), "FM7")
    with pytest.raises(Conflict, match=f"{land.school.name}（FM7）"):
        publish(land.second)
    settle_rating(rating=land.rating(), proposal=act.pk, agrees=False, statement="又查实", by=land.first, at=LATER)
    assert publish(land.second) == 0
    draft_ratings(year=2024, by=land.first, at=LATER)
    later = LATER + timedelta(days=11)
    act = proposed(land, "D", at=later)
    settle_rating(rating=land.rating(), proposal=act.pk, agrees=True, statement="同意", by=land.second, at=later)
    assert (publish(land.second, at=later), land.rating().rating) == (1, "D")


def test_what_is_decided_after_the_question_is_not_published_with_what_it_showed(land) -> None:
    draft_ratings(year=2024, by=land.first, at=AT)
    act = proposed(land, "A")
    settle_rating(rating=land.rating(), proposal=act.pk, agrees=True, statement="同意", by=land.second, at=LATER)
    seen = [mark_of(row) for row in decided_below(land.second, 2024, LATER.date())]
    settle_rating(rating=land.rating(), proposal=act.pk, agrees=False, statement="有误", by=land.second, at=LATER)
    act = proposed(land, "B")
    settle_rating(rating=land.rating(), proposal=act.pk, agrees=True, statement="同意", by=land.second, at=LATER)
    assert publish_ratings(year=2024, seen=seen, by=land.second, at=LATER) == 0
    assert publish(land.second) == 1


def test_a_published_rating_stands_and_a_change_is_another_edition(land) -> None:
    draft_ratings(year=2024, by=land.first, at=AT)
    with pytest.raises(Conflict, match="已经公布的"):
        revise_rating(rating=land.rating(), statement="有误", by=land.first, at=LATER)
    former = published(land, "B")
    for change in ({"rating": "A"}, {"state": "draft"}, {"year": 2023}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Rating.objects.filter(pk=former.pk).update(**change)
    confirmed(land.school, date(2024, 11, 3))
    assert draft_ratings(year=2024, by=land.first, at=LATER) == 2  # the county and the city: what is published stays
    revised = revise_rating(rating=former, statement="公布以后查实", by=land.first, at=LATER)
    assert (revised.edition, revised.draft, revised.replaces) == (2, "D", former)
    with pytest.raises(Conflict, match="已经在重新评定"):
        revise_rating(rating=former, statement="再次", by=land.first, at=LATER)
    former.refresh_from_db()
    assert former.state == Rating.State.PUBLISHED  # it stands until the new one is published
    object_to_rating(rating=revised, turn=1, statement="无异议", by=land.clerk, at=LATER)
    assert published(land, "D") == revised
    former.refresh_from_db()
    assert (former.state, editions_of(revised)) == (Rating.State.REPLACED, [former])


def test_the_database_refuses_one_person_two_ratings_and_a_letter_against_the_veto(land) -> None:
    by_two = {"state": "decided", "proposed_by": land.first, "decided_by": land.second, "decided_at": AT}
    refused = {
        "rating_decided_by_two": by_two | {"rating": "A", "decided_by": land.first},
        "one_hit_is_the_lowest": by_two | {"rating": "C", "hits": ["FM3"]},
        "lowest_for_a_reason": by_two | {"rating": "D"},
        "rating_of_one_place": {"authority": land.county},
        "edition_of_another": {"edition": 2},
        "published_at_its_time": {"published_at": AT},
    }
    for name, fields in refused.items():
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            RatingFactory(school=land.school, **fields)
    RatingFactory(school=land.school)
    with pytest.raises(IntegrityError, match=r"one_(numbered|open)_rating_of_school"), transaction.atomic():
        RatingFactory(school=land.school)
    with pytest.raises(DatabaseError), transaction.atomic():
        Rating.objects.all().delete()
