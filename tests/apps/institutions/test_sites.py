"""Campuses, sites elsewhere, cooperation: on record or not, on which days; never rewritten."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from tests.factories.institutions import StaffedCity, TeachingSiteFactory, staffed_city

from xueji.core.errors import BadInput, Conflict, NotFound, NotPermitted
from xueji.institutions.actions_sites import end_site, file_site, register_site
from xueji.institutions.models import TeachingSite
from xueji.institutions.queries.sites import site_for, sites_of, sites_unfiled

pytestmark = pytest.mark.django_db
AT = datetime(2022, 7, 1, 1, tzinfo=UTC)
TODAY = date(2022, 7, 1)


@pytest.fixture
def people() -> StaffedCity:
    return staffed_city("610500", "610502")


def register(people, kind: str = "campus", name: str = "东校区", **more):
    values = {"from_on": date(2021, 9, 1), "address": "某路 1 号", "by": people.administrator} | more
    return register_site(school=people.county_school, kind=kind, name=name, at=AT, **values)


@pytest.mark.requirement("S2-50")
def test_a_site_is_not_on_record_until_its_filing_is_entered(people) -> None:
    site = register(people, "industry", "产业学院", partner="某公司")
    assert list(sites_unfiled(people.city_reviewer, TODAY)) == [site]
    assert not sites_unfiled(people.city_clerk, TODAY).exists()
    filed = file_site(
        site=site, filed_on=date(2022, 6, 1), filing_number="备〔2022〕1号", by=people.administrator, at=AT
    )
    assert filed.filing_number == "备〔2022〕1号"
    assert not sites_unfiled(people.city_reviewer, TODAY).exists()
    assert list(sites_unfiled(people.city_reviewer, date(2022, 5, 31))) == [site]  # the day before
    with pytest.raises(Conflict, match="已于 2022-06-01 备案"):
        file_site(site=site, filed_on=TODAY, filing_number="x", by=people.administrator, at=AT)


def test_a_site_ends_on_a_day_and_may_be_used_again(people) -> None:
    site = register(people)
    end_site(site=site, until_on=date(2022, 6, 1), by=people.administrator, at=AT)
    used = [sites_unfiled(people.city_reviewer, day).exists() for day in (date(2022, 5, 31), date(2022, 6, 1))]
    assert used == [True, False]
    again = register(people, from_on=date(2022, 6, 1))
    assert list(sites_of(people.county_school)) == [again, TeachingSite.objects.get(pk=site.pk)]
    with pytest.raises(Conflict, match="起停用"):
        end_site(site=site, until_on=TODAY, by=people.administrator, at=AT)


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"kind": "joint"}, BadInput), ({"name": " "}, BadInput), ({"address": ""}, BadInput), ({}, Conflict),
        ({"from_on": date(2022, 7, 2)}, BadInput),
    ],
)  # fmt: skip
def test_what_is_no_site(people, values, refusal) -> None:
    register(people)
    with pytest.raises(refusal):
        register(people, **values)


def test_a_site_ends_after_it_began_and_is_filed_by_a_document(people) -> None:
    site = register(people)
    with pytest.raises(BadInput, match="应在启用日期"):
        end_site(site=site, until_on=date(2021, 9, 1), by=people.administrator, at=AT)
    with pytest.raises(BadInput, match="请填写备案文号"):
        file_site(site=site, filed_on=TODAY, filing_number=" ", by=people.administrator, at=AT)
    assert end_site(site=site, until_on=date(2021, 9, 2), by=people.administrator, at=AT).until_on == date(2021, 9, 2)


def test_only_who_administers_the_school(people) -> None:
    elsewhere = staffed_city("610400", "610402")
    with pytest.raises(NotPermitted):
        register(people, by=elsewhere.administrator)
    site = register(people)
    with pytest.raises(NotPermitted):
        end_site(site=site, until_on=TODAY, by=people.clerk, at=AT)
    with pytest.raises(NotFound):
        site_for(people.administrator, people.city_school, site.pk)


@pytest.mark.parametrize(
    "change",
    [{"name": "另名"}, {"from_on": date(2000, 1, 1)}, {"filed_on": None, "filing_number": ""}, {"until_on": None}],
)
def test_what_stands_is_not_rewritten(people, change) -> None:
    site = TeachingSiteFactory(filed_on=TODAY, filing_number="备1号", until_on=TODAY)
    with pytest.raises(DatabaseError, match="pgtrigger"), transaction.atomic():
        TeachingSite.objects.filter(pk=site.pk).update(**change)
    with pytest.raises(DatabaseError, match="pgtrigger"), transaction.atomic():
        TeachingSite.objects.filter(pk=site.pk).delete()


@pytest.mark.parametrize(
    "values",
    [{"kind": "schools"}, {"filed_on": TODAY}, {"until_on": date(2020, 9, 1)}, {"filing_number": "备1号"}],
)
def test_the_database_refuses_what_makes_no_site(values) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        TeachingSiteFactory(**values)
