"""The made-up people are valid, distinct and the same every time."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
from stdnum.cn import ric

from xueji.core.facts import Surroundings
from xueji.core.identifiers import parse_resident_id
from xueji.core.rules import check_graduate
from xueji.demo.city import COUNTIES, PACK, ClassYear, Stage, current_class, school_plans
from xueji.demo.people import RARE_NAMES, PeopleMaker, wrong_check_digit
from xueji.documents.fonts import font_set
from xueji.policy import get_library

YEAR = ClassYear(2026)


@pytest.fixture(scope="module")
def everybody():
    maker = PeopleMaker(2026)
    return [person for plan in school_plans() for person in maker.graduates_of(plan, YEAR)]


def test_same_seed_makes_the_same_people_and_another_seed_others():
    plan = school_plans()[2]
    first = PeopleMaker(1).graduates_of(plan, YEAR)
    assert PeopleMaker(1).graduates_of(plan, YEAR) == first
    assert PeopleMaker(2).graduates_of(plan, YEAR) != first


def test_the_city_has_eleven_counties_thirty_schools_and_eight_thousand_graduates(everybody):
    plans = school_plans()
    assert len(COUNTIES) == 11
    assert {code for code, _ in COUNTIES} == {plan.county for plan in plans if plan.county}
    assert len({plan.name for plan in plans}) == len({plan.code for plan in plans}) == 30
    assert [plan.name for plan in plans if plan.county is None] == ["渭南工业学校"]
    assert len(everybody) == sum(plan.size for plan in plans) == 8000
    assert {plan.stage for plan in plans} == set(Stage)


def test_every_check_digit_is_right_for_an_outside_judge_and_nobody_shares_a_number(everybody):
    numbers = [person.resident_id for person in everybody]
    assert len(set(numbers)) == len(numbers)
    for number in numbers:
        assert ric.calc_check_digit(number) == number[17]


def test_numbers_tell_birth_date_and_sex(everybody):
    for person in everybody:
        read = parse_resident_id(person.resident_id)
        assert (read.birth_date, read.sex) == (person.birth_date, person.sex)


def test_no_rule_of_the_pack_finds_anything_in_a_school(everybody):
    view = get_library().pack(PACK).on(date(2026, 7, 8))
    surroundings = Surroundings(season_year=2026, season_term="autumn")
    assert not [finding for person in everybody[:700] for finding in check_graduate(person, view, surroundings)]


def test_names_are_spread_as_in_the_country(everybody):
    names = Counter(person.name for person in everybody)
    assert max(names.values()) < 20
    assert sum(times > 1 for times in names.values()) > 50  # pairs of one name exist
    assert any("·" in name for name in names)
    assert all(any(rare in name for name in names) for rare in RARE_NAMES)


def test_every_name_prints_with_the_fonts_that_come_with_the_program(everybody):
    covered = font_set().serif[0].advances
    assert {c for person in everybody for c in person.name if ord(c) not in covered} == set()


def test_each_school_has_two_people_of_one_name_told_apart_by_their_numbers():
    people = PeopleMaker(5).graduates_of(school_plans()[0], YEAR)
    assert people[7].name == people[31].name
    assert people[7].resident_id != people[31].resident_id


def test_wrong_check_digit_is_always_wrong(everybody):
    for person in everybody[:400]:
        assert not parse_resident_id(wrong_check_digit(person.resident_id)).is_valid


@pytest.mark.parametrize(
    ("today", "year"), [(date(2026, 11, 21), 2026), (date(2027, 3, 1), 2026), (date(2027, 6, 1), 2027)]
)
def test_the_current_class_is_the_newest_that_has_come_to_graduation(today, year):
    assert current_class(today).year == year
