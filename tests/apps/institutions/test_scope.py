"""Who may do what, and see which schools: posts × places, held against a plain oracle."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from tests.factories.accounts import UserFactory
from tests.factories.institutions import (
    ALWAYS,
    AppointmentFactory,
    AuthorityFactory,
    SchoolFactory,
    appointed,
    staffed_city,
)

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission as P
from xueji.core.errors import NotFound, NotPermitted
from xueji.institutions.models import Appointment, Level, Post
from xueji.institutions.posts import PERMISSIONS_OF
from xueji.institutions.queries import (
    account_for,
    accounts_visible_to,
    authorities_visible_to,
    authority_at,
    events_visible_to,
    officers_of,
    pack_of,
    permissions_of,
    posts_of,
    require_permission,
    school_for,
    schools_visible_to,
)
from xueji.institutions.queries.staff import superiors_of
from xueji.ledger.actions import record_event
from xueji.ledger.tags import EventTag

pytestmark = pytest.mark.django_db


def fresh(user: User) -> User:
    """Return the person as the next request would load them."""
    return User.objects.get(pk=user.pk)


@pytest.mark.requirement("S1-20")
@pytest.mark.parametrize(
    ("person", "sees"),
    [
        ("clerk", {"county_school"}),
        ("leader", {"county_school"}),
        ("city_clerk", {"city_school"}),
        ("county_reviewer", {"county_school"}),
        ("city_reviewer", {"county_school", "city_school"}),
        ("city_leader", {"county_school", "city_school"}),
        ("sealer", {"county_school", "city_school"}),
        ("seal_supervisor", {"county_school", "city_school"}),
        ("auditor", {"county_school", "city_school"}),
        ("administrator", {"county_school", "city_school"}),
    ],
)
def test_each_post_sees_the_schools_below_its_place(person: str, sees: set[str]) -> None:
    people, elsewhere = staffed_city(), staffed_city(division_code="610300", county_code="610302")
    expected = {getattr(people, name) for name in sees}
    user = getattr(people, person)
    assert set(schools_visible_to(user)) == expected
    for school in (people.county_school, people.city_school, elsewhere.county_school, elsewhere.city_school):
        if school in expected:
            assert school_for(user, school.pk) == school
        else:
            with pytest.raises(NotFound):
                school_for(user, school.pk)


@pytest.mark.requirement("S1-20")
@pytest.mark.parametrize("post", list(Post))
def test_permissions_are_those_of_the_post(post: Post) -> None:
    place = SchoolFactory() if post in {Post.SCHOOL_CLERK, Post.SCHOOL_LEADER} else AuthorityFactory()
    assert permissions_of(appointed(post, place)) == PERMISSIONS_OF[post]


def test_every_permission_belongs_to_some_post_and_every_post_is_in_the_table() -> None:
    assert frozenset().union(*PERMISSIONS_OF.values()) == frozenset(P)
    assert set(PERMISSIONS_OF) == set(Post)


def test_the_auditor_writes_nothing_and_the_administrator_sees_no_graduates() -> None:
    assert PERMISSIONS_OF[Post.AUDITOR] == {P.READ_LEDGER, P.SEE_STATISTICS, P.WATCH_SYSTEM}
    assert PERMISSIONS_OF[Post.ADMINISTRATOR] == {
        P.MANAGE_ACCOUNTS, P.MANAGE_INSTITUTIONS, P.STATE_NUMBERS, P.WATCH_JOBS, P.WATCH_SYSTEM,
    }  # fmt: skip


def test_strangers_and_closed_accounts_may_nothing() -> None:
    closed = UserFactory(is_active=False)
    appointed(Post.CITY_REVIEWER, AuthorityFactory(), closed)
    for user in (AnonymousUser(), UserFactory(), closed):
        assert permissions_of(user) == frozenset()
        assert posts_of(user) == ()
    assert not schools_visible_to(closed).exists()


def test_a_post_counts_on_its_days_alone() -> None:
    today = timezone.localdate()
    day = timedelta(days=1)
    user, city = UserFactory(), AuthorityFactory()
    AppointmentFactory(user=user, post=Post.CITY_REVIEWER, authority=city, school=None, days=(today - 5 * day, today))
    AppointmentFactory(user=user, post=Post.SEALER, authority=city, school=None, days=(today, today + day))
    AppointmentFactory(user=user, post=Post.CITY_LEADER, authority=city, school=None, days=(today + day, None))
    assert [appointment.post for appointment in posts_of(user)] == [Post.SEALER]
    assert [appointment.post for appointment in posts_of(user, today - day)] == [Post.CITY_REVIEWER]
    assert [appointment.post for appointment in posts_of(user, today + day)] == [Post.CITY_LEADER]


def test_permissions_cost_one_query_a_request(django_assert_num_queries) -> None:
    user = fresh(staffed_city().city_reviewer)
    with django_assert_num_queries(1):
        for _ in range(3):
            permissions_of(user)
            posts_of(user)
    with django_assert_num_queries(1):
        list(schools_visible_to(user))


@pytest.mark.forges
def test_a_post_written_past_the_product_gives_no_power() -> None:
    """As the owner of the database: a row put in by hand, or changed to a higher post, is no post."""
    appointment = AppointmentFactory()
    assert P.PREPARE_BATCH in permissions_of(fresh(appointment.user))
    Appointment.objects.filter(pk=appointment.pk).update(post=Post.SCHOOL_LEADER)
    assert permissions_of(fresh(appointment.user)) == frozenset()
    by_hand = Appointment(user=UserFactory(), post=Post.CITY_REVIEWER, authority=AuthorityFactory(), days=ALWAYS)
    by_hand.digest = appointment.digest
    by_hand.save_base(raw=True, force_insert=True)
    Appointment.objects.filter(pk=by_hand.pk).update(digest=appointment.digest)
    assert permissions_of(fresh(by_hand.user)) == frozenset()
    clerk = AppointmentFactory()
    AppointmentFactory(school=clerk.school, post=Post.SCHOOL_CLERK)
    leader = AppointmentFactory(school=clerk.school, post=Post.SCHOOL_LEADER)
    assert [superior.pk for superior in superiors_of(clerk.user)] == [leader.user_id]
    Appointment.objects.filter(pk=leader.pk).update(digest=clerk.digest)
    assert not superiors_of(clerk.user).exists()


def test_permission_narrows_scope_to_the_posts_that_grant_it() -> None:
    people = staffed_city()
    appointed(Post.SEALER, people.city, people.clerk)
    assert set(schools_visible_to(people.clerk)) == {people.county_school, people.city_school}
    assert set(schools_visible_to(people.clerk, permission=P.PREPARE_BATCH)) == {people.county_school}
    require_permission(people.clerk, P.PREPARE_BATCH, school=people.county_school)
    with pytest.raises(NotPermitted):
        require_permission(people.clerk, P.PREPARE_BATCH, school=people.city_school)
    with pytest.raises(NotPermitted):
        require_permission(people.clerk, P.IMPOSE_SANCTIONS)


def test_scope_is_a_path_not_a_prefix_of_ids() -> None:
    first = AuthorityFactory(pk=90001)
    second = AuthorityFactory(pk=900011)
    mine, theirs = SchoolFactory(authority=first), SchoolFactory(authority=second)
    officer = appointed(Post.CITY_REVIEWER, first)
    assert list(schools_visible_to(officer)) == [mine]
    with pytest.raises(NotFound):
        school_for(officer, theirs.pk)


def test_authorities_are_seen_downwards_by_officers_and_upwards_by_schools() -> None:
    people = staffed_city()
    staffed_city(division_code="610300", county_code="610302")
    assert set(authorities_visible_to(people.city_reviewer)) == {people.city, people.county}
    assert set(authorities_visible_to(people.county_reviewer)) == {people.county}
    assert set(authorities_visible_to(people.clerk)) == {people.city, people.county}
    assert set(authorities_visible_to(people.city_clerk)) == {people.city}


def test_the_line_of_a_school_has_a_level_or_lacks_it() -> None:
    people = staffed_city()
    assert authority_at(people.county_school, Level.COUNTY) == people.county
    assert authority_at(people.county_school, Level.CITY) == people.city
    assert authority_at(people.city_school, Level.COUNTY) is None
    assert authority_at(people.county_school, Level.PROVINCE) is None


def test_a_school_is_governed_by_the_pack_of_its_territory() -> None:
    people = staffed_city()
    assert pack_of(people.county_school).id == "edu/shaanxi-weinan"
    assert pack_of(people.city_school).id == "edu/shaanxi-weinan"
    assert pack_of(SchoolFactory(authority=AuthorityFactory(division_code="440100"))).id == "edu/national"


def test_the_ledger_is_read_by_auditors_within_their_area() -> None:
    people, elsewhere = staffed_city(), staffed_city(division_code="610300", county_code="610302")
    at = timezone.now()
    record_event(tag=EventTag.SCHOOL_AMENDED, subject=people.county_school, by=None, at=at)
    record_event(tag=EventTag.SCHOOL_AMENDED, subject=elsewhere.city_school, by=None, at=at)
    record_event(tag=EventTag.ACCOUNT_ISSUED, subject=people.clerk, by=None, at=at)
    assert {e.subject_label for e in events_visible_to(people.auditor)} == {
        people.county_school.name,
        people.clerk.full_name,
    }
    for other in (people.administrator, people.city_reviewer, people.clerk):
        assert not events_visible_to(other).exists()


def test_administrators_look_after_the_accounts_of_their_area() -> None:
    people, elsewhere = staffed_city(), staffed_city(division_code="610300", county_code="610302")
    newcomer, unknown = UserFactory(looked_after_by=people.administrator), UserFactory()
    seen = set(accounts_visible_to(people.administrator))
    assert {people.clerk, people.city_reviewer, people.administrator, newcomer} <= seen
    assert not {elsewhere.clerk, unknown} & seen
    with pytest.raises(NotFound):
        account_for(people.administrator, elsewhere.clerk.pk)
    assert not accounts_visible_to(people.city_reviewer).exists()


def test_officers_of_a_place_are_those_in_post_today() -> None:
    people = staffed_city()
    gone = UserFactory()
    AppointmentFactory(
        user=gone, post=Post.CITY_REVIEWER, authority=people.city, school=None,
        days=(date(2001, 1, 1), date(2002, 1, 1)),
    )  # fmt: skip
    assert set(officers_of(people.city, Post.CITY_REVIEWER)) == {people.city_reviewer, people.second_city_reviewer}
    assert list(officers_of(people.county_school, Post.SCHOOL_LEADER)) == [people.leader]
