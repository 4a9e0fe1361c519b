"""The register is looked over against the negative list: each item just within and just beyond, nothing confirmed by it (S2 第六章)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from tests.factories.cases import CaseFactory
from tests.factories.institutions import (
    AuthorityFactory,
    ProgrammeFactory,
    SchoolFactory,
    StaffedCity,
    TeachingSiteFactory,
    staffed_city,
)
from tests.factories.licences import LicenceFactory, LicencePublicationFactory
from tests.factories.registry import (
    AttendanceNoteFactory,
    DuplicateAnswerFactory,
    DuplicateFactory,
    DuplicateReminderFactory,
    RegistrationFactory,
    ended,
)
from tests.factories.supervision import SystemComparisonFactory

from xueji.core.errors import NotPermitted
from xueji.institutions.models import Authority, Level, School
from xueji.jobs.testing import run_pending_jobs
from xueji.ledger.models import Event
from xueji.registry.models import Enrolment, EnrolmentStatus
from xueji.supervision.actions import request_search, search_all_findings, search_findings
from xueji.supervision.models import ListedFinding

pytestmark = pytest.mark.django_db
ON = date(2024, 3, 8)
SINCE = date(2023, 12, 4)


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 4, tzinfo=UTC)


@pytest.fixture
def henan() -> StaffedCity:
    province = AuthorityFactory(level=Level.PROVINCE, division_code="410000")
    staffed = staffed_city("410100", "410102")
    for place, parent in ((staffed.city, province), (staffed.county, staffed.city)):
        place.parent, place.path = parent, f"{parent.path}{place.pk}/"
        place.save()
    return staffed


def student(school: School, **more: Any) -> Enrolment:
    programme = school.programmes.first() or ProgrammeFactory(school=school, name="护理")
    return RegistrationFactory(enrolment__programme=programme, **more).enrolment


def filed(school: School, **more: Any) -> Enrolment:
    return student(school, filing="filed", filed_on=date(2023, 11, 1), filed_by=CaseFactory(school=school), **more)


def found(school: School, item: str, day: date = ON) -> list[ListedFinding]:
    """Search on a day, and return what stands of an item."""
    search_findings(schools=[School.objects.select_related("authority").get(pk=school.pk)], by=None, at=at(day))
    return list(ListedFinding.objects.filter(school=school, item=item, ended_at=None).order_by("began_on", "subject"))


def licensed(school: School, year: int, **places: int) -> None:
    publication = LicencePublicationFactory(
        authority=Authority.objects.get(level=Level.PROVINCE), year=year, published_at=at(date(year, 6, 1))
    )
    for programme, quota in places.items():
        LicenceFactory(publication=publication, school_code=school.code, programme_name=programme, quota=quota)


@pytest.mark.requirement("S2-46")
def test_admission_is_held_against_the_published_places_and_an_unpublished_intake_is_not(henan) -> None:
    school = henan.county_school
    for day in (1, 2, 3):
        student(school, registered_on=date(2023, 9, 20 + day))
    assert found(school, "FM2") == []  # nothing is published for the intake
    licensed(school, 2023, 护理=3)
    assert found(school, "FM2") == []
    student(school, registered_on=date(2023, 10, 9))
    (over,) = found(school, "FM2")
    assert (over.began_on, over.evidence["admitted"], over.evidence["quota"]) == (date(2023, 10, 9), 4, 3)
    assert over.cites == ["henan-2021-115:负面清单·FM2"]
    assert over.way_out
    accounting = ProgrammeFactory(school=school, name="会计")
    record = RegistrationFactory(enrolment__programme=accounting).enrolment
    assert [row.facts for row in found(school, "FM2")] == [
        {"school_licensed": True, "programme_on_file": False},
        {"school_licensed": True, "programme_on_file": False},
    ]
    ended(record, EnrolmentStatus.CANCELLED)
    assert [row.pk for row in found(school, "FM2")] == [over.pk]


def duplicate(henan: StaffedCity) -> Any:
    return DuplicateFactory(first=filed(henan.city_school), second=filed(henan.county_school))


@pytest.mark.requirement("S2-47")
def test_a_duplicate_is_found_at_the_third_reminder_at_the_silent_school_alone(henan) -> None:
    pair, school = duplicate(henan), henan.county_school
    for day in (1, 2):
        DuplicateReminderFactory(duplicate=pair, to_school=school, at=at(date(2024, 2, day)))
    assert found(school, "FM3") == []
    DuplicateReminderFactory(duplicate=pair, to_school=school, at=at(date(2024, 3, 1)))
    (finding,) = found(school, "FM3")
    assert finding.evidence["reminded_on"] == ["2024-02-01", "2024-02-02", "2024-03-01"]
    assert (finding.began_on, finding.facts["reminders"]) == (date(2024, 3, 1), 3)
    assert found(henan.city_school, "FM3") == []
    DuplicateAnswerFactory(duplicate=pair, school=school, answer="not_mine")
    assert found(school, "FM3", ON + timedelta(days=1)) == []  # it reported; the finding ended by itself
    finding.refresh_from_db()
    assert (finding.ended_at, finding.state) == (at(ON + timedelta(days=1)), ListedFinding.State.OPEN)


@pytest.mark.requirement("S2-47")
def test_a_duplicate_whose_student_is_away_and_denied_is_found_without_three_reminders(henan) -> None:
    pair, school = duplicate(henan), henan.county_school
    DuplicateAnswerFactory(duplicate=pair, school=school, answer="not_mine")
    AttendanceNoteFactory(enrolment=pair.second, checked_on=ON)
    assert found(school, "FM3") == []
    AttendanceNoteFactory(enrolment=pair.second, checked_on=ON + timedelta(days=1), absent_since=ON + timedelta(days=1))
    assert [row.facts["attending"] for row in found(school, "FM3", ON + timedelta(days=1))] == [False]


@pytest.mark.requirement("S2-48")
def test_who_is_away_for_three_months_and_a_day_or_at_two_checks_is_found_from_that_check(henan) -> None:
    school, record, other = henan.county_school, filed(henan.county_school), filed(henan.county_school)
    AttendanceNoteFactory(enrolment=record, checked_on=date(2024, 3, 4), absent_since=SINCE)
    AttendanceNoteFactory(enrolment=other, checked_on=ON, absent_since=date(2023, 12, 1), leave_until=ON)
    assert found(school, "FM4") == []  # three months exactly, once; on leave
    AttendanceNoteFactory(enrolment=record, checked_on=date(2024, 3, 5), absent_since=SINCE)
    AttendanceNoteFactory(enrolment=record, checked_on=date(2024, 3, 6), absent_since=SINCE)
    (finding,) = found(school, "FM4")
    assert (finding.enrolment_id, finding.began_on) == (record.pk, date(2024, 3, 5))
    (again,) = found(school, "FM4", date(2024, 5, 1))
    assert (again.pk, again.found_at) == (finding.pk, at(ON))
    ended(record)
    assert found(school, "FM4", date(2024, 5, 2)) == []


@pytest.mark.requirement("S2-49")
def test_two_of_a_hundred_may_differ_and_the_last_comparison_counts(henan) -> None:
    school = henan.county_school
    SystemComparisonFactory(school=school)
    assert found(school, "FM5") == []
    SystemComparisonFactory(school=school, compared_on=date(2024, 3, 2), differing=3, total=149)
    (finding,) = found(school, "FM5")
    assert (finding.began_on, finding.message[:18]) == (date(2024, 3, 2), "两个系统不一致的学生 3 / 149")
    SystemComparisonFactory(school=school, compared_on=date(2024, 3, 3), differing=3, total=150)
    assert found(school, "FM5") == []


@pytest.mark.requirement("S2-50")
def test_a_site_that_is_not_on_record_and_a_campus_nobody_knows_are_found(henan) -> None:
    school = henan.county_school
    filed(school, campus="东校区")
    assert found(school, "FM6") == []  # no campus of the school is on record: nothing to compare with
    on_record = {"filed_on": date(2023, 1, 9), "filing_number": "教职备〔2023〕1号"}
    TeachingSiteFactory(school=school, name="东校区", from_on=date(2023, 1, 9), **on_record)
    assert found(school, "FM6") == []
    filed(school, campus="西校区")
    TeachingSiteFactory(school=school, name="南校区", from_on=date(2024, 1, 9), filed_on=None, filing_number="")
    assert [row.label for row in found(school, "FM6")] == ["西校区", "南校区"]


@pytest.mark.requirement("S2-51")
def test_what_stands_at_a_school_ends_when_the_school_is_closed(henan) -> None:
    school = SchoolFactory(authority=henan.county, closed_on=ON + timedelta(days=2))
    SystemComparisonFactory(school=school, compared_on=date(2024, 3, 1), differing=3, total=100)
    (standing,) = found(school, "FM5")
    assert found(school, "FM5", ON + timedelta(days=1)) == [standing]
    assert found(school, "FM5", ON + timedelta(days=2)) == []
    assert Event.objects.filter(tag="listed_finding:searched").latest("pk").after["ended"] == [f"FM5:{standing.pk}"]


def test_who_is_not_filed_after_the_last_day_and_registered_or_present_is_found(henan) -> None:
    school, record, present = henan.county_school, student(henan.county_school), student(henan.county_school)
    national = {"national_on": date(2023, 9, 22), "national_source": "导出表"}
    barred = student(school, filing="barred", **national)
    AttendanceNoteFactory(enrolment=present, checked_on=date(2023, 10, 9))
    before, after = date(2023, 10, 20), ON
    assert [row.enrolment_id for row in found(school, "FM7", before)] == [barred.pk]
    assert {row.enrolment_id for row in found(school, "FM7", after)} == {barred.pk, present.pk}
    assert record.pk not in set(ListedFinding.objects.values_list("enrolment_id", flat=True))


@pytest.mark.requirement("S2-52")
def test_too_few_two_years_running_counts_where_a_licence_stood_in_both(henan) -> None:
    school, other = henan.county_school, henan.city_school
    for year in (2022, 2023):
        day = date(year, 9, 20)
        filed(school, intake_year=year, entered_on=day, registered_on=day, grade=year)
    assert found(school, "FM8") == []  # licences of neither year are known
    licensed(school, 2022, 护理=40)
    assert found(school, "FM8") == []
    licensed(school, 2023, 护理=40)
    (finding,) = found(school, "FM8")
    assert finding.facts == {"licensed": True, "intake": [1, 1], "enrolled": [1, 2]}
    assert found(other, "FM8") == []
    assert (
        len(found(school, "FM8", date(2025, 3, 1))) == 0
    )  # of 2024 nothing is published: the finding of 2022 and 2023 is over


def test_the_same_search_changes_nothing_and_the_machine_confirms_nothing(henan) -> None:
    SystemComparisonFactory(school=henan.county_school, differing=3)
    found(henan.county_school, "FM5")
    events = Event.objects.count()
    first = search_all_findings(at=at(ON))
    assert (first.new, first.standing, first.ended) == ({}, {"FM5": 1}, {})
    assert Event.objects.count() == events
    finding = ListedFinding.objects.get()
    for values in (
        {"state": "confirmed"},
        {"state": "confirmed", "proposed_by": henan.clerk, "decided_by": henan.clerk, "decided_at": at(ON)},
    ):
        with pytest.raises(IntegrityError, match="finding_decided_by_two"), transaction.atomic():
            ListedFinding.objects.filter(pk=finding.pk).update(**values)
    with pytest.raises(IntegrityError, match="one_standing_finding"), transaction.atomic():
        finding.pk = None
        finding._state.adding = True
        finding.id = type(finding)._meta.pk.get_default()
        finding.save(force_insert=True)
    with pytest.raises(DatabaseError, match="never_deleted"), transaction.atomic():
        ListedFinding.objects.all().delete()


def test_a_search_is_asked_for_by_who_watches_and_takes_as_many_statements_for_many_as_for_one(henan) -> None:
    other = SchoolFactory(authority=henan.city)
    SystemComparisonFactory(school=henan.county_school, differing=3)
    with pytest.raises(NotPermitted, match="不在您的范围内"):
        search_findings(schools=[other], by=henan.clerk, at=at(ON))
    with pytest.raises(NotPermitted, match="没有由您监管的学校"):
        request_search(by=henan.clerk, at=at(ON))
    job = request_search(by=henan.county_reviewer, at=at(ON))
    run_pending_jobs()
    job.refresh_from_db()
    assert job.result == {"new": {"FM5": 1}, "standing": {}, "ended": {}}
    with CaptureQueriesContext(connection) as few:
        search_all_findings(at=at(ON))
    for _ in range(4):
        school = SchoolFactory(authority=henan.county)
        SystemComparisonFactory(school=school)
        AttendanceNoteFactory(enrolment=filed(school), checked_on=ON, absent_since=ON)
        duplicate_of = filed(school)
        DuplicateFactory(first=duplicate_of, second=filed(henan.city_school))
    with CaptureQueriesContext(connection) as many:
        search_all_findings(at=at(ON))
    assert len(many) <= len(few) + 8, (len(few), len(many))
