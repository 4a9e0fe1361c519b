"""From a school's workbook to numbers, in every jurisdiction by its own route and shape."""

from __future__ import annotations

import re

import pytest
from tests.journeys.world import LATER, YEAR, World, found

from xueji.cases.actions import submit_case
from xueji.certificates.models import Certificate
from xueji.core.errors import RuleViolation
from xueji.demo.provinces import FUJIAN, GUANGXI, HENAN
from xueji.graduation.actions import withdraw_candidates
from xueji.graduation.actions.applications import open_number_application, return_granted_numbers
from xueji.graduation.models import NumberApplication
from xueji.graduation.records.comparison import form_findings

pytestmark = pytest.mark.django_db


def numbers_of(batch) -> list[str]:
    found = Certificate.objects.filter(candidate__batch=batch).order_by("number__serial")
    return [certificate.number.number for certificate in found.select_related("number")]


@pytest.mark.requirement("S3-05", "S3-06", "S3-07", "S3-16")
def test_technician_school_has_nineteen_digits_after_the_city(settings) -> None:
    world = found(FUJIAN)
    batch = world.listed()
    assert world.approved(batch) == ["school_leader", "city_reviewer"]
    numbers = numbers_of(batch)
    assert len(numbers) == 12
    assert all(re.fullmatch(rf"350213{YEAR}[23](0101|0302)\d{{4}}", number) for number in numbers), numbers
    assert [number[-4:] for number in numbers] == [f"{n:04d}" for n in range(1, 13)]


@pytest.mark.requirement("S3-05")
def test_school_of_the_province_goes_straight_to_the_province() -> None:
    world = found(FUJIAN)
    batch = world.listed("direct", 6)
    assert world.approved(batch) == ["school_leader", "province_reviewer"]


@pytest.mark.requirement("S4-03", "S4-12", "S4-17")
def test_ranges_are_applied_for_before_they_are_used() -> None:
    world = found(GUANGXI)
    batch = world.listed()
    with pytest.raises(RuleViolation, match="编号"):
        world.approved(batch)
    assert numbers_of(batch) == []
    _granted(world, batch)
    assert world.approve(batch.case) == ["city_reviewer"]
    numbers = numbers_of(batch)
    assert len(numbers) == 12
    assert all(re.fullmatch(rf"桂教中专毕字（{YEAR}）\d+", number) for number in numbers), numbers


@pytest.mark.requirement("S4-03", "S4-13")
def test_numbers_given_back_whole_and_applied_for_anew_leave_one_form_to_compare_with() -> None:
    """One graduate leaves the list after the numbers were granted: the form that counts is that of the second request."""
    world = found(GUANGXI)
    batch = world.listed()
    _granted(world, batch)
    clerk = world.user("school_clerk")
    candidate = batch.candidates.order_by("ordinal")[0]
    withdraw_candidates(batch=batch, ids=[candidate.pk], reason="转学", by=clerk, at=LATER)
    assert {finding.rule for finding in form_findings(batch)} != set()
    application = NumberApplication.objects.get()
    return_granted_numbers(application=application, reason="人数有误", by=clerk, at=LATER)
    _granted(world, batch)
    assert form_findings(batch) == []
    assert world.approved(batch)[-1] == "city_reviewer"
    assert len(numbers_of(batch)) == 11


def _granted(world: World, batch) -> None:
    application = open_number_application(
        season=batch.season, school=batch.school, by=world.user("school_clerk"), at=LATER
    )
    submit_case(case=application.case, by=world.user("school_clerk"), at=LATER)
    assert world.approve(application.case) == ["school_leader", "city_reviewer", "province_reviewer"]
    batch.refresh_from_db()


@pytest.mark.requirement("S2-34")
def test_numbers_of_the_third_look_random_and_never_collide() -> None:
    world = found(HENAN)
    batch = world.listed()
    assert world.approved(batch) == ["school_leader", "city_reviewer", "province_reviewer"]
    numbers = numbers_of(batch)
    assert len(set(numbers)) == 12
    assert all(number.startswith(str(YEAR)) for number in numbers)
    tails = [int(number[-4:]) for number in numbers]
    assert tails != sorted(tails)
