"""A duplicate is decided as a case of both schools, up to the common superior, and undone: rows move back, statuses by counter-changes."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from tests.apps.registry.disputing import card, claimed, filed, found, mistyped, record_at, say
from tests.apps.registry.transferring import NOON, Henan, build, keys_of, step_of
from tests.factories.graduation import CandidateFactory
from tests.factories.registry import PersonFactory, ended

from xueji.cases.actions import attach_evidence, submit_case, withdraw_case
from xueji.cases.models import CaseState
from xueji.cases.queries import cases_visible_to
from xueji.cli.audit_asking import all_rows
from xueji.cli.audit_rows import ROW_BALANCES
from xueji.core.errors import BadInput, Conflict, RuleViolation
from xueji.institutions.models import Post
from xueji.institutions.queries import pack_of
from xueji.registry.actions import (
    file_duplicate,
    open_duplicate_undoing,
)
from xueji.registry.duplicates import find_pairs
from xueji.registry.filings import judge_students, with_people
from xueji.registry.models import (
    Duplicate,
    Enrolment,
    MovedRecord,
    Person,
    Registration,
    StatusChange,
    TwoPersons,
)

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S2-16")]


@pytest.fixture
def land(db) -> Henan:
    return build()


def clerk(land: Henan, place: str):
    return land.who(Post.SCHOOL_CLERK, place)


def statuses(*records: Enrolment) -> list[str]:
    """The statuses as they are stored now."""
    now = dict(Enrolment.objects.filter(pk__in=[row.pk for row in records]).values_list("pk", "status"))
    return [now[row.pk] for row in records]


def asked_now() -> None:
    """Have the database ask now what it asks at the end of a transaction, and the audit agree."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    assert all_rows(ROW_BALANCES["registry.status"][1]) == []


def is_barred(record: Enrolment) -> bool:
    rows = list(with_people(Registration.objects.filter(pk=record.pk)))
    school = record.school
    (judged,) = judge_students(rows, school, pack_of(school).on(date(2023, 10, 9)), date(2023, 10, 9))
    return "filing.duplicate_resolved" in {finding.rule for finding in judged.findings}


# -- where it goes


def test_under_one_authority_it_decides_alone(land: Henan) -> None:
    _, _, duplicate = claimed(land, "neighbour")
    case = filed(land, duplicate).case
    assert keys_of(case) == ["school", "claiming_authority"]
    case = land.decide(case)
    assert step_of(case).due_on == date(2024, 3, 18)
    assert land.carried_out(case).state == CaseState.APPROVED


def test_without_dispute_the_superior_is_not_asked(land: Henan) -> None:
    stands, claim, duplicate = claimed(land)
    case = filed(land, duplicate).case
    assert keys_of(case) == ["school", "claiming_authority", "answering_authority", "superior"]
    case = land.carried_out(case)
    assert (case.state, case.steps.get(key="superior").state) == (CaseState.APPROVED, "skipped")
    assert statuses(stands, claim) == ["cancelled", "studying"]
    asked_now()


@pytest.mark.parametrize(("west", "superior", "place"), [("west", "city", "city"), ("far", "province", "province")])
def test_where_both_authorities_hold_to_their_school_the_common_superior_decides(
    land: Henan, west, superior, place
) -> None:
    stands, claim, duplicate = claimed(land, west)
    case = land.decided(filed(land, duplicate).case, "approve", "approve", "refuse")
    assert (step_of(case).key, step_of(case).place) == ("superior", land.places[place])
    assert statuses(stands, claim) == ["studying", "claimed"]
    assert land.decide(case).state == CaseState.APPROVED
    assert statuses(stands, claim) == ["cancelled", "studying"]


def test_refused_by_the_superior_nothing_ends_by_itself(land: Henan) -> None:
    stands, claim, duplicate = claimed(land)
    case = land.decided(filed(land, duplicate).case, "approve", "approve", "refuse", "refuse")
    assert case.state == CaseState.REFUSED
    assert statuses(stands, claim) == ["studying", "claimed"]
    duplicate.refresh_from_db()
    assert (duplicate.state, duplicate.filings.get().outcome) == ("open", "left_out")
    assert is_barred(claim)
    released = filed(land, duplicate, "east", "not_mine").case  # the way out: the school lets go of its claim
    land.carried_out(released)
    assert statuses(stands, claim) == ["studying", "cancelled"]
    assert not is_barred(stands)


# -- what it does, and undoes


def test_a_merge_moves_rows_and_is_undone_to_the_last_of_them(land: Henan) -> None:
    right, other, duplicate = mistyped(land)
    stranger = other.person
    filing = filed(land, duplicate)
    before = _rows(right, other)
    case = land.carried_out(filing.case)
    assert case.state == CaseState.APPROVED
    right.refresh_from_db()
    assert (right.status, right.person) == ("cancelled", stranger)  # stays to be looked at, under who was kept
    assert list(MovedRecord.objects.values_list("enrolment", "to_person")) == [(right.pk, stranger.pk)]
    assert Person.objects.count() == 2
    asked_now()

    filing.refresh_from_db()
    undoing = open_duplicate_undoing(
        filing=filing,
        school=land.school("west"),
        statement="派出所证明是两人",
        by=clerk(land, "west"),
        at=NOON + timedelta(days=1),
    )
    with pytest.raises(RuleViolation, match="证明原认定有误"):
        submit_case(case=undoing.case, by=clerk(land, "west"), at=NOON + timedelta(days=1))
    attach_evidence(
        case=undoing.case,
        kind="证明",
        file_name="a.pdf",
        data=b"%PDF-1.7 x",
        by=clerk(land, "west"),
        at=NOON + timedelta(days=1),
    )
    undone = land.carried_out(submit_case(case=undoing.case, by=clerk(land, "west"), at=NOON + timedelta(days=1)))
    assert undone.state == CaseState.APPROVED
    assert _rows(right, other) == before
    assert MovedRecord.objects.get().moved_back_at is not None
    assert StatusChange.objects.count() == 2
    duplicate.refresh_from_db()
    assert duplicate.is_open
    asked_now()


def _rows(*records: Enrolment) -> list[tuple[object, ...]]:
    rows = Enrolment.objects.filter(pk__in=[row.pk for row in records]).order_by("pk")
    return [(row.pk, row.person_id, row.status, bytes(row.tail_index)) for row in rows]


def test_a_confirmed_claim_is_undone_too(land: Henan) -> None:
    stands, claim, duplicate = claimed(land)
    filing = filed(land, duplicate)
    land.carried_out(filing.case)
    filing.refresh_from_db()
    by = clerk(land, "east")
    undoing = open_duplicate_undoing(filing=filing, school=land.school("east"), statement="认定有误", by=by, at=NOON)
    attach_evidence(case=undoing.case, kind="证明", file_name="a.pdf", data=b"%PDF-1.7 x", by=by, at=NOON)
    land.carried_out(submit_case(case=undoing.case, by=by, at=NOON))
    assert statuses(stands, claim) == ["studying", "claimed"]
    with pytest.raises(RuleViolation, match="已经撤销"):
        open_duplicate_undoing(filing=filing, school=land.school("east"), statement="再来", by=by, at=NOON)
    asked_now()


def test_two_persons_of_one_number_are_taken_apart_and_remembered(land: Henan) -> None:
    stands, claim, duplicate = claimed(land)
    filing = filed(land, duplicate, answer="two_persons")
    land.carried_out(filing.case)
    claim.refresh_from_db()
    assert (claim.status, claim.person.resident_id, claim.person.name) == ("studying", "", "王小明")
    assert statuses(stands) == ["studying"]
    assert TwoPersons.objects.get().case == filing.case
    assert find_pairs([claim]) == []
    filing.refresh_from_db()
    by = clerk(land, "east")
    undoing = open_duplicate_undoing(filing=filing, school=land.school("east"), statement="是一人", by=by, at=NOON)
    attach_evidence(case=undoing.case, kind="证明", file_name="a.pdf", data=b"%PDF-1.7 x", by=by, at=NOON)
    land.carried_out(submit_case(case=undoing.case, by=by, at=NOON))
    claim.refresh_from_db()
    assert (claim.status, claim.person) == ("claimed", stands.person)
    assert TwoPersons.objects.get().ended_at is not None


def test_two_namesakes_both_schools_tell_apart_never_come_back(land: Henan) -> None:
    earlier = record_at(land, "west", PersonFactory(number=card(1), name="王小明", sex="男"))
    other = record_at(land, "east", PersonFactory(number=card(3), name="王小明", sex="男"))
    duplicate = found(land, earlier, other)
    say(land, duplicate, "east", "two_persons")
    duplicate.refresh_from_db()
    assert duplicate.is_open
    say(land, duplicate, "west", "two_persons")
    duplicate.refresh_from_db()
    assert duplicate.state == "two_persons"
    ended(other)
    again = record_at(land, "far", other.person)  # a new record of the same two
    assert find_pairs([again]) == []
    with pytest.raises(IntegrityError, match="of two persons"), transaction.atomic():
        Duplicate.objects.create(
            first=earlier,
            second=again,
            certainty="possible",
            ground="mistyped",
            found_by=duplicate.found_by,
            found_at=NOON,
        )


# -- what stands in the way


def test_it_is_filed_once_after_an_answer_and_withdrawn(land: Henan) -> None:
    _, _, duplicate = claimed(land)
    by = clerk(land, "east")
    with pytest.raises(BadInput, match="请先答复"):
        file_duplicate(duplicate=duplicate, school=land.school("east"), by=by, at=NOON)
    filing = filed(land, duplicate)
    with pytest.raises(Conflict, match="没有办结"):
        filed(land, duplicate, "west")
    with pytest.raises(Conflict, match="答复不能改变"):
        say(land, duplicate, "east", "not_mine")
    withdraw_case(case=filing.case, by=by, at=NOON)
    assert filed(land, duplicate, "west").outcome == "open"
    assert set(cases_visible_to(by).values_list("kind", flat=True)) == {"duplicate"}


def test_who_has_a_certificate_or_another_record_is_not_merged(land: Henan) -> None:
    right, other, duplicate = mistyped(land)
    candidate = CandidateFactory(enrolment=right, person=right.person)
    assert candidate.enrolment == right
    with pytest.raises(RuleViolation, match="已列入毕业名单"):
        filed(land, duplicate)
    assert other.person != right.person


def test_a_record_that_changed_meanwhile_stops_the_decision(land: Henan) -> None:
    right, other, duplicate = mistyped(land)
    case = land.decided(filed(land, duplicate).case, "approve", "approve")
    ended(right)
    with pytest.raises(RuleViolation, match="不再是重复学籍"):
        land.decide(case)
    assert statuses(other) == ["studying"]
