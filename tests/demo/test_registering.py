"""The city's authorities, schools and accounts are entered through actions, each with its place on the ledger."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from xueji.demo.accounts import PASSWORD, accounts_table, describe_accounts, issue_accounts
from xueji.demo.city import school_plans
from xueji.demo.provinces import PROVINCES
from xueji.demo.registering import register_authorities, register_schools
from xueji.institutions.models import Appointment, Authority, Level, Post
from xueji.institutions.queries import authority_at, pack_of, schools_visible_to
from xueji.ledger.models import Event

AT = datetime(2026, 9, 1, 1, tzinfo=UTC)


@pytest.fixture
def users(db):
    register_authorities(at=AT)
    register_schools(at=AT)
    return issue_accounts(at=AT, starts_on=date(2025, 1, 1))


def test_every_post_of_the_notice_is_held_by_a_person_of_its_own(users):
    others = {post for plan in PROVINCES for _, _, post, _ in plan.officers}
    assert {account.post for account in accounts_table()} | others == set(Post)
    assert (
        len(users)
        == Appointment.objects.count()
        == len({a.full_name for a in accounts_table()})
        == len(accounts_table())
    )
    assert all(user.check_password(PASSWORD) for user in users.values())


def test_each_reviewer_sees_the_schools_of_the_own_area_only(users):
    plans = school_plans()
    assert schools_visible_to(users["city01"]).count() == 30
    own_schools = {plan.name for plan in plans if plan.county == "610502"}
    assert {school.name for school in schools_visible_to(users["county01"])} == own_schools
    assert [school.name for school in schools_visible_to(users["school05"])] == ["渭南工业学校"]


def test_the_school_directly_under_the_city_has_no_county_and_every_school_the_pack_of_the_city(users):
    from xueji.institutions.models import School

    direct = School.objects.get(name="渭南工业学校")
    assert authority_at(direct, Level.COUNTY) is None
    assert {pack_of(school).id for school in School.objects.select_related("authority")} == {"edu/shaanxi-weinan"}
    assert Authority.objects.filter(level=Level.COUNTY).count() == 11


def test_everything_founded_stands_in_the_ledger(users):
    tags = Event.objects.values_list("tag", flat=True)
    assert tags.filter(tag="school:registered").count() == 30
    assert tags.filter(tag="account:issued").count() == len(users)


def test_the_accounts_are_described_with_the_password():
    text = describe_accounts()
    assert PASSWORD in text
    assert all(
        name in text
        for name in ("school01", "leader01", "county01", "city01", "sealer01", "supervisor01", "auditor01", "admin01")
    )
