"""Corrections on paper (S1-07) and looks at full numbers: filed, refused, decided, on record."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from tests.factories.graduation import decide
from tests.factories.institutions import ProgrammeFactory, staffed_city
from tests.factories.registry import EnrolmentFactory, PersonFactory, ended, resident_id

from xueji.cases.actions import attach_evidence, submit_case
from xueji.cases.models import CaseState
from xueji.core.errors import BadInput, Conflict, NotFound, NotPermitted, RuleViolation
from xueji.ledger.models import Event
from xueji.registry.actions import open_particulars_change, reveal_resident_id
from xueji.registry.models import Enrolment, Person, Reveal
from xueji.registry.queries import open_changes_of, other_changes, resident_id_of

pytestmark = pytest.mark.django_db
AT = datetime(2019, 7, 1, 1, tzinfo=UTC)
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture
def city():
    return staffed_city()


@pytest.fixture
def enrolment(city):
    programme = ProgrammeFactory(school=city.county_school, name="护理")
    return EnrolmentFactory(programme=programme, person=PersonFactory(number=resident_id(5), name="王小名"))


def _open(city, enrolment, **changes: str):
    return open_particulars_change(
        enrolment=enrolment, document_number="校字〔2019〕3号", reason="录入错误", changes=changes, by=city.clerk, at=AT
    )


def _submitted(city, change):
    attach_evidence(case=change.case, kind="户口簿", file_name="户口簿.pdf", data=PDF, by=city.clerk, at=AT)
    submit_case(case=change.case, by=city.clerk, at=AT)
    return change


@pytest.mark.requirement("S1-07")
def test_correction_goes_by_school_county_and_city_and_changes_the_record(city, enrolment) -> None:
    ProgrammeFactory(school=city.county_school, name="会计")
    number = resident_id(7)
    born = f"{number[6:10]}-{number[10:12]}-{number[12:14]}"
    change = _open(
        city, enrolment, name="王小明", resident_id=number.lower(), programme="会计", sex=_sex(number), birth_date=born
    )
    assert number not in str(list(change.items.values()))
    assert number not in str(list(Event.objects.values()))
    _submitted(city, change)
    for person in (city.leader, city.county_reviewer, city.city_reviewer):
        assert Person.objects.get(pk=enrolment.person_id).name == "王小名", person
        decide(change.case, city)
    stored = Enrolment.objects.select_related("person", "programme").get(pk=enrolment.pk)
    assert (stored.person.name, stored.programme.name, resident_id_of(stored.person)) == ("王小明", "会计", number)
    assert stored.confirmed_at == AT
    change.refresh_from_db()
    assert change.applied_at == AT
    event = Event.objects.get(tag="particulars_change:applied")
    assert event.after["name"] == {"before": "王小名", "after": "王小明"}
    assert not open_changes_of([enrolment.pk]).exists()


def _sex(number: str) -> str:
    return "男" if int(number[16]) % 2 else "女"


def test_what_else_was_corrected_of_a_person_is_shown_as_far_as_one_may_see_the_cases(city) -> None:
    """The person was at a school that is not the county's before: its corrections are no affair of the county."""
    elsewhere, here = (
        ProgrammeFactory(school=school, name="护理") for school in (city.city_school, city.county_school)
    )
    before = EnrolmentFactory(programme=elsewhere, person=PersonFactory(number=resident_id(5), name="王小名"))
    foreign = open_particulars_change(
        enrolment=before, document_number="校字〔2018〕1号", reason="录入错误", changes={"name": "王大名"},
        by=city.city_clerk, at=AT,
    )  # fmt: skip
    attach_evidence(case=foreign.case, kind="户口簿", file_name="户口簿.pdf", data=PDF, by=city.city_clerk, at=AT)
    submit_case(case=foreign.case, by=city.city_clerk, at=AT)
    while decide(foreign.case, city).state != CaseState.APPROVED:
        pass
    ended(before)
    change = _submitted(city, _open(city, EnrolmentFactory(programme=here, person=before.person), name="王小明"))
    assert other_changes(change, city.county_reviewer) == []
    assert other_changes(change, city.city_reviewer) == [foreign]


@pytest.mark.requirement("S1-07")
def test_correction_without_evidence_is_not_submitted(city, enrolment) -> None:
    change = _open(city, enrolment, name="王小明")
    with pytest.raises(RuleViolation, match="证明材料") as refused:
        submit_case(case=change.case, by=city.clerk, at=AT)
    assert refused.value.findings[0].cites[0].clause == "二（二）"


@pytest.mark.requirement("S1-07")
def test_refused_correction_leaves_the_record_as_it_was(city, enrolment) -> None:
    change = _submitted(city, _open(city, enrolment, name="王小明"))
    decide(change.case, city)
    case = decide(change.case, city, "refuse", reasons="材料不符")
    assert case.state == CaseState.REFUSED
    assert Person.objects.get(pk=enrolment.person_id).name == "王小名"


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"resident_id": "610502200009011111"}, "particulars.resident_id_valid"),
        ({"sex": "女男"}, "particulars.sex_known"),
        ({"birth_date": "2001-01-01"}, "particulars.birth_date_matches_id"),
        ({"programme": "烹饪"}, "particulars.programme_registered"),
        ({"name": "王\ue000"}, "particulars.name_acceptable"),
    ],
)
def test_impossible_correction_is_not_submitted(city, enrolment, changes, rule) -> None:
    change = _open(city, enrolment, **changes)
    attach_evidence(case=change.case, kind="户口簿", file_name="户口簿.pdf", data=PDF, by=city.clerk, at=AT)
    with pytest.raises(RuleViolation) as refused:
        submit_case(case=change.case, by=city.clerk, at=AT)
    assert rule in {f.rule for f in refused.value.findings}


def test_number_of_somebody_else_is_refused_even_when_taken_after_submission(city, enrolment) -> None:
    number = resident_id(9)
    born = date(int(number[6:10]), int(number[10:12]), int(number[12:14])).isoformat()
    change = _submitted(city, _open(city, enrolment, resident_id=number, sex=_sex(number), birth_date=born))
    decide(change.case, city)
    decide(change.case, city)
    PersonFactory(number=number)
    with pytest.raises(RuleViolation, match="另一人名下"):
        decide(change.case, city)
    change.case.refresh_from_db()
    assert change.case.state == CaseState.IN_PROGRESS


def test_correction_that_cannot_be_read_or_changes_nothing_is_bad_input(city, enrolment) -> None:
    for changes in (
        {"name": "王小名"},
        {"height": "180"},
        {"birth_date": "昨天"},
        {"duration_years": "三"},
        {"name": " "},
    ):
        with pytest.raises(BadInput):
            _open(city, enrolment, **changes)
    with pytest.raises(BadInput, match="文号"):
        open_particulars_change(
            enrolment=enrolment, document_number=" ", reason="错", changes={"name": "甲乙"}, by=city.clerk, at=AT
        )


def test_second_correction_waits_for_the_first_and_strangers_file_none(city, enrolment) -> None:
    _open(city, enrolment, name="王小明")
    with pytest.raises(Conflict, match="在办理"):
        _open(city, enrolment, name="王晓明")
    for stranger in (city.city_clerk, city.leader, city.administrator):
        with pytest.raises(NotPermitted):
            open_particulars_change(
                enrolment=enrolment, document_number="1号", reason="错", changes={"sex": "男"}, by=stranger, at=AT
            )
    assert open_changes_of([enrolment]).count() == 1


def test_reveal_leaves_a_trace_and_needs_post_reach_and_reason(city, enrolment) -> None:
    number = reveal_resident_id(person=enrolment.person, reason="核对原件", by=city.county_reviewer, at=AT)
    assert number == resident_id(5)
    seen = Reveal.objects.get()
    assert (seen.by, seen.reason) == (city.county_reviewer, "核对原件")
    event = Event.objects.get(tag="resident_id:revealed")
    assert event.school_id == enrolment.school_id
    assert number not in str(event.after)
    with pytest.raises(BadInput, match="用途"):
        reveal_resident_id(person=enrolment.person, reason=" ", by=city.clerk, at=AT)
    for stranger in (city.city_clerk, city.administrator, city.auditor):
        with pytest.raises(NotFound):
            reveal_resident_id(person=enrolment.person, reason="看看", by=stranger, at=AT)
    with pytest.raises(NotPermitted):
        reveal_resident_id(person=enrolment.person, reason="看看", by=city.sealer, at=AT)
    assert Reveal.objects.count() == 1
