"""Who comes from a senior high, technician or junior high school: by the law of the source, with its care, or refused (S2 第十二条)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from tests.apps.registry.test_applying import PDF
from tests.exchange.test_enrolments import number
from tests.factories.graduation import clauses_of
from tests.factories.institutions import ProgrammeFactory, appointed, staffed_city
from tests.factories.registry import ArrivalFactory, RegistrationFactory

from xueji.cases.actions import attach_evidence, decide_step, submit_case
from xueji.cases.models import Case, CaseState
from xueji.core.errors import BadInput, NotPermitted, RuleViolation
from xueji.institutions.models import Post
from xueji.institutions.queries import pack_of
from xueji.ledger.models import Event
from xueji.registry.actions import open_arrival, open_status_application
from xueji.registry.arrival_queries import change_of, count_arrivals, papers_of
from xueji.registry.models import Arrival, Enrolment, Registration

pytestmark = pytest.mark.django_db
AT = datetime(2024, 8, 20, 1, tzinfo=UTC)
ON = date(2024, 8, 19)
SPRING_AT = datetime(2024, 3, 8, 1, tzinfo=UTC)
SENIOR, TECHNICIAN, JUNIOR = Arrival.Source.SENIOR_HIGH, Arrival.Source.TECHNICIAN, Arrival.Source.JUNIOR_HIGH


@pytest.fixture
def henan():
    made = staffed_city("410100", "410102")
    made.programme = ProgrammeFactory(school=made.county_school, name="护理", duration_years=Decimal("3.0"))
    return made


def student(place: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "name": "王小明", "sex": "男" if place % 2 else "女", "id_document_type": "居民身份证",
        "resident_id": number("20080503", place), "member1_name": "王大", "member1_relation": "父亲",
        "member1_is_guardian": "是", "member1_phone": "13800000000",
    } | more  # fmt: skip


def drafted(henan, source: Arrival.Source = SENIOR, at: datetime = AT, **more: Any) -> Arrival:
    more_of_source = {"junior_term": 6, "class_name": "初职1班", "teachers": "李老师"} if source == JUNIOR else {
        "remaining_years": Decimal(2)
    }  # fmt: skip
    given = {
        "school": henan.county_school, "source": source, "student": student(), "former_school": "某某学校",
        "programme": henan.programme, "grade": 2023, "entered_on": ON, "by": henan.clerk, "at": at,
    }  # fmt: skip
    return open_arrival(**(given | more_of_source | more))


def submitted(henan, arrival: Arrival, at: datetime = AT) -> Case:
    for label in papers_of(Arrival.Source(arrival.source), pack_of(henan.county_school).on(at.date())):
        attach_evidence(case=arrival.case, kind=label, file_name="材料.pdf", data=PDF, by=henan.clerk, at=at)
    return submit_case(case=arrival.case, by=henan.clerk, at=at)


def decided(case: Case, people: list[Any], verdict: str = "approve", at: datetime = AT) -> None:
    for person in people:
        step = case.steps.filter(round=case.round, state="current").get()
        decide_step(step=step, verdict=verdict, reasons="" if verdict == "approve" else "材料不清", by=person, at=at)


def approved(henan, arrival: Arrival, at: datetime = AT) -> Enrolment:
    """Carry it through the school's leader and the two reviewers the law names for its source."""
    case = submitted(henan, arrival, at)
    decided(case, [henan.leader], at=at)
    step = case.steps.get(round=case.round, state="current")
    at_city = step.authority_id == henan.city.pk
    post, office = (Post.CITY_REVIEWER, henan.city) if at_city else (Post.COUNTY_REVIEWER, henan.county)
    decided(case, [appointed(post, office), appointed(post, office)], at=at)
    case.refresh_from_db()
    assert case.state == CaseState.APPROVED
    arrival.refresh_from_db()
    return arrival.enrolment


@pytest.mark.requirement("S2-23", "S2-24")
@pytest.mark.parametrize(("source", "origin"), [(SENIOR, "senior_high"), (TECHNICIAN, "technician_school")])
def test_who_comes_from_another_kind_of_school_studies_three_years_by_the_city(henan, source, origin) -> None:
    arrival = drafted(henan, source)
    record = approved(henan, arrival)
    kept = Registration.objects.get(pk=record.pk)
    assert (record.status, record.duration_years, record.study_mode) == ("studying", Decimal(3), "全日制")
    assert (kept.origin, kept.expected_graduation, kept.compulsory_until) == (origin, "2026-07", None)
    assert (kept.filing, kept.filed_by_id, kept.grade) == ("filed", arrival.case_id, 2023)
    deciding = arrival.case.steps.get(key="competent")
    assert deciding.authority_id == henan.city.pk
    assert Event.objects.filter(tag="arrival:registered", parent_id=str(arrival.case_id)).count() == 1


@pytest.mark.requirement("S2-22", "S2-24")
@pytest.mark.parametrize(
    ("term", "came", "at", "years", "until", "graduates"),
    [
        (5, date(2023, 9, 1), datetime(2023, 9, 8, 1, tzinfo=UTC), Decimal(4), date(2024, 8, 31), "2027-07"),
        (6, date(2024, 3, 1), SPRING_AT, Decimal("3.5"), date(2024, 8, 31), "2027-07"),
    ],
)
def test_a_pupil_comes_in_the_fifth_or_sixth_term(henan, term, came, at, years, until, graduates) -> None:
    record = approved(henan, drafted(henan, JUNIOR, at, junior_term=term, entered_on=came), at)
    kept = Registration.objects.get(pk=record.pk)
    assert (record.duration_years, record.study_mode, kept.origin) == (years, "全日制", "junior_high_pupil")
    assert (kept.compulsory_until, kept.expected_graduation) == (until, graduates)


@pytest.mark.requirement("S2-22")
@pytest.mark.parametrize("reason", ["", "expulsion"])
def test_a_pupil_is_neither_withdrawn_nor_expelled_before_compulsory_schooling_ends(henan, reason) -> None:
    record = approved(henan, drafted(henan, JUNIOR, SPRING_AT, entered_on=date(2024, 3, 1)), SPRING_AT)

    def withdrawn(on: date) -> Any:
        at = datetime(on.year, on.month, on.day, 8, tzinfo=UTC)
        return open_status_application(
            school=henan.county_school, change="退学", enrolments=[record], wanted={}, statement="本人申请",
            effective_on=on, reason=reason, by=henan.clerk, at=at,
        )  # fmt: skip

    with pytest.raises(RuleViolation, match="尚未完成义务教育") as refused:
        withdrawn(date(2024, 8, 31))
    assert ("change.compulsory_not_expelled", "第十二条") in clauses_of(refused)
    assert withdrawn(date(2024, 9, 1)).change == "退学"


@pytest.mark.requirement("S2-22")
@pytest.mark.parametrize(
    ("more", "rule"),
    [
        ({"junior_term": 4}, "change.junior_term"),
        ({"class_name": ""}, "arrival.class_apart"),
        ({"class_name": "普通班"}, "arrival.class_apart"),
        ({"teachers": " "}, "arrival.teachers_named"),
        ({"student": student(member1_is_guardian="否")}, "arrival.guardian_asks"),
    ],
)
def test_a_pupil_is_refused_without_the_care_the_law_asks_for(henan, more, rule) -> None:
    RegistrationFactory(enrolment__programme=henan.programme, class_name="普通班", grade=2023)
    with pytest.raises(RuleViolation) as refused:
        drafted(henan, JUNIOR, SPRING_AT, entered_on=date(2024, 3, 1), **more)
    assert rule in {finding.rule for finding in refused.value.findings}
    assert (rule, "第十二条") in clauses_of(refused)
    assert not Arrival.objects.exists()


@pytest.mark.requirement("S2-23")
@pytest.mark.parametrize(
    ("more", "rule"),
    [
        ({"entered_on": date(2024, 9, 1)}, "change.before_autumn_term"),
        ({"remaining_years": Decimal("1.4")}, "change.remaining_study"),
    ],
)
def test_the_day_and_the_time_left_are_asked_the_day_before_is_let(henan, more, rule) -> None:
    at = datetime(2024, 9, 2, 1, tzinfo=UTC)
    with pytest.raises(RuleViolation) as refused:
        drafted(henan, SENIOR, at, **more)
    assert [finding.rule for finding in refused.value.findings] == [rule]
    assert drafted(henan, SENIOR, at, entered_on=date(2024, 8, 31), remaining_years=Decimal("1.5")).pk


def test_what_the_province_manages_the_province_decides(henan) -> None:
    arrival = drafted(henan, is_province_managed=True)
    route = change_of(arrival, henan.county_school, pack_of(henan.county_school).on(ON)).route
    assert (count_arrivals(arrival.case)["province_managed"], route[-1].level) == (1, "province")


@pytest.mark.requirement("S2-22")
def test_each_paper_of_the_source_is_asked_for(henan) -> None:
    arrival = drafted(henan, JUNIOR, SPRING_AT, entered_on=date(2024, 3, 1))
    with pytest.raises(RuleViolation) as refused:
        submit_case(case=arrival.case, by=henan.clerk, at=SPRING_AT)
    assert [finding.message for finding in refused.value.findings] == [
        "没有上传「法定监护人的申请」", "没有上传「就读初中的书面同意」",
        "没有上传「原就读初中的有关材料（报批准机关备案，原件备查）」",
    ]  # fmt: skip


def test_returned_nothing_is_registered_and_it_is_submitted_again(henan) -> None:
    arrival = drafted(henan)
    case = submitted(henan, arrival)
    decided(case, [henan.leader], "return")
    assert not Enrolment.objects.exists()
    case.refresh_from_db()
    again = submit_case(case=case, by=henan.clerk, at=AT)
    assert again.state == CaseState.IN_PROGRESS


def test_who_has_a_record_already_is_transferred_and_not_taken_in_anew(henan) -> None:
    known = approved(henan, drafted(henan))
    other = ProgrammeFactory(school=henan.city_school, name="护理")
    with pytest.raises(RuleViolation, match="在中等职业学校已有学籍"):
        drafted(henan, school=henan.city_school, programme=other, by=henan.city_clerk)
    assert Enrolment.objects.get().pk == known.pk


def test_only_the_clerk_of_the_school_and_with_what_the_source_asks(henan) -> None:
    with pytest.raises(NotPermitted):
        drafted(henan, by=henan.leader)
    with pytest.raises(BadInput, match="剩余学习时间"):
        drafted(henan, remaining_years=None)
    with pytest.raises(BadInput, match="开设的专业"):
        drafted(henan, programme=ProgrammeFactory(school=henan.city_school))
    with pytest.raises(IntegrityError, match="arrival_of_a_term"), transaction.atomic():
        ArrivalFactory(source=JUNIOR)


def test_the_statements_of_an_approval_are_counted(henan) -> None:
    arrival = drafted(henan)
    case = submitted(henan, arrival)
    decided(case, [henan.leader])
    first, second = appointed(Post.CITY_REVIEWER, henan.city), appointed(Post.CITY_REVIEWER, henan.city)
    decided(case, [first])
    with CaptureQueriesContext(connection) as asked:
        decided(case, [second])
    assert len(asked) <= 120
