"""A move between two schools under two authorities, carried through by the actions of the engine alone."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction
from tests.factories.institutions import CalendarDayFactory, SchoolFactory, appointed
from tests.guild.land import MONDAY_NOON, Land, step_of, trail_of
from tests.guild.models import Move

from xueji.accounts.models import User
from xueji.cases.actions import decide_step, submit_case, withdraw_case
from xueji.cases.models import Case, CaseParty, CaseState
from xueji.cases.queries import cases_visible_to, queue_of, step_for
from xueji.cli.audit import audit
from xueji.core.errors import Conflict, NotFound, NotPermitted, RuleViolation
from xueji.graduation.open_work import open_work
from xueji.institutions.models import Post
from xueji.ledger.models import Event

DONE = "approved"


def mismatches() -> dict[str, list[str]]:
    """What the audit says of cases and their rows; a database without marks is not this test's matter."""
    found = {check["check"]: check["mismatches"] for check in audit() if check["mismatches"]}
    return {check: wrong for check, wrong in found.items() if check.split(".")[0] in {"cases", "rows", "ledger"}}


# -- the way of a move


@pytest.mark.requirement("S2-20")
def test_both_schools_and_both_authorities_agree(land: Land):
    case = land.decided(land.submitted(), *4 * ["approve"])
    assert trail_of(case) == [
        ("sending_school", DONE), ("receiving_school", DONE), ("sending_authority", DONE), ("receiving_authority", DONE),
        ("superior", "skipped"),
    ]  # fmt: skip
    assert (case.state, Move.objects.get().moved_at) == (CaseState.APPROVED, case.closed_at)
    places = [step.place for step in case.steps.order_by("ordinal")]
    assert places == [land.places[name] for name in ("brass", "steel", "brass county", "steel county", "city")]
    assert mismatches() == {}


@pytest.mark.requirement("S2-16")
@pytest.mark.parametrize("verdicts", [("refuse", "approve"), ("approve", "refuse")])
@pytest.mark.parametrize(("superior", "state"), [("approve", "approved"), ("refuse", "refused")])
def test_where_they_disagree_their_common_superior_decides(land: Land, verdicts, superior, state):
    case = land.decided(land.submitted(), "approve", "approve", *verdicts)
    assert (case.state, step_of(case).place) == (CaseState.IN_PROGRESS, land.places["city"])
    assert Move.objects.get().moved_at is None
    case = land.decide(case, superior)
    assert (case.state, Move.objects.get().moved_at is not None) == (state, state == "approved")
    assert mismatches() == {}


def test_where_both_refuse_there_is_nothing_to_settle(land: Land):
    case = land.decided(land.submitted(), "approve", "approve", "refuse", "refuse")
    assert (case.state, trail_of(case)[-1]) == (CaseState.REFUSED, ("superior", "skipped"))
    assert mismatches() == {}


def test_a_refusal_that_nobody_settles_ends_the_move(land: Land):
    case = land.decided(land.submitted(), "approve", "refuse")
    assert (case.state, trail_of(case)[2]) == (CaseState.REFUSED, ("sending_authority", "cancelled"))


def test_one_authority_over_both_schools_decides_once(land: Land):
    case = land.decided(land.submitted(receiving="copper"), *3 * ["approve"])
    assert (case.state, len(trail_of(case))) == (CaseState.APPROVED, 3)


@pytest.mark.requirement("S2-21")
@pytest.mark.parametrize(("apprentices", "steps"), [(29, 5), (30, 6)])
def test_thirty_apprentices_go_up_to_the_province(land: Land, apprentices, steps):
    case = land.submitted(apprentices=apprentices)
    assert len(trail_of(case)) == steps
    case = land.decided(case, *4 * ["approve"])
    assert case.state == (CaseState.APPROVED if steps == 5 else CaseState.IN_PROGRESS)
    if steps == 6:
        assert land.decide(case).state == CaseState.APPROVED
    assert mismatches() == {}


@pytest.mark.requirement("S2-21")
def test_between_cities_the_province_settles_and_decides_by_two_people(land: Land):
    case = land.decided(land.submitted(receiving="tin"), "approve", "approve", "approve", "refuse", "approve")
    assert (step_of(case).key, step_of(case).post) == ("province", Post.PROVINCE_LEADER)
    settled_by = land.who(Post.PROVINCE_REVIEWER, "province")
    appointed(Post.PROVINCE_LEADER, land.places["province"], settled_by)
    both = User.objects.get(pk=settled_by.pk)  # posts are kept on the object
    with pytest.raises(NotPermitted, match="双岗"):
        decide_step(step=step_of(case), verdict="approve", by=both, at=MONDAY_NOON)
    assert land.decide(case).state == CaseState.APPROVED


def test_a_case_whose_step_was_taken_out_does_not_end(land: Land):
    case = land.decided(land.submitted(), *3 * ["approve"])
    case.steps.filter(key="superior").delete()
    assert land.decide(case).state == CaseState.APPROVED  # nobody differed: it was not called for
    case = land.decided(land.submitted(), "approve", "approve", "refuse")
    case.steps.filter(key="superior").delete()
    with pytest.raises(Conflict, match="共同上级裁定"):
        land.decide(case)


# -- the parties


@pytest.mark.requirement("S2-20")
def test_each_has_ten_working_days_by_the_calendar_of_its_own_place(land: Land):
    CalendarDayFactory(authority=land.places["steel county"], day=date(2019, 7, 1))
    case = land.submitted()
    dues = []
    for _ in range(4):
        dues.append(step_of(case).due_on)
        case = land.decide(case)
    ten, eleven = date(2019, 7, 8), date(2019, 7, 9)
    assert dues == [ten, eleven, ten, eleven]


def test_who_may_open_and_submit_is_the_kinds_affair(land: Land):
    with pytest.raises(NotPermitted):  # an auditor sees schools, and files nothing
        land.people["school_clerk", "brass"] = land.who(Post.AUDITOR, "city")
        land.draft()
    land.people.clear()
    case = land.draft()
    with pytest.raises(NotFound):
        submit_case(case=case, by=land.who(Post.SCHOOL_CLERK, "steel"), at=MONDAY_NOON)
    case = land.submitted()
    for place in ("steel", "copper"):
        with pytest.raises((NotFound, NotPermitted)):
            withdraw_case(case=case, by=land.who(Post.SCHOOL_CLERK, place), at=MONDAY_NOON)
    assert withdraw_case(case=case, by=case.opened_by, at=MONDAY_NOON).state == CaseState.WITHDRAWN


def test_parties_and_those_over_them_see_a_move_and_nobody_else_does(land: Land):
    draft, sent = land.draft(), land.submitted()

    def sees(post: Post, place: str) -> set[int]:
        return set(cases_visible_to(land.who(post, place)).values_list("pk", flat=True))

    assert sees(Post.SCHOOL_CLERK, "brass") == {draft.pk, sent.pk}
    for post, place in (
        (Post.SCHOOL_CLERK, "steel"), (Post.SCHOOL_LEADER, "steel"), (Post.COUNTY_REVIEWER, "brass county"),
        (Post.COUNTY_REVIEWER, "steel county"), (Post.CITY_REVIEWER, "city"), (Post.PROVINCE_LEADER, "province"),
    ):  # fmt: skip
        assert sees(post, place) == {sent.pk}, (post, place)
    for post, place in (
        (Post.SCHOOL_CLERK, "copper"), (Post.SCHOOL_CLERK, "tin"), (Post.COUNTY_REVIEWER, "tin county"),
        (Post.CITY_REVIEWER, "other city"), (Post.ADMINISTRATOR, "city"), (Post.SEALER, "city"),
    ):  # fmt: skip
        assert sees(post, place) == set(), (post, place)
    with pytest.raises(NotFound):
        step_for(land.who(Post.SCHOOL_LEADER, "tin"), step_of(sent).pk)


def test_a_step_waits_for_the_leader_of_its_own_school(land: Land):
    case = land.submitted()
    sending, receiving = (land.who(Post.SCHOOL_LEADER, name) for name in ("brass", "steel"))
    assert [queue_of(user).count() for user in (sending, receiving)] == [1, 0]
    with pytest.raises(NotPermitted, match=land.school("brass").name):
        decide_step(step=step_of(case), verdict="approve", by=receiving, at=MONDAY_NOON)
    case = land.decide(case)
    assert [queue_of(user).count() for user in (sending, receiving)] == [0, 1]


def test_a_school_that_is_to_take_apprentices_in_has_work_under_way(land: Land):
    case = land.submitted()
    (cases, *_) = open_work(land.school("steel"))
    assert (cases.count, cases.names) == (1, (f"{case.title}（办理中）",))
    assert next(iter(open_work(land.school("copper")))).count == 0


def test_a_move_into_the_same_school_is_refused(land: Land):
    with pytest.raises(RuleViolation, match="同一所学校"):
        land.submitted(receiving="brass")


def test_a_party_too_few_is_a_mistake(land: Land):
    from xueji.cases.actions import open_case

    clerk = land.who(Post.SCHOOL_CLERK, "brass")
    with pytest.raises(ValueError, match="receiving"):
        open_case(
            kind="guild_move", school=land.school("brass"), title="转学", legal_date=date(2019, 7, 1), by=clerk,
            at=MONDAY_NOON,
        )  # fmt: skip


# -- what the database holds and the audit names


def test_the_database_holds_case_and_main_party_together(land: Land):
    case, stranger = land.draft(), SchoolFactory()
    for write in (
        lambda: Case.objects.filter(pk=case.pk).update(school=stranger),
        lambda: CaseParty.objects.filter(case=case).update(school=stranger),
        lambda: CaseParty.objects.filter(case=case).delete(),
        lambda: CaseParty.objects.create(case=case, role="school", is_main=True, school=case.school),
        lambda: CaseParty.objects.create(case=case, role="receiving", school=stranger),
        lambda: CaseParty.objects.create(case=case, role="school"),
        lambda: case.steps.create(round=1, ordinal=1, key="x", label="x", level="city", post="x", school=stranger),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            write()
    assert CaseParty.objects.filter(case=case).count() == 2


def test_a_case_without_a_main_party_is_not_committed(land: Land):
    case = land.draft()
    with pytest.raises(DatabaseError, match="no main party"), transaction.atomic():
        Case.objects.create(
            kind=case.kind, title="x", school=case.school, pack=case.pack, pack_hash=case.pack_hash,
            legal_date=case.legal_date, opened_by=case.opened_by, opened_at=MONDAY_NOON,
        )  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute("set constraints all immediate")


@pytest.mark.forges
def test_a_party_taken_out_or_put_in_another_s_place_is_named(land: Land):
    case = land.submitted()
    event = Event.objects.get(tag="case:opened", subject_id=case.pk)
    assert set(event.after["parties"]) == {"sending", "receiving"}
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute("alter table cases_caseparty disable trigger user")
        cursor.execute("update cases_caseparty set school_id = %s where role = 'receiving'", [land.school("tin").pk])
        assert set(mismatches()) == {"rows.digests", "cases.parties"}
        cursor.execute("delete from cases_caseparty where role = 'receiving'")
        cursor.execute("alter table cases_caseparty enable trigger user")
    assert f"办件 {case.pk}：建立时有「receiving」一方，现不在册" in mismatches()["cases.parties"]


@pytest.mark.forges
def test_a_step_passed_over_though_the_authorities_differ_is_named(land: Land):
    case = land.decided(land.submitted(), "approve", "approve", "approve", "refuse")
    with connection.cursor() as cursor:
        cursor.execute("update cases_step set state = 'skipped' where id = %s", [step_of(case).pk])
        cursor.execute("update cases_case set state = 'approved', closed_at = now() where id = %s", [case.pk])
    assert "cases.fold" in mismatches()
