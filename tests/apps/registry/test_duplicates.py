"""Duplicates over the register: found by what is alike, answered by both schools, reminded of; nothing happens by itself."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from tests.apps.registry.disputing import card, claimed, found, mistyped, record_at, say
from tests.apps.registry.transferring import NOON, Henan, build
from tests.factories.registry import PersonFactory, ended

from xueji.cli.audit_asking import all_rows
from xueji.cli.audit_rows import ROW_BALANCES
from xueji.core.duplicates import Alike, Certainty, NextAct
from xueji.core.errors import BadInput, Conflict, NotFound, NotPermitted
from xueji.institutions.models import Post
from xueji.institutions.queries import pack_of
from xueji.ledger.models import Event
from xueji.registry.actions import (
    open_duplicates,
    receive_reminder,
    remind_school,
    search_duplicates,
)
from xueji.registry.duplicates import FoundPair, find_pairs
from xueji.registry.filings import judge_students, with_people
from xueji.registry.models import (
    Duplicate,
    DuplicateAnswer,
    Enrolment,
    Registration,
)
from xueji.registry.queries.duplicates import duplicate_for, duplicates_visible_to, standings

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


# -- what is found


def test_a_claim_is_definite_and_of_the_same_document(land: Henan) -> None:
    stands, claim, duplicate = claimed(land)
    assert (duplicate.first, duplicate.second) == (stands, claim)
    assert (duplicate.certainty, duplicate.ground, duplicate.state) == ("definite", "same_document", "open")
    assert Event.objects.filter(tag="duplicate:detected").count() == 2


def test_one_mistyped_digit_of_one_name_is_definite(land: Henan) -> None:
    _, _, duplicate = mistyped(land)
    assert (duplicate.certainty, duplicate.ground) == ("definite", "mistyped")


def test_name_birth_date_and_sex_are_possible_at_any_school(land: Henan) -> None:
    earlier = record_at(land, "far", PersonFactory(number=card(1), name="王小明", sex="男"))
    other = record_at(land, "east", PersonFactory(number=card(3), name="王小明", sex="男"))
    duplicate = found(land, earlier, other)
    assert (duplicate.certainty, duplicate.ground) == ("possible", "same_particulars")


def test_twins_and_ended_records_are_not_found(land: Henan) -> None:
    record_at(land, "west", PersonFactory(number=card(1), name="王小明", sex="男"))
    twin = record_at(land, "east", PersonFactory(number=card(3), name="王小亮", sex="男"))
    gone = record_at(land, "far", PersonFactory(number=card(5), name="王小亮", sex="男"))
    ended(gone)
    assert open_duplicates(records=[twin], by=clerk(land, "east"), at=NOON) == []


def test_a_pair_is_found_once_and_the_search_of_a_school_finds_it(land: Henan) -> None:
    earlier = record_at(land, "west", PersonFactory(number=card(1), name="王小明", sex="男"))
    record_at(land, "east", PersonFactory(number=card(3), name="王小明", sex="男"))
    by = clerk(land, "east")
    assert len(search_duplicates(school=land.school("east"), by=by, at=NOON)) == 1
    assert search_duplicates(school=land.school("east"), by=by, at=NOON) == []
    assert find_pairs([earlier]) == []
    with pytest.raises(NotPermitted):
        search_duplicates(school=land.school("west"), by=by, at=NOON)


def test_the_statements_do_not_grow_with_the_records(land: Henan) -> None:
    counts = []
    for first, many in ((1, 2), (100, 40)):
        records = [
            record_at(land, "east", PersonFactory(number=card(n), name=f"名{n}")) for n in range(first, first + many)
        ]
        with CaptureQueriesContext(connection) as asked:
            find_pairs(records)
        counts.append(len(asked))
    assert counts == [2, 2]


def test_the_database_refuses_a_second_row_for_two_records(land: Henan) -> None:
    stands, claim, duplicate = claimed(land)
    with pytest.raises(IntegrityError, match="duplicate_once"), transaction.atomic():
        Duplicate.objects.create(
            first=claim,
            second=stands,
            certainty="possible",
            ground="mistyped",
            found_by=duplicate.found_by,
            found_at=NOON,
        )


def test_who_finds_the_same_at_the_same_moment_is_asked_to_look_again(land: Henan, monkeypatch) -> None:
    stands, claim, _ = claimed(land)
    pair = FoundPair(stands, claim, Certainty.DEFINITE, Alike.SAME_DOCUMENT)
    monkeypatch.setattr("xueji.registry.actions.disputing.find_pairs", lambda _records: [pair])
    with pytest.raises(Conflict, match="请重新办理"):
        open_duplicates(records=[claim], by=clerk(land, "east"), at=NOON)
    assert Duplicate.objects.count() == 1


# -- it holds the filing, and nothing else


@pytest.mark.parametrize("make", [mistyped, claimed])
def test_a_definite_duplicate_holds_the_filing(land: Henan, make) -> None:
    _, other, _ = make(land)
    assert _is_held(other)
    assert statuses(other)[0] in ("studying", "claimed")


def _is_held(record: Enrolment) -> bool:
    rows = list(with_people(Registration.objects.filter(pk=record.pk)))
    school = record.school
    (judged,) = judge_students(rows, school, pack_of(school).on(date(2023, 10, 9)), date(2023, 10, 9))
    return "filing.duplicate_resolved" in {finding.rule for finding in judged.findings}


def test_a_possible_duplicate_holds_nothing(land: Henan) -> None:
    record_at(land, "west", PersonFactory(number=card(1), name="王小明", sex="男"))
    other = record_at(land, "east", PersonFactory(number=card(3), name="王小明", sex="男"))
    found(land, other)
    assert not _is_held(other)


# -- who sees it, who answers


def test_both_schools_and_those_above_see_it_and_nobody_else(land: Henan) -> None:
    _, _, duplicate = claimed(land)
    for post, place in (
        (Post.SCHOOL_CLERK, "east"),
        (Post.SCHOOL_CLERK, "west"),
        (Post.COUNTY_REVIEWER, "east county"),
        (Post.COUNTY_REVIEWER, "west county"),
        (Post.CITY_REVIEWER, "city"),
    ):
        assert duplicate_for(land.who(post, place), duplicate.pk) == duplicate
    for post, place in ((Post.SCHOOL_CLERK, "neighbour"), (Post.COUNTY_REVIEWER, "far county")):
        assert not duplicates_visible_to(land.who(post, place)).exists()


def test_an_answer_comes_with_evidence_and_stays(land: Henan) -> None:
    _, _, duplicate = claimed(land)
    with pytest.raises(BadInput, match="证明材料"):
        say(land, duplicate, "west", "mine", data=b"")
    say(land, duplicate, "west", "not_mine", data=b"")
    say(land, duplicate, "west", "mine")
    assert list(duplicate.answers.values_list("answer", flat=True)) == ["not_mine", "mine"]
    with pytest.raises(IntegrityError, match="answer_with_evidence"), transaction.atomic():
        DuplicateAnswer.objects.create(
            duplicate=duplicate,
            school=land.school("west"),
            answer="mine",
            statement="x",
            by=clerk(land, "west"),
            at=NOON,
        )
    with pytest.raises(NotFound):
        say(land, duplicate, "far", "mine")


@pytest.mark.requirement("S2-55")
def test_silence_proposes_reminders_and_then_the_decision_without_an_answer(land: Henan) -> None:
    _, _, duplicate = claimed(land)
    by, west = clerk(land, "east"), land.school("west")
    say(land, duplicate, "east", "mine")
    at, acts = NOON, []
    for number in range(1, 5):
        standing = standings([duplicate], at.date())
        assert standing[duplicate.pk, west.pk].due_on > at.date()
        with pytest.raises(Conflict, match="逾期再催办"):
            remind_school(duplicate=duplicate, to_school=west, by=by, at=at)
        at = NOON + timedelta(days=12 * number)
        acts.append(standings([duplicate], at.date())[duplicate.pk, land.school("east").pk].act)
        if number < 4:
            sent = remind_school(duplicate=duplicate, to_school=west, by=by, at=at)
            assert (sent.sender, sent.received_at) == (land.school("east"), None)
    assert acts == [NextAct.REMIND, NextAct.REMIND, NextAct.REMIND, NextAct.REPORT]
    with pytest.raises(Conflict, match="已催办 3 次"):
        remind_school(duplicate=duplicate, to_school=west, by=by, at=at)


def test_a_reminder_is_received_or_answered_and_an_authority_may_remind(land: Henan) -> None:
    _, _, duplicate = claimed(land)
    west, later = land.school("west"), NOON + timedelta(days=9)
    reviewer = land.who(Post.COUNTY_REVIEWER, "west county")
    sent = remind_school(duplicate=duplicate, to_school=west, by=reviewer, at=later)
    assert sent.sender == land.places["west county"]
    with pytest.raises(NotPermitted):
        receive_reminder(reminder=sent, by=clerk(land, "east"), at=later)
    got = receive_reminder(reminder=sent, by=clerk(land, "west"), at=later)
    assert (
        receive_reminder(reminder=sent, by=clerk(land, "west"), at=later + timedelta(days=1)).received_at
        == got.received_at
    )
    second = remind_school(duplicate=duplicate, to_school=west, by=reviewer, at=NOON + timedelta(days=18))
    say(land, duplicate, "west", "mine", at=NOON + timedelta(days=19))
    second.refresh_from_db()
    assert second.received_by == clerk(land, "west")
    with pytest.raises(Conflict, match="已经答复"):
        remind_school(duplicate=duplicate, to_school=west, by=reviewer, at=NOON + timedelta(days=40))
    with pytest.raises(NotPermitted):
        remind_school(
            duplicate=duplicate,
            to_school=land.school("east"),
            by=land.who(Post.COUNTY_REVIEWER, "west county"),
            at=later,
        )
