"""Transfers under Henan's rules: whom they pass, what they do at both schools, what keeps somebody, how they are undone."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from tests.apps.registry.transferring import MOVED_ON, NOON, Henan, build, keys_of, step_of
from tests.factories.institutions import ProgrammeFactory

from xueji.cases.actions import submit_case, withdraw_case
from xueji.cases.models import CaseState
from xueji.cases.queries import case_for, cases_visible_to, queue_of
from xueji.cli.audit_asking import all_rows
from xueji.cli.audit_rows import ROW_BALANCES
from xueji.core.errors import BadInput, Conflict, NotFound, NotPermitted, RuleViolation
from xueji.institutions.models import Post
from xueji.registry.actions import (
    Move,
    give_items,
    open_transfer,
    open_transfer_undoing,
    record_status_changes,
    take_items,
)
from xueji.registry.models import Enrolment, EnrolmentStatus, HandOverItem, Registration, StatusApplicant, StatusChange
from xueji.registry.queries.transfers import hand_over_of

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("S2-20")]


@pytest.fixture
def land(db) -> Henan:
    return build()


def statuses(person) -> list[tuple[str, str]]:
    """The records of somebody: school and status, the oldest change first."""
    rows = Enrolment.objects.filter(person=person).select_related("school")
    return sorted((row.school.name, row.status) for row in rows)


def asked_now() -> None:
    """Have the database ask now what it asks at the end of a transaction, and the audit agree."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    assert all_rows(ROW_BALANCES["registry.status"][1]) == []


# -- whom it passes


def test_under_one_authority_three_lamps(land: Henan):
    case = land.submitted(land.students(), "neighbour")
    assert keys_of(case) == ["out_school", "in_school", "out_authority"]
    assert land.carried_out(case).state == CaseState.APPROVED


def test_between_two_authorities_four_lamps_each_ten_working_days(land: Henan):
    case = land.submitted(land.students())
    assert keys_of(case) == ["out_school", "in_school", "out_authority", "in_authority"]
    assert [step.place for step in case.steps.order_by("ordinal")] == [
        land.places[name] for name in ("east", "west", "east county", "west county")
    ]
    assert step_of(case).due_on == date(2024, 3, 18)
    assert land.carried_out(case).state == CaseState.APPROVED


@pytest.mark.requirement("S2-21")
def test_across_cities_the_province_decides(land: Henan):
    case = land.submitted(land.students(), "far")
    assert keys_of(case) == [
        "out_school",
        "in_school",
        "out_authority",
        "in_authority",
        "out_city",
        "in_city",
        "province",
    ]
    case = land.decided(case, *6 * ["approve"])
    assert (case.state, step_of(case).place) == (CaseState.IN_PROGRESS, land.places["province"])
    assert StatusChange.objects.count() == 0
    assert land.carried_out(case).state == CaseState.APPROVED
    assert StatusChange.objects.count() == 1


@pytest.mark.requirement("S2-21")
@pytest.mark.parametrize(("count", "decides"), [(29, "in_authority"), (30, "province")])
def test_thirty_students_go_up_to_the_province(land: Henan, count, decides):
    case = land.submitted(land.students(count))
    assert keys_of(case)[-1] == decides
    assert land.carried_out(case).state == CaseState.APPROVED
    assert Enrolment.objects.filter(status="transferred").count() == count
    asked_now()


# -- what it does


@pytest.mark.requirement("S2-23")
@pytest.mark.requirement("S2-30")
def test_transferred_and_studying_appear_together_on_one_day(land: Henan):
    (record,) = land.students()
    longer = ProgrammeFactory(school=land.school("west"), name="护理", duration_years="4.0")
    case = land.submitted([record], programme=longer, classes={record.pk: "2班"})
    for _ in range(4):
        assert statuses(record.person) == [(record.school.name, "studying")]
        case = land.decide(case)
    asked_now()
    change = StatusChange.objects.get()
    begun = change.moves_to
    record.refresh_from_db()
    assert (record.status, begun.status, begun.school) == ("transferred", "studying", land.school("west"))
    assert (begun.duration_years, begun.programme, begun.entry_month) == (record.duration_years, longer, "2023-09")
    assert (change.kind, change.effective_on, change.case) == ("转学", MOVED_ON, case)
    was, registered = (Registration.objects.get(pk=pk) for pk in (record.pk, begun.pk))
    assert (registered.form, registered.filing, registered.expected_graduation) == (was.form, "open", "2026-07")
    assert (registered.entered_on, registered.class_name, registered.origin) == (MOVED_ON, "2班", "vocational_school")
    applicant = StatusApplicant.objects.get()
    assert (applicant.outcome, applicant.done_by) == ("done", change)


def test_a_transfer_that_cannot_be_carried_out_leaves_everything_as_it_was(land: Henan, monkeypatch):
    (record,) = land.students()
    case = land.decided(land.submitted([record]), *3 * ["approve"])

    def broken(_rows):
        raise Conflict("磁盘已满")

    monkeypatch.setattr("xueji.registry.actions.transferring.copy_rows", broken)
    with pytest.raises(Conflict, match="磁盘已满"):
        land.decide(case)
    assert statuses(record.person) == [(record.school.name, "studying")]
    case.refresh_from_db()
    assert (case.state, StatusChange.objects.count()) == (CaseState.IN_PROGRESS, 0)


# -- returned, refused, withdrawn


@pytest.mark.parametrize("approved", [0, 1, 2, 3])
def test_what_is_returned_at_any_lamp_is_submitted_again_and_passes_all(land: Henan, approved):
    (record,) = land.students()
    case = land.decided(land.submitted([record]), *approved * ["approve"], "return")
    assert (case.state, StatusApplicant.objects.get().outcome) == (CaseState.RETURNED, "open")
    case = submit_case(case=case, by=land.who(Post.SCHOOL_CLERK, "east"), at=NOON)
    assert land.carried_out(case).state == CaseState.APPROVED
    assert [status for _, status in statuses(record.person)].count("studying") == 1


@pytest.mark.parametrize("approved", [1, 2, 3])
def test_refused_at_any_lamp_nothing_moves_and_the_student_may_apply_anew(land: Henan, approved):
    (record,) = land.students()
    case = land.decided(land.submitted([record]), *approved * ["approve"], "refuse")
    assert (case.state, StatusApplicant.objects.get().outcome) == (CaseState.REFUSED, "left_out")
    assert statuses(record.person) == [(record.school.name, "studying")]
    assert land.carried_out(land.submitted([record], "neighbour")).state == CaseState.APPROVED


@pytest.mark.parametrize("approved", [0, 1, 2, 3])
def test_withdrawn_at_any_lamp_by_the_school_that_sends_alone(land: Henan, approved):
    (record,) = land.students()
    case = land.decided(land.submitted([record]), *approved * ["approve"])
    with pytest.raises(NotPermitted, match="只有"):
        withdraw_case(case=case, by=land.who(Post.SCHOOL_CLERK, "west"), at=NOON)
    case = withdraw_case(case=case, by=land.who(Post.SCHOOL_CLERK, "east"), at=NOON)
    assert (case.state, StatusApplicant.objects.get().outcome) == (CaseState.WITHDRAWN, "left_out")
    assert statuses(record.person) == [(record.school.name, "studying")]


# -- what keeps somebody


def test_a_second_transfer_of_the_same_student_is_refused_by_the_first_ones_name(land: Henan):
    (record,) = land.students()
    case = land.submitted([record])
    with pytest.raises(Conflict, match=f"「{case.title}」"):
        land.draft([record], "far")
    assert StatusApplicant.objects.count() == 1


def test_a_racing_application_is_refused_by_the_database_too(land: Henan, monkeypatch):
    (record,) = land.students()
    land.draft([record])
    monkeypatch.setattr("xueji.registry.actions.transferring.require_free", lambda _records: None)
    with pytest.raises(Conflict, match="刚刚被另一件申请占用"):
        land.draft([record], "far")


def test_who_is_suspended_is_not_transferred(land: Henan):
    (record,) = land.students()
    moves = [Move(record, EnrolmentStatus.SUSPENDED)]
    clerk = land.who(Post.SCHOOL_CLERK, "east")
    record_status_changes(kind="休学", moves=moves, effective_on=MOVED_ON, by=clerk, at=NOON)
    record.refresh_from_db()
    with pytest.raises(RuleViolation) as refused:
        land.draft([record])
    assert [finding.rule for finding in refused.value.findings] == ["change.from_status"]
    assert record.person.name in refused.value.findings[0].message


@pytest.mark.requirement("S2-25")
def test_in_the_graduating_year_the_school_is_changed_and_not_the_programme(land: Henan):
    (record,) = land.students(expected_graduation="2024-07")
    other = ProgrammeFactory(school=land.school("west"), name="烹饪")
    with pytest.raises(RuleViolation) as refused:
        land.draft([record], programme=other)
    assert [finding.rule for finding in refused.value.findings] == ["change.programme_not_in_graduating_year"]
    assert land.draft([record]).case.state == CaseState.DRAFT


def test_what_was_right_when_it_was_opened_is_asked_again_at_every_approval(land: Henan):
    (record,) = land.students()
    case = land.decided(land.submitted([record]), *3 * ["approve"])
    clerk = land.who(Post.SCHOOL_CLERK, "east")
    moves = [Move(record, EnrolmentStatus.WITHDRAWN)]
    record_status_changes(kind="退学", moves=moves, effective_on=MOVED_ON, by=clerk, at=NOON)
    with pytest.raises(RuleViolation, match="转学"):
        land.decide(case)


def test_refusals_name_what_is_wrong(land: Henan):
    (record,) = land.students()
    for wrong, rule in (
        ({"to": "east"}, "transfer.two_schools"),
        ({"programme": ProgrammeFactory(school=land.school("far"))}, "transfer.programme_taught"),
        ({"programmes": {}}, "transfer.programme_taught"),
        ({"programme": ProgrammeFactory(school=land.school("west"), closed_on=date(2024, 1, 1))}, "transfer.programme_taught"),
    ):  # fmt: skip
        with pytest.raises(RuleViolation) as refused:
            land.draft([record], **wrong)
        assert rule in [finding.rule for finding in refused.value.findings]
    with pytest.raises(BadInput, match="申请事由"):
        land.draft([record], statement=" ")
    with pytest.raises(BadInput, match="生效日期还没有到"):
        land.draft([record], effective_on=date(2024, 3, 5))
    assert StatusApplicant.objects.count() == 0


def test_a_transfer_without_the_application_by_hand_is_not_submitted(land: Henan):
    (record,) = land.students()
    clerk = land.who(Post.SCHOOL_CLERK, "east")
    programme = ProgrammeFactory(school=land.school("west"))
    application = open_transfer(
        enrolments=[record], receiving=land.school("west"), programmes={record.pk: programme}, statement="迁居",
        effective_on=MOVED_ON, by=clerk, at=NOON,
    )  # fmt: skip
    with pytest.raises(RuleViolation, match="本人书写的转学申请"):
        submit_case(case=application.case, by=clerk, at=NOON)


def test_only_a_clerk_of_the_school_that_sends_opens_one(land: Henan):
    (record,) = land.students()
    with pytest.raises(NotFound):
        land.draft([record], by=land.who(Post.SCHOOL_CLERK, "west"))
    with pytest.raises(NotPermitted):
        land.draft([record], by=land.who(Post.SCHOOL_LEADER, "east"))


# -- undone


def test_undone_by_a_case_of_the_same_schools_the_record_studies_again(land: Henan):
    (record,) = land.students()
    land.carried_out(land.submitted([record]))
    change = StatusChange.objects.get()
    clerk = land.who(Post.SCHOOL_CLERK, "east")
    given = {"statement": "家长改变主意", "effective_on": MOVED_ON, "by": clerk, "at": NOON}
    undoing = open_transfer_undoing(changes=[change], **given)
    land.attach(undoing.case)
    case = submit_case(case=undoing.case, by=clerk, at=NOON)
    assert keys_of(case) == ["out_school", "in_school", "out_authority", "in_authority"]
    assert land.carried_out(case).state == CaseState.APPROVED
    asked_now()
    record.refresh_from_db()
    assert (record.status, Enrolment.objects.get(pk=change.moves_to_id).status) == ("studying", "cancelled")
    assert StatusChange.objects.get(counters=change).enrolment == record
    with pytest.raises(RuleViolation, match="已经撤销"):
        open_transfer_undoing(changes=[change], **given)
    assert land.carried_out(land.submitted([record], "neighbour")).state == CaseState.APPROVED


def test_what_happened_at_the_new_school_is_undone_first(land: Henan):
    (record,) = land.students()
    land.carried_out(land.submitted([record]))
    change = StatusChange.objects.get()
    clerk = land.who(Post.SCHOOL_CLERK, "west")
    moves = [Move(change.moves_to, EnrolmentStatus.SUSPENDED)]
    record_status_changes(kind="休学", moves=moves, effective_on=MOVED_ON, by=clerk, at=NOON)
    given = {"statement": "录错", "effective_on": MOVED_ON, "by": land.who(Post.SCHOOL_CLERK, "east"), "at": NOON}
    with pytest.raises(RuleViolation, match="请先撤销后面的异动"):
        open_transfer_undoing(changes=[change], **given)


# -- who sees it


def test_both_schools_and_both_authorities_see_it_and_nobody_else(land: Henan):
    draft = land.draft(land.students()).case
    assert not cases_visible_to(land.who(Post.SCHOOL_CLERK, "west")).exists()
    case = submit_case(case=draft, by=land.who(Post.SCHOOL_CLERK, "east"), at=NOON)
    for post, place in (
        (Post.SCHOOL_CLERK, "east"), (Post.SCHOOL_LEADER, "west"), (Post.COUNTY_REVIEWER, "east county"),
        (Post.COUNTY_REVIEWER, "west county"), (Post.CITY_REVIEWER, "city"), (Post.PROVINCE_REVIEWER, "province"),
    ):  # fmt: skip
        assert case_for(land.who(post, place), case.pk) == case
    for post, place in (
        (Post.SCHOOL_LEADER, "far"),
        (Post.SCHOOL_CLERK, "neighbour"),
        (Post.CITY_REVIEWER, "far city"),
    ):
        with pytest.raises(NotFound):
            case_for(land.who(post, place), case.pk)


def test_the_receiving_school_finds_it_in_its_queue_when_it_is_its_turn(land: Henan):
    case = land.submitted(land.students())
    leader = land.who(Post.SCHOOL_LEADER, "west")
    assert not queue_of(leader).exists()
    land.decide(case)
    assert [step.key for step in queue_of(leader)] == ["in_school"]


# -- what goes along with the student


def test_what_goes_along_is_given_by_one_school_and_taken_by_the_other(land: Henan):
    case = land.carried_out(land.submitted(land.students()))
    items = hand_over_of(case)
    assert len(items) == 5
    giver, taker = land.who(Post.SCHOOL_CLERK, "east"), land.who(Post.SCHOOL_CLERK, "west")
    first = items[0].pk
    with pytest.raises(Conflict, match=f"{items[0].applicant.enrolment.person.name}的{items[0].what}"):
        take_items(case=case, items=[first], by=taker, at=NOON)
    with pytest.raises(NotPermitted):
        give_items(case=case, items=[first], by=taker, at=NOON)
    give_items(case=case, items=[item.pk for item in items], by=giver, at=NOON)
    take_items(case=case, items=[first], by=taker, at=NOON)
    rows = hand_over_of(case)
    assert [(row.given_by, row.taken_by) for row in rows] == [(giver, taker), *4 * [(giver, None)]]
    with pytest.raises(BadInput, match="勾选"):
        take_items(case=case, items=[], by=taker, at=NOON)
    with pytest.raises(NotFound):
        take_items(case=case, items=[first], by=land.who(Post.SCHOOL_CLERK, "far"), at=NOON)


def test_the_database_takes_nothing_before_it_was_given_nor_by_the_same_school(land: Henan):
    case = land.carried_out(land.submitted(land.students()))
    by, east = land.who(Post.SCHOOL_CLERK, "east"), land.school("east")
    item = HandOverItem.objects.filter(pk=hand_over_of(case)[0].pk)
    taken = {"taken_school": east, "taken_by": by, "taken_at": NOON}
    given = {"given_school": east, "given_by": by, "given_at": NOON}
    for wrong in (taken, {**given, **taken}):
        with pytest.raises(IntegrityError, match="taken_after_given_by_another_school"), transaction.atomic():
            item.update(**wrong)
