"""The institutions that keep the register: what they are called, who works there, whether two people are there (S2-09)."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from tests.factories.institutions import appointed, staffed_city

from xueji.accounts.models import User
from xueji.core.errors import BadInput, Conflict, NotPermitted
from xueji.core.workflow import StepSpec, WorkflowSpec, hands_by_post
from xueji.institutions.models import Post, RegisterOffice
from xueji.institutions.office_actions import name_register_office
from xueji.institutions.queries.offices import (
    may_name_office,
    places_below,
    register_office_of,
    register_offices_ever,
    staffing_of,
    staffings_of,
    workplaces_of,
)
from xueji.ledger.models import Event

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S2-09")]
AT = datetime(2024, 9, 2, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
TODAY = date(2024, 9, 2)


@pytest.fixture
def henan():
    return staffed_city("410100", "410102")


def short_of(place) -> dict[str, tuple[int, int]]:
    return {shortage.post: (shortage.present, shortage.needed) for shortage in staffing_of(place, TODAY).shortages}


def test_an_office_of_henan_takes_two_reviewers_and_says_so_while_it_has_one(henan):
    assert short_of(henan.county) == {"county_reviewer": (1, 2)}
    assert staffing_of(henan.county, TODAY).is_short
    assert not staffing_of(henan.city, TODAY).is_short
    appointed(Post.COUNTY_REVIEWER, henan.county)
    staffing = staffing_of(henan.county, TODAY)
    assert (staffing.is_short, staffing.shortages) == (False, ())


def test_two_accounts_with_one_telephone_are_no_two_people(henan):
    User.objects.filter(pk__in=[henan.second_city_reviewer.pk, henan.city_reviewer.pk]).update(phone="13800000000")
    assert short_of(henan.city) == {"city_reviewer": (1, 2)}


def test_a_school_takes_who_enters_and_who_confirms_and_they_are_two(henan):
    assert not staffing_of(henan.county_school, TODAY).is_short
    User.objects.filter(pk__in=[henan.clerk.pk, henan.leader.pk]).update(phone="13800000000")
    staffing = staffing_of(henan.county_school, TODAY)
    assert (staffing.people, staffing.shortages, staffing.is_short) == (1, (), True)
    henan.leader.appointments.all().delete()
    assert short_of(henan.county_school) == {"school_leader": (0, 1)}


def test_where_the_pack_asks_for_one_one_is_enough():
    weinan = staffed_city()
    assert not staffing_of(weinan.county, TODAY).is_short


def test_a_post_ended_or_an_account_closed_counts_for_nobody(henan):
    User.objects.filter(pk=henan.second_city_reviewer.pk).update(is_active=False)
    assert short_of(henan.city) == {"city_reviewer": (1, 2)}


def test_the_people_shown_are_those_who_work_on_cases(henan):
    posts = {appointment.post for appointment in staffing_of(henan.city, TODAY).appointments}
    assert "city_reviewer" in posts
    assert not posts & {"administrator", "auditor"}


def test_many_places_take_as_many_statements_as_one(henan, django_assert_num_queries):
    places = [henan.city, henan.county, henan.county_school, henan.city_school]
    with django_assert_num_queries(2):
        found = staffings_of(places, TODAY)
    assert [staffing.place for staffing in found] == places


def test_who_works_at_an_office_sees_its_own_and_those_below(henan):
    assert workplaces_of(henan.city_reviewer) == [henan.city]
    assert places_below(henan.city_reviewer, TODAY) == [henan.county, henan.city_school, henan.county_school]
    assert (workplaces_of(henan.clerk), places_below(henan.clerk, TODAY)) == ([henan.county_school], [])
    assert places_below(staffed_city().city_reviewer, TODAY)[0].division_code != "410102"


def test_the_administrator_names_it_and_earlier_names_stay(henan):
    for name in ("学籍管理科", " 学籍管理中心 "):
        name_register_office(
            place=henan.city, name=name, document_number="郑编〔2024〕1号", by=henan.administrator, at=AT
        )
    assert register_office_of(henan.city).name == "学籍管理中心"
    assert [office.name for office in register_offices_ever(henan.city)] == ["学籍管理中心", "学籍管理科"]
    event = Event.objects.latest("id")
    assert (event.tag, event.before["name"], event.authority_id) == (
        "register_office:named",
        "学籍管理科",
        henan.city.pk,
    )
    office = name_register_office(place=henan.county_school, name="学籍室", by=henan.administrator, at=AT)
    assert (office.school, Event.objects.latest("id").school_id) == (henan.county_school, henan.county_school.pk)


def test_nobody_else_names_it_and_nothing_is_no_name(henan):
    named = {"place": henan.city, "at": AT, "by": henan.administrator}
    for person in (henan.city_reviewer, henan.clerk, staffed_city().administrator):
        assert not may_name_office(person, henan.city)
        with pytest.raises(NotPermitted, match="系统管理员"):
            name_register_office(**{**named, "by": person}, name="学籍管理科")
    with pytest.raises(BadInput, match="名称"):
        name_register_office(**named, name=" ")
    with pytest.raises(BadInput, match="100 个字"):
        name_register_office(**named, name="科" * 101)
    name_register_office(**named, name="科" * 100)
    with pytest.raises(Conflict, match="没有变化"):
        name_register_office(**named, name="科" * 100)


@pytest.mark.parametrize(("school", "authority", "name"), [(False, False, "科"), (True, True, "科"), (True, False, "")])
def test_the_database_knows_no_office_of_two_places_of_none_or_without_a_name(henan, school, authority, name):
    where = {"school": henan.city_school if school else None, "authority": henan.city if authority else None}
    with pytest.raises(IntegrityError, match="register_office_"), transaction.atomic():
        RegisterOffice.objects.create(**where, name=name, named_by=henan.administrator, named_at=AT)


def test_a_post_takes_what_the_workflow_that_asks_for_most_asks_for():
    def step(level: str, post: str, hands: int) -> StepSpec:
        return StepSpec("s", "环节", level, post, None, ("approve",), hands=hands)

    flows = [
        WorkflowSpec("a", "甲", (step("authority", "reviewer", 2), step("school", "school_leader", 1))),
        WorkflowSpec("b", "乙", (step("city", "city_reviewer", 1), step("common_superior", "leader", 1))),
    ]
    assert hands_by_post(flows, "city") == {"city_reviewer": 2, "city_leader": 1}
    assert hands_by_post(flows, "county") == {"county_reviewer": 2}
    assert hands_by_post(flows, "school") == {"school_leader": 1}
