"""School attestations: filled in by one, confirmed by another, numbered for good; the health authority's seal; who keeps the files attests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from tests.factories.attestations import AT, resident_id
from tests.factories.institutions import AuthorityFactory, CustodyFactory, SchoolFactory, appointed, staffed_city

from xueji.attestations.actions import (
    answer_counterseal,
    ask_counterseal,
    correct_attestation,
    decide_counterseal,
    open_attestation,
    record_attestation_fetch,
    void_attestation,
    withdraw_counterseal,
)
from xueji.attestations.models import Attestation, AttestationStanding
from xueji.attestations.queries import (
    attestation_for,
    attestation_shown,
    counterseal_by_link,
    counterseals_asked_of,
    standing_of,
)
from xueji.cases.actions import decide_step, submit_case
from xueji.core.attestations import AttestationFacts
from xueji.core.errors import BadInput, Conflict, NotFound, NotPermitted, RuleViolation
from xueji.core.months import Month
from xueji.institutions.models import Level, Post
from xueji.ledger.models import Event

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S0-11", "S0-13", "S0-14", "S0-15")]
COMMISSION = "河南省卫生健康委员会"


FACTS = AttestationFacts(
    name="王小明", sex="男", resident_id=resident_id(), native_province="河南", native_place="郑州", birth_month=Month(1968, 3),
    study_from=Month(1984, 9), study_until=Month(1987, 7), programme="会计", plan_category="普通中专", duration_years=Decimal(3),
    study_form="全日制", original_number="*****", contact_name="李老师", contact_phone="0371-60000000",
)  # fmt: skip
NURSE = replace(
    FACTS, programme="护理", birth_month=Month(1986, 3), study_from=Month(2001, 9), study_until=Month(2004, 7)
)


def staffed():
    """Return a city of Henan whose county has a school with the code of the notice's example."""
    made = staffed_city("410100", "410102")
    made.county_school.code = "3641000750"
    made.county_school.save()
    return made


@pytest.fixture
def henan():
    return staffed()


def drafted(henan, facts: AttestationFacts = FACTS, at: datetime = AT, **more) -> Attestation:
    place = more.pop("place", henan.county_school)
    school, by = more.pop("school", place), more.pop("by", henan.clerk)
    return open_attestation(place=place, school=school, facts=facts, by=by, at=at, **more)


def confirmed(attestation: Attestation, clerk, second, at: datetime = AT) -> Attestation:
    case = submit_case(case=attestation.case, by=clerk, at=at)
    decide_step(step=case.steps.get(state="current"), verdict="approve", by=second, at=at)
    return Attestation.objects.select_related("case", "number").get(pk=attestation.pk)


def issued(henan, facts: AttestationFacts = FACTS, at: datetime = AT) -> Attestation:
    return confirmed(drafted(henan, facts, at), henan.clerk, henan.leader, at)


def test_two_persons_make_an_attestation_and_its_sixteen_digits_count_by_year_and_school(henan) -> None:
    first, second = issued(henan), issued(henan)
    later = issued(henan, at=datetime(2027, 1, 4, 2, tzinfo=UTC))
    numbers = [found.number.number for found in (first, second, later)]
    assert numbers == ["2026410007500001", "2026410007500002", "2027410007500001"]
    assert (first.signed_as, first.issued_on, first.number.state) == (
        henan.county_school.name,
        date(2026, 7, 1),
        "issued",
    )
    assert standing_of(first) == AttestationStanding.VALID
    assert Event.objects.filter(tag="attestation:issued", subject_id=str(first.pk)).count() == 1
    assert resident_id() not in str(list(Event.objects.values_list("after", flat=True)))
    record_attestation_fetch(attestation=first, purpose="打印", by=henan.clerk, at=AT)
    assert attestation_shown(henan.county_reviewer, first.pk) == first


def test_who_filled_it_in_never_confirms_it_and_what_is_sent_back_is_put_right(henan) -> None:
    appointed(Post.SCHOOL_LEADER, henan.county_school, henan.clerk)
    attestation = drafted(henan)
    case = submit_case(case=attestation.case, by=henan.clerk, at=AT)
    step = case.steps.get(state="current")
    with pytest.raises(NotPermitted, match="双岗"):
        decide_step(step=step, verdict="approve", by=henan.clerk, at=AT)
    with pytest.raises(Conflict):
        correct_attestation(attestation=attestation, facts=FACTS, by=henan.clerk, at=AT)
    decide_step(step=step, verdict="return", reasons="籍贯有误", by=henan.leader, at=AT)
    right = replace(FACTS, native_place="洛阳")
    corrected = correct_attestation(attestation=attestation, facts=right, has_steel_seal=True, by=henan.clerk, at=AT)
    made = confirmed(corrected, henan.clerk, henan.leader)
    assert (made.native_place, made.has_steel_seal, made.number.serial) == ("洛阳", True, 1)


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        ({"plan_category": "技工学校"}, "plan_category"),
        ({"study_form": "业余"}, "study_form"),
        ({"original_number": "遗失"}, "original_number"),
        ({"study_until": Month(1984, 9)}, "study_period"),
        ({"study_until": Month(2026, 8), "study_from": Month(2023, 9)}, "graduated"),
        ({"duration_years": Decimal(5)}, "duration"),
        ({"birth_month": Month(1980, 1)}, "birth_month"),
        ({"sex": "女"}, "sex"),
        ({"resident_id": "410105196803124510"}, "resident_id"),
    ],
)
def test_what_the_form_cannot_say_is_refused_by_its_clause(henan, wrong, rule) -> None:
    with pytest.raises(RuleViolation) as refused:
        drafted(henan, replace(FACTS, **wrong))
    assert [found.rule for found in refused.value.findings] == [f"attestation.{rule}"]
    assert all(cite.clause == "附件2" for found in refused.value.findings for cite in found.cites[:1])
    assert not Attestation.objects.exists()


def test_a_wrong_one_is_voided_by_who_confirms_and_never_changed(henan) -> None:
    attestation = issued(henan)
    with pytest.raises(NotPermitted):
        void_attestation(attestation=attestation, reason="姓名有误", by=henan.clerk, at=AT)
    with pytest.raises(BadInput):
        void_attestation(attestation=attestation, reason=" ", by=henan.leader, at=AT)
    with pytest.raises(DatabaseError, match="voided, never changed"), transaction.atomic():
        Attestation.objects.filter(pk=attestation.pk).update(name="别人")
    void_attestation(attestation=attestation, reason="姓名有误", by=henan.leader, at=AT)
    found = attestation_for(henan.city_reviewer, "2026410007500001")
    assert (standing_of(found), found.number.state, found.void_reason) == (AttestationStanding.VOID, "void", "姓名有误")
    with pytest.raises(Conflict):
        void_attestation(attestation=found, reason="再次", by=henan.leader, at=AT)
    assert issued(henan).number.number == "2026410007500002"


def test_the_reviewing_office_finds_a_number_and_a_school_does_not(henan) -> None:
    attestation = issued(henan)
    elsewhere = appointed(Post.CITY_REVIEWER, AuthorityFactory(division_code="410300", level=Level.CITY))
    assert attestation_for(elsewhere, " 2026410007500001 ") == attestation
    with pytest.raises(NotFound):
        attestation_for(elsewhere, "2026410007500009")
    with pytest.raises(NotFound):
        attestation_for(henan.leader, "2026410007500001")
    with pytest.raises(NotFound):
        attestation_shown(elsewhere, attestation.pk)


@pytest.mark.requirement("S0-28")
def test_who_keeps_the_files_attests_for_a_school_that_is_gone(henan) -> None:
    gone, other = SchoolFactory(authority=henan.county, code="3641000999"), SchoolFactory(authority=henan.county)
    CustodyFactory(school=gone, custodian_school=henan.county_school)
    assert drafted(henan, school=gone).school == gone
    clerk_of_gone = appointed(Post.SCHOOL_CLERK, gone)
    with pytest.raises(NotPermitted, match="档案"):
        drafted(henan, place=gone, by=clerk_of_gone)
    with pytest.raises(NotPermitted, match="档案"):
        drafted(henan, school=other)
    merged = confirmed(drafted(henan, school=gone), henan.clerk, henan.leader)
    assert merged.number.number == "2026410007500001"  # whose seal stands under it, by its code


@pytest.mark.requirement("S0-28")
def test_an_authority_attests_for_a_school_it_abolished_by_that_schools_code(henan) -> None:
    gone = SchoolFactory(authority=henan.county, code="3641000999")
    CustodyFactory(school=gone, custodian_school=None, custodian_authority=henan.county)
    second = appointed(Post.COUNTY_REVIEWER, henan.county)
    draft = drafted(henan, place=henan.county, school=gone, by=henan.county_reviewer)
    made = confirmed(draft, henan.county_reviewer, second)
    assert (made.number.number, made.signed_as) == ("2026410009990001", henan.county.name)
    with pytest.raises(NotPermitted):
        void_attestation(attestation=made, reason="误开", by=henan.leader, at=AT)
    assert void_attestation(attestation=made, reason="误开", by=second, at=AT).void_reason == "误开"


@pytest.mark.requirement("S0-12")
@pytest.mark.parametrize(
    ("more", "standing"),
    [
        ({}, AttestationStanding.AWAITING),
        ({"programme": "会计"}, AttestationStanding.VALID),
        ({"programme": "口腔", "is_health": True}, AttestationStanding.AWAITING),
        ({"plan_category": "职业中专"}, AttestationStanding.VALID),
        (
            {"study_from": Month(1998, 9), "study_until": Month(2000, 7), "duration_years": Decimal(2)},
            AttestationStanding.VALID,
        ),
        (
            {"study_from": Month(1999, 9), "study_until": Month(2001, 7), "duration_years": Decimal(2)},
            AttestationStanding.AWAITING,
        ),
        ({"duration_years": Decimal("2.5")}, AttestationStanding.VALID),
    ],
)
def test_a_health_programme_wants_the_seal_of_the_health_authority(henan, more, standing) -> None:
    facts = replace(NURSE, birth_month=Month(1984, 3), **more)
    assert standing_of(issued(henan, facts)) == standing


@pytest.mark.requirement("S0-12")
def test_a_link_is_answered_once_and_is_dead_after_that(henan) -> None:
    attestation = issued(henan, NURSE)
    with pytest.raises(BadInput):
        ask_counterseal(attestation=attestation, office="某某委员会", by=henan.clerk, at=AT)
    first, old = ask_counterseal(attestation=attestation, office=COMMISSION, by=henan.clerk, at=AT)
    with pytest.raises(Conflict):
        ask_counterseal(attestation=attestation, office=COMMISSION, by=henan.clerk, at=AT)
    withdraw_counterseal(counterseal=first, by=henan.clerk, at=AT)
    asked, handle = ask_counterseal(attestation=attestation, office=COMMISSION, by=henan.clerk, at=AT)
    assert old != handle
    assert counterseal_by_link(handle, AT) == asked
    for link, at in ((old, AT), ("x" * 32, AT), (handle, AT + timedelta(days=14))):
        with pytest.raises(NotFound, match="链接已经失效"):
            answer_counterseal(handle=link, answer="sealed", answerer="赵某", phone="0371", at=at)
    with pytest.raises(BadInput, match="理由"):
        answer_counterseal(handle=handle, answer="refused", answerer="赵某", phone="0371", at=AT)
    answer_counterseal(handle=handle, answer="sealed", answerer="赵某", phone="0371", at=AT + timedelta(days=13))
    assert standing_of(attestation) == AttestationStanding.VALID
    with pytest.raises(NotFound):
        answer_counterseal(handle=handle, answer="refused", reason="误", answerer="赵某", phone="0371", at=AT)
    assert handle not in str(list(Event.objects.values_list("after", "subject_label", "note")))


@pytest.mark.requirement("S0-12")
def test_an_office_with_a_desk_answers_there_and_after_a_no_may_be_asked_again(henan) -> None:
    desk = AuthorityFactory(name=COMMISSION, division_code="410000", level=Level.PROVINCE, line="health")
    officer = appointed(Post.PROVINCE_REVIEWER, desk)
    attestation = issued(henan, NURSE)
    asked, handle = ask_counterseal(attestation=attestation, office=COMMISSION, by=henan.clerk, at=AT)
    assert (asked.authority, handle) == (desk, "")
    assert list(counterseals_asked_of(officer)) == [asked]
    stranger = appointed(Post.PROVINCE_REVIEWER, AuthorityFactory(division_code="410000", level=Level.PROVINCE))
    with pytest.raises(NotFound):
        decide_counterseal(counterseal=asked, answer="sealed", by=stranger, at=AT)
    decide_counterseal(counterseal=asked, answer="refused", reason="查无此人", by=officer, at=AT)
    assert standing_of(attestation) == AttestationStanding.AWAITING
    again, _ = ask_counterseal(attestation=attestation, office=COMMISSION, by=henan.clerk, at=AT)
    decide_counterseal(counterseal=again, answer="sealed", by=officer, at=AT)
    assert standing_of(attestation) == AttestationStanding.VALID
    with pytest.raises(Conflict):
        decide_counterseal(counterseal=again, answer="sealed", by=officer, at=AT)
