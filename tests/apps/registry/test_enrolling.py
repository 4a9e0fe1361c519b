"""Lists found persons and records; examined records are changed by decided cases alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.factories.institutions import ProgrammeFactory, staffed_city
from tests.factories.registry import EnrolmentFactory, birth_date, ended, resident_id

from xueji.core.errors import RuleViolation
from xueji.core.facts import GraduateFacts
from xueji.core.findings import Citation
from xueji.core.months import Month
from xueji.ledger.models import Event
from xueji.registry.actions import drop_unexamined, enrol_graduates
from xueji.registry.models import Enrolment, Person
from xueji.registry.queries import (
    persons_visible_to,
    resident_id_of,
)

pytestmark = pytest.mark.django_db
AT = datetime(2019, 7, 1, 1, tzinfo=UTC)


@pytest.fixture
def city():
    return staffed_city()


@pytest.fixture
def school(city):
    ProgrammeFactory(school=city.county_school, name="护理")
    ProgrammeFactory(school=city.county_school, name="会计")
    return city.county_school


def _facts(serial: int, **changes: object) -> GraduateFacts:
    number = resident_id(serial)
    claimed = GraduateFacts(
        resident_id=number, name=f"学生{serial}", sex="男" if int(number[16]) % 2 else "女", birth_date=birth_date(serial),
        political_status="共青团员", ethnicity="汉族", programme="护理", duration_years=Decimal(3),
        entry_month=Month(2016, 9), graduation_month=Month(2019, 7),
    )  # fmt: skip
    return replace(claimed, **changes)


def test_new_list_founds_sealed_persons_with_their_records(city, school) -> None:
    rows = [_facts(1), _facts(2)]
    enrolments = enrol_graduates(rows, school=school, by=city.clerk, at=AT)
    assert [resident_id_of(e.person) for e in enrolments] == [row.resident_id for row in rows]
    assert [e.confirmed_at for e in enrolments] == [None, None]
    assert Event.objects.filter(tag="enrolment:registered", school_id=school.pk).count() == 2
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(p::text, '') FROM registry_person p")
        assert rows[0].resident_id not in cursor.fetchone()[0]


def test_same_list_again_founds_nothing(city, school) -> None:
    first = enrol_graduates([_facts(1)], school=school, by=city.clerk, at=AT)
    again = enrol_graduates([_facts(1)], school=school, by=city.clerk, at=AT)
    assert [e.pk for e in first] == [e.pk for e in again]
    assert (Person.objects.count(), Enrolment.objects.count(), Event.objects.count()) == (1, 1, 1)


def test_founding_takes_the_same_queries_for_three_as_for_three_hundred(city, school) -> None:
    counts = []
    for rows in ([_facts(n) for n in range(3)], [_facts(n) for n in range(100, 400)]):
        with CaptureQueriesContext(connection) as queries:
            enrol_graduates(rows, school=school, by=city.clerk, at=AT)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 20


@pytest.mark.requirement("S1-06")
def test_record_nobody_examined_is_corrected_by_the_next_list(city, school) -> None:
    enrol_graduates([_facts(1)], school=school, by=city.clerk, at=AT)
    enrolment = enrol_graduates([_facts(1, name="改名", programme="会计")], school=school, by=city.clerk, at=AT)[0]
    enrolment = Enrolment.objects.get(pk=enrolment.pk)
    assert (enrolment.person.name, enrolment.programme.name) == ("改名", "会计")
    assert Event.objects.filter(tag="enrolment:corrected").count() == 1


@pytest.mark.requirement("S1-06", "S1-07")
def test_examined_record_is_not_touched_and_the_difference_is_named(city, school) -> None:
    cites = (Citation("weinan-2019-22", "二（二）"),)
    enrolment = enrol_graduates([_facts(1)], school=school, by=city.clerk, at=AT)[0]
    Enrolment.objects.update(confirmed_at=AT)
    claimed = _facts(1, name="别名", entry_month=Month(2015, 9), birth_date=date(2001, 1, 1))
    with pytest.raises(RuleViolation) as refused:
        enrol_graduates([claimed], school=school, by=city.clerk, at=AT, cites=cites)
    assert [(f.rule, f.field) for f in refused.value.findings] == [
        ("registry.agrees_with_record", "name"),
        ("registry.agrees_with_record", "birth_date"),
        ("registry.agrees_with_record", "entry_month"),
    ]
    assert refused.value.findings[0].cites == cites
    enrolment = Enrolment.objects.get(pk=enrolment.pk)
    assert (enrolment.person.name, enrolment.entry_month) == ("学生1", "2016-09")


@pytest.mark.requirement("S1-06")
def test_student_of_another_school_is_refused_and_the_school_not_named(city, school) -> None:
    other = EnrolmentFactory(programme=ProgrammeFactory(school=city.city_school), person__number=resident_id(1))
    with pytest.raises(RuleViolation, match="其他学校") as refused:
        enrol_graduates([_facts(1, name=other.person.name), _facts(2)], school=school, by=city.clerk, at=AT)
    assert city.city_school.name not in refused.value.message
    assert Person.objects.count() == 1


def test_somebody_who_left_another_school_may_study_here(city, school) -> None:
    ended(EnrolmentFactory(programme=ProgrammeFactory(school=city.city_school), person__number=resident_id(1)))
    assert enrol_graduates([_facts(1)], school=school, by=city.clerk, at=AT)[0].school == school


def test_unregistered_programme_is_refused(city, school) -> None:
    with pytest.raises(RuleViolation, match="没有登记「护理」2 年制"):
        enrol_graduates([_facts(1, duration_years=Decimal(2))], school=school, by=city.clerk, at=AT)


def test_records_no_list_claims_any_more_are_deleted_unless_examined(city, school) -> None:
    enrolments = enrol_graduates([_facts(1), _facts(2)], school=school, by=city.clerk, at=AT)
    Enrolment.objects.filter(pk=enrolments[0].pk).update(confirmed_at=AT)
    assert drop_unexamined([e.pk for e in enrolments]) == 1
    assert [p.name for p in Person.objects.all()] == ["学生1"]


def test_people_are_seen_within_reach_only(city, school) -> None:
    enrolment = enrol_graduates([_facts(1)], school=school, by=city.clerk, at=AT)[0]
    for reader in (city.city_reviewer, city.clerk):
        assert persons_visible_to(reader).get() == enrolment.person
    for stranger in (city.city_clerk, city.administrator, city.auditor):
        assert not persons_visible_to(stranger).exists()
