"""Who administers whom: nobody reaches beyond the own area through one of several posts, or through an ended one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from tests.factories.accounts import UserFactory
from tests.factories.institutions import AppointmentFactory, AuthorityFactory, appointed, staffed_city

from xueji.core.errors import NotFound, NotPermitted
from xueji.institutions import account_actions as acts
from xueji.institutions.models import Level, Post
from xueji.institutions.queries import account_for, accounts_visible_to, events_visible_to
from xueji.institutions.queries.staff import administers, superiors_of
from xueji.ledger.actions import record_event
from xueji.ledger.tags import EventTag

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def here():
    return staffed_city()


@pytest.fixture
def other_city():
    return staffed_city(division_code="610300", county_code="610302")


def every_act(user, by):
    at = timezone.now()
    return (
        lambda: acts.reset_password(user=user, by=by, at=at),
        lambda: acts.reset_second_factor(user=user, reason="手机遗失", by=by, at=at),
        lambda: acts.deactivate(user=user, reason="调离", by=by, at=at),
        lambda: acts.reactivate(user=user, reason="调回", by=by, at=at),
    )


def refused(user, by) -> None:
    for act in every_act(user, by):
        with pytest.raises(NotPermitted, match=r"管辖范围|权限"):
            act()


def test_an_ended_post_gives_no_hold_over_an_account(here):
    today = timezone.localdate()
    administrator = appointed(Post.ADMINISTRATOR, here.county)
    mover = UserFactory()
    AppointmentFactory(
        user=mover, post=Post.COUNTY_REVIEWER, authority=here.county, school=None,
        days=(today - 400 * DAY, today - 200 * DAY),
    )  # fmt: skip
    appointed(Post.CITY_REVIEWER, here.city, mover)
    with pytest.raises(NotFound):
        account_for(administrator, mover.pk)
    refused(mover, administrator)
    assert administers(here.administrator, mover)


def test_one_of_several_posts_gives_no_hold_over_the_account(here, other_city):
    both = appointed(Post.CITY_REVIEWER, other_city.city)
    appointed(Post.SEALER, here.city, both)
    assert account_for(other_city.administrator, both.pk) == both  # to end the post there
    refused(both, other_city.administrator)
    refused(both, here.administrator)


def test_a_post_still_to_begin_elsewhere_counts(here, other_city):
    AppointmentFactory(
        user=here.clerk, post=Post.CITY_REVIEWER, authority=other_city.city, school=None,
        days=(timezone.localdate() + 3 * DAY, None),
    )  # fmt: skip
    refused(here.clerk, here.administrator)


def test_whose_posts_all_lie_in_the_area_is_administered(here):
    appointed(Post.SEALER, here.city, here.city_reviewer)
    acts.reset_password(user=here.city_reviewer, by=here.administrator, at=timezone.now())
    acts.deactivate(user=here.city_reviewer, reason="调离", by=here.administrator, at=timezone.now())
    assert administers(here.administrator, here.city_reviewer)  # closed as well
    acts.reactivate(user=here.city_reviewer, reason="调回", by=here.administrator, at=timezone.now())


def test_an_account_without_a_post_belongs_to_who_made_it(here, other_city):
    made = acts.issue_account(username="newcomer", full_name="新人", by=here.administrator, at=timezone.now()).user
    assert made in accounts_visible_to(here.administrator)
    assert made not in accounts_visible_to(other_city.administrator)
    refused(made, other_city.administrator)
    acts.reset_password(user=made, by=here.administrator, at=timezone.now())
    nobody = UserFactory()
    refused(nobody, here.administrator)


def test_a_person_of_another_post_administers_nobody(here):
    refused(here.clerk, here.city_reviewer)
    with pytest.raises(NotPermitted):
        acts.issue_account(username="newcomer", full_name="新人", by=here.city_reviewer, at=timezone.now())


def test_superiors_are_the_leaders_of_the_unit_then_those_of_the_nearest_authority_above(here):
    assert list(superiors_of(here.clerk)) == [here.leader]
    assert set(superiors_of(here.leader)) == {here.city_leader, here.administrator}  # the county has none
    assert list(superiors_of(here.leader, but=here.administrator.pk)) == [here.city_leader]
    assert list(superiors_of(here.city_reviewer)) == [here.city_leader]
    assert list(superiors_of(UserFactory())) == []


def test_at_the_very_top_another_administrator_stands_in(here):
    assert list(superiors_of(here.city_leader, but=here.administrator.pk)) == []
    other = appointed(Post.ADMINISTRATOR, here.city)
    assert list(superiors_of(here.city_leader, but=here.administrator.pk)) == [other]


def test_events_of_no_school_belong_to_an_authority_and_are_read_there_alone(here, other_city):
    at = timezone.now()
    acts.reset_password(user=other_city.county_reviewer, by=other_city.administrator, at=at)
    acts.issue_account(username="newcomer", full_name="新人", by=other_city.administrator, at=at)
    record_event(tag=EventTag.AUTHORITY_REGISTERED, subject=other_city.county, by=None, at=at)
    assert not events_visible_to(here.auditor).exists()
    seen = {event.tag for event in events_visible_to(other_city.auditor)}
    assert seen == {"password:reset", "account:issued", "authority:registered"}
    province = AuthorityFactory(division_code="610000", level=Level.PROVINCE)
    assert not events_visible_to(appointed(Post.AUDITOR, province)).exists()  # not above those two cities
    county = appointed(Post.AUDITOR, other_city.county)
    assert {e.tag for e in events_visible_to(county)} == {"password:reset", "authority:registered"}


def test_an_event_of_nobody_is_read_by_nobody(here):
    record_event(tag=EventTag.ACCOUNT_ISSUED, subject=UserFactory(), by=None, at=timezone.now())
    assert not events_visible_to(here.auditor).exists()
