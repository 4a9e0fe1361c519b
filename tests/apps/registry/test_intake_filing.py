"""The filing of an intake: who passes goes on, who does not stays out with reasons; without it no list of graduates."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from tests.apps.registry.test_registering import AT, AUTUMN, CAME, facts
from tests.factories.graduation import current_step, decide
from tests.factories.institutions import AuthorityFactory, ProgrammeFactory, StaffedCity, appointed, staffed_city
from tests.factories.licences import LicencePublicationFactory
from tests.factories.registry import EnrolmentFactory, PersonFactory

from xueji.cases.actions import decide_step, withdraw_case
from xueji.core.errors import Conflict, NotPermitted, RuleViolation
from xueji.core.facts import GraduateFacts
from xueji.core.months import Month
from xueji.institutions.models import Level, Post
from xueji.ledger.models import Event
from xueji.registry.actions import register_students, request_filing
from xueji.registry.matching import match_rows
from xueji.registry.models import FilingEntry, FilingRequest, Registration

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S2-12")]
IN_TIME, LATE = datetime(2021, 12, 20, 1, tzinfo=UTC), datetime(2021, 12, 21, 1, tzinfo=UTC)


@pytest.fixture
def city() -> StaffedCity:
    made = staffed_city("410100", "410102")
    ProgrammeFactory(school=made.city_school, name="护理", duration_years=Decimal("3.0"))
    return made


def complete(place: int) -> dict[str, object]:
    """The columns a form must have before a student is filed."""
    return dict(facts(
        place, entry_mode="统一招生考试/普通入学", boarding="住校", nationality="中国", overseas="非港澳台侨",
        household_division="410102", household_type="农业户口", health="健康或良好", graduate_freshness="应届",
        admission_mode="统一招生", cooperation_type="非联合办学", staged_training="非分段培养",
    ).values)  # fmt: skip


def registered(city: StaffedCity, *places: int, **changes: object):
    rows = [type(facts(1))(complete(place) | changes) for place in places]
    return register_students(rows, school=city.city_school, intake=AUTUMN, entered_on=CAME, by=city.city_clerk, at=AT)


def requested(city: StaffedCity, at: datetime = IN_TIME) -> FilingRequest:
    return request_filing(school=city.city_school, intake=AUTUMN, by=city.city_clerk, at=at)


def decided(request: FilingRequest, city: StaffedCity, verdict: str = "approve", reasons: str = "") -> None:
    """The leader confirms; at the office one proposes and another decides (第五条)."""
    decide(request.case, city)
    decide(request.case, city, verdict, reasons=reasons)
    second = appointed(Post.CITY_REVIEWER, city.city)
    decide_step(step=current_step(request.case), verdict=verdict, reasons=reasons, by=second, at=IN_TIME)


def outcomes() -> list[str]:
    return list(FilingEntry.objects.order_by("pk").values_list("outcome", flat=True))


def test_who_passes_is_filed_by_school_and_authority(city) -> None:
    registered(city, 1, 2)
    request = requested(city)
    assert outcomes() == ["open", "open"]
    decided(request, city)
    kept = Registration.objects.first()
    assert (kept.filing, kept.filed_by_id, outcomes()) == ("filed", request.case_id, ["filed", "filed"])
    assert Event.objects.filter(tag="enrolment:filed").count() == 2
    with pytest.raises(Conflict, match="没有待备案"):
        requested(city)


@pytest.mark.requirement("S2-14")
def test_bad_rows_stay_out_with_reason_and_clause_and_good_rows_go_on(city) -> None:
    person = PersonFactory(number=facts(1).text("resident_id"), name=facts(1).text("name"), sex="男")
    EnrolmentFactory(person=person)
    registered(city, 1, 2)
    registered(city, 3, health="")
    requested(city)
    kept = {entry.enrolment.person.name: entry for entry in FilingEntry.objects.all()}
    assert kept[facts(2).text("name")].outcome == "open"
    for place, rule in ((1, "filing.duplicate_resolved"), (3, "filing.information_correct")):
        entry = kept[facts(place).text("name")]
        assert entry.outcome == "returned"
        assert rule in {found["rule"] for found in entry.findings}
        assert all(found["cites"] for found in entry.findings if found["rule"] == rule)


def test_after_the_last_day_nobody_is_filed(city) -> None:
    registered(city, 1)
    with pytest.raises(RuleViolation, match="2021-12-20 截止"):
        requested(city, LATE)
    assert (FilingRequest.objects.count(), outcomes()) == (0, [])


@pytest.mark.requirement("S2-13")
def test_without_a_licence_of_those_published_nobody_is_filed(city) -> None:
    registered(city, 1)
    province = AuthorityFactory(level=Level.PROVINCE, division_code="410000")
    city.city.parent, city.city.path = province, f"{province.path}{city.city.pk}/"
    city.city.save()
    LicencePublicationFactory(authority=province)
    with pytest.raises(RuleViolation, match="招生资质备案"):
        requested(city)


def test_refused_and_withdrawn_requests_are_closed_and_may_be_asked_for_again(city) -> None:
    registered(city, 1)
    request = requested(city)
    withdraw_case(case=request.case, by=city.city_clerk, at=IN_TIME)
    request = requested(city)
    decided(request, city, "refuse", reasons="材料不实")
    assert outcomes() == ["withdrawn", "refused"]
    assert Registration.objects.get().filing == "open"


def test_nobody_is_in_two_requests_and_a_reason_is_given(city) -> None:
    (record,) = registered(city, 1)
    request = requested(city)
    with pytest.raises(Conflict):
        requested(city)
    entry = FilingEntry.objects.get(enrolment=record)
    with pytest.raises(IntegrityError, match="filing_returned_with_reasons"), transaction.atomic():
        FilingEntry.objects.filter(pk=entry.pk).update(outcome="returned")
    assert request.entries.count() == 1


def test_only_the_school_s_clerk_asks(city) -> None:
    with pytest.raises(NotPermitted):
        request_filing(school=city.city_school, intake=AUTUMN, by=city.city_leader_of_school, at=IN_TIME)


@pytest.mark.requirement("S2-13")
def test_who_is_registered_and_not_filed_is_on_no_list_of_graduates(city) -> None:
    (record,) = registered(city, 1)
    person = record.person
    row = GraduateFacts(
        name=person.name, sex=person.sex, resident_id=person.resident_id, programme="护理",
        duration_years=Decimal("3.0"), entry_month=Month(2021, 9),
    )  # fmt: skip
    (match,) = match_rows([row], school=city.city_school)
    (finding,) = [found for found in match.findings if found.rule == "registry.filed"]
    assert (finding.is_error, [cite.clause for cite in finding.cites]) == (True, ["第六条"])
    request = requested(city)
    decided(request, city)
    (match,) = match_rows([row], school=city.city_school)
    assert "registry.filed" not in {found.rule for found in match.findings}
