"""The approval engine: who decides what, in which order, and what becomes of it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from tests.apps.cases.freedonia import CLAUSE, KIND, NOON, World, step_of
from tests.factories.accounts import UserFactory
from tests.factories.institutions import appointed, staffed_city

from xueji.cases.actions import (
    StepDecision,
    decide_step,
    decide_steps,
    open_case,
    submit_case,
    withdraw_case,
)
from xueji.cases.kinds import CaseKind, kind_of, register
from xueji.cases.models import Case, CaseState, Decision, Step, StepState
from xueji.cases.queries import may_decide, queue_of
from xueji.core.errors import (
    AlreadyDecided,
    BadInput,
    Conflict,
    NotFound,
    NotPermitted,
    RuleViolation,
    StaleVersion,
)
from xueji.core.findings import Finding, Severity
from xueji.institutions.models import Post
from xueji.ledger.models import Event
from xueji.ledger.queries import timeline_of


def tags_of(case: Case) -> list[str]:
    return [event.tag for event in timeline_of(case)]


@pytest.mark.requirement("S1-20")
def test_a_case_passes_school_county_city_and_leader_in_that_order(world: World) -> None:
    people = world.people
    case = world.submitted()
    assert world.notes.calls == ["submit"]
    deciders = [people.leader, people.county_reviewer, people.city_reviewer, people.city_leader]
    for ordinal, decider in enumerate(deciders, start=1):
        assert step_of(case).ordinal == ordinal
        case = world.decide(case, decider)
    assert case.state == CaseState.APPROVED
    assert case.closed_at is not None
    assert world.notes.calls == ["submit", "apply"]
    assert tags_of(case) == ["case:opened", "case:submitted", *["step:approved"] * 4, "case:approved"]


def test_a_case_whose_last_step_was_taken_out_of_the_table_does_not_end(world: World) -> None:
    """As the owner of the database: the leader's step is gone, and the city's review would be the last word."""
    people = world.people
    case = world.submitted()
    for decider in (people.leader, people.county_reviewer):
        case = world.decide(case, decider)
    case.steps.filter(ordinal=4).delete()
    with pytest.raises(Conflict, match=r"本轮没有「[^」]+」环节的同意意见，不能办结"):
        world.decide(case, people.city_reviewer)
    case.refresh_from_db()
    assert case.state == CaseState.IN_PROGRESS
    assert step_of(case).state == StepState.CURRENT


@pytest.mark.requirement("S1-20")
def test_a_school_directly_under_the_city_has_no_county_step(world: World) -> None:
    people = world.people
    case = world.draft(people.city_school, people.city_clerk)
    case = submit_case(case=case, by=people.city_clerk, at=NOON)
    assert list(case.steps.values_list("key", flat=True)) == ["school", "city", "determination"]
    assert list(case.steps.values_list("ordinal", flat=True)) == [1, 2, 3]


def test_a_workflow_nobody_in_the_line_can_decide_is_refused(world: World) -> None:
    case = world.draft(kind="province_only")
    with pytest.raises(Conflict, match="没有可以办理此事的机关"):
        submit_case(case=case, by=world.people.clerk, at=NOON)
    case.refresh_from_db()
    assert (case.state, case.round) == (CaseState.DRAFT, 0)


def test_every_event_carries_pack_hash_and_clauses(world: World) -> None:
    case = world.at_city()
    events = [e for e in timeline_of(case) if e.tag == "step:approved"]
    assert {(e.pack, e.pack_hash) for e in events} == {("fictional/test", "f" * 64)}
    county = events[1]
    assert county.rules == [
        {"rule": f"workflow.{KIND}.county", "source": "freedonia-law", "clause": "2"},
        {"rule": "clock.three_days", "source": "freedonia-law", "clause": "3"},
    ]
    assert county.actor_label == world.people.county_reviewer.full_name
    assert county.school_id == case.school_id


def test_errors_of_the_kinds_check_refuse_submission_and_change_nothing(world: World) -> None:
    case = world.draft()
    world.notes.findings = [Finding("permit.complete", Severity.ERROR, "材料不齐", cites=(CLAUSE,))]
    with pytest.raises(RuleViolation) as refusal:
        submit_case(case=case, by=world.people.clerk, at=NOON)
    assert [f.rule for f in refusal.value.findings] == ["permit.complete"]
    case.refresh_from_db()
    assert (case.state, case.version, case.steps.count()) == (CaseState.DRAFT, 0, 0)


def test_warnings_do_not_refuse_submission_and_stand_on_the_timeline(world: World) -> None:
    world.notes.findings = [Finding("permit.unusual", Severity.WARNING, "少见", cites=(CLAUSE,))]
    case = world.submitted()
    submitted = next(e for e in timeline_of(case) if e.tag == "case:submitted")
    assert {"rule": "permit.unusual", "source": "freedonia-law", "clause": "1"} in submitted.rules


def test_return_names_reasons_and_resubmission_opens_all_steps_again(world: World) -> None:
    people = world.people
    case = world.decide(world.at_city(), people.city_reviewer, "return", "照片不符")
    assert case.state == CaseState.RETURNED
    assert world.notes.calls == ["submit", "return"]
    states = dict(case.steps.values_list("key", "state"))
    assert states == {
        "school": StepState.APPROVED,
        "county": StepState.APPROVED,
        "city": StepState.RETURNED,
        "determination": StepState.CANCELLED,
    }
    case = submit_case(case=case, by=people.clerk, at=NOON + timedelta(days=1))
    second = case.steps.filter(round=2)
    assert list(second.values_list("state", flat=True)) == ["current", "waiting", "waiting", "waiting"]
    case = world.decide(case, people.leader)  # the same people may decide a new round
    assert step_of(case).key == "county"


def test_refusal_ends_the_case(world: World) -> None:
    case = world.decide(world.at_county(), world.people.county_reviewer, "refuse", "不符合条件")
    assert case.state == CaseState.REFUSED
    assert world.notes.calls == ["submit", "refuse"]
    assert not case.steps.filter(state__in=["waiting", "current", "deferred"]).exists()
    with pytest.raises(Conflict):
        submit_case(case=case, by=world.people.clerk, at=NOON)


@pytest.mark.parametrize("verdict", ["return", "refuse", "defer"])
def test_a_no_without_reasons_is_refused_with_the_finding_beside_the_field(world: World, verdict: str) -> None:
    case = world.at_county()
    with pytest.raises(RuleViolation) as refusal:
        world.decide(case, world.people.county_reviewer, verdict, "  ")
    assert [(f.rule, f.field) for f in refusal.value.findings] == [("case.reasons_given", "reasons")]
    assert step_of(case).state == StepState.CURRENT


def test_identity_numbers_typed_into_reasons_are_masked_everywhere(world: World) -> None:
    case = world.at_county()
    world.decide(case, world.people.county_reviewer, "return", "张三11010519491231002X姓名有误")
    reasons = Decision.objects.get(verdict="return").reasons
    assert reasons == "张三（证件号）姓名有误"
    assert Event.objects.get(tag="step:returned").note == reasons


def test_a_verdict_the_step_does_not_know_is_refused(world: World) -> None:
    case = world.submitted()
    with pytest.raises(BadInput, match="只能作出：同意、退回"):
        world.decide(case, world.people.leader, "refuse", "不同意")


def test_second_click_is_told_who_decided_and_changes_nothing(world: World) -> None:
    case = world.submitted()
    step = step_of(case)
    world.decide(case, world.people.leader)
    with pytest.raises(AlreadyDecided, match=f"{world.people.leader.full_name}于2019-06-24 12:00作出「同意」"):
        decide_step(step=step, verdict="approve", by=world.people.leader, at=NOON)
    assert Decision.objects.filter(step=step).count() == 1
    assert tags_of(case).count("step:approved") == 1


def test_a_page_made_before_the_last_change_is_refused(world: World) -> None:
    case = world.at_county()
    with pytest.raises(StaleVersion):
        decide_step(
            step=step_of(case), verdict="approve", by=world.people.county_reviewer, at=NOON,
            expected_version=case.version - 1,
        )  # fmt: skip
    done = decide_step(
        step=step_of(case), verdict="approve", by=world.people.county_reviewer, at=NOON, expected_version=case.version
    )
    assert done.version == case.version + 1


def test_a_step_not_yet_open_cannot_be_decided(world: World) -> None:
    case = world.submitted()
    county = case.steps.get(key="county")
    with pytest.raises(Conflict, match="前面的环节"):
        decide_step(step=county, verdict="approve", by=world.people.county_reviewer, at=NOON)


@pytest.mark.requirement("S1-20")
@pytest.mark.parametrize(
    "post", ["clerk", "county_reviewer", "city_reviewer", "city_leader", "sealer", "seal_supervisor", "auditor"]
)
def test_other_posts_of_the_line_see_the_step_but_may_not_decide_it(world: World, post: str) -> None:
    case = world.submitted()
    with pytest.raises(NotPermitted, match="学校负责人"):
        decide_step(step=step_of(case), verdict="approve", by=getattr(world.people, post), at=NOON)


@pytest.mark.requirement("S1-20")
@pytest.mark.parametrize("post", ["city_clerk", "city_leader_of_school", "administrator"])
def test_strangers_to_the_case_are_told_there_is_none(world: World, post: str) -> None:
    case = world.submitted()
    with pytest.raises(NotFound):
        decide_step(step=step_of(case), verdict="approve", by=getattr(world.people, post), at=NOON)


def test_the_same_post_in_another_county_is_a_stranger(world: World) -> None:
    elsewhere = staffed_city(division_code="990300", county_code="990302")
    case = world.at_county()
    for stranger in (elsewhere.county_reviewer, elsewhere.city_reviewer, UserFactory()):
        with pytest.raises(NotFound):
            decide_step(step=step_of(case), verdict="approve", by=stranger, at=NOON)


def test_who_submitted_may_not_decide_even_in_the_right_post(world: World) -> None:
    people = world.people
    appointed(Post.SCHOOL_LEADER, people.county_school, people.clerk)
    case = world.draft()
    case = submit_case(case=case, by=people.clerk, at=NOON)
    with pytest.raises(NotPermitted, match="双岗"):
        world.decide(case, people.clerk)


def test_who_decided_an_earlier_step_may_not_decide_a_later_one(world: World) -> None:
    people = world.people
    appointed(Post.CITY_LEADER, people.city, people.city_reviewer)
    case = world.decide(world.at_city(), people.city_reviewer)
    with pytest.raises(NotPermitted, match="双岗"):
        world.decide(case, people.city_reviewer)
    assert world.decide(case, people.city_leader).state == CaseState.APPROVED


def test_a_decision_of_an_earlier_round_does_not_bar_and_one_of_this_round_does(world: World) -> None:
    """The head of the school also holds the county's post; in the second round a deputy decides for the school."""
    people = world.people
    both = appointed(Post.COUNTY_REVIEWER, people.county, people.leader)
    deputy = appointed(Post.SCHOOL_LEADER, people.county_school)
    case = world.decide(world.submitted(), both)
    step = step_of(case)
    assert (may_decide(both, step), [row.is_barred for row in queue_of(both)]) == (False, [True])
    with pytest.raises(NotPermitted, match="本轮前面的环节"):
        world.decide(case, both)
    case = world.decide(case, people.county_reviewer, "return", "照片不符")
    case = submit_case(case=case, by=people.clerk, at=NOON + timedelta(days=1))
    case = world.decide(case, deputy)
    step = step_of(case)
    assert (step.round, may_decide(both, step), [row.is_barred for row in queue_of(both)]) == (2, True, [False])
    assert step_of(world.decide(case, both)).key == "city"


def test_an_error_raised_by_apply_undoes_the_last_approval(world: World) -> None:
    case = world.decide(world.at_city(), world.people.city_reviewer)
    world.notes.fails = RuleViolation([Finding("permit.numbers", Severity.ERROR, "编号用尽")])
    with pytest.raises(RuleViolation, match="编号用尽"):
        world.decide(case, world.people.city_leader)
    case.refresh_from_db()
    assert case.state == CaseState.IN_PROGRESS
    assert step_of(case).key == "determination"
    assert "case:approved" not in tags_of(case)


@pytest.mark.parametrize("stage", ["draft", "submitted", "at_county", "at_city"])
def test_the_school_withdraws_a_case_that_is_not_over(world: World, stage: str) -> None:
    case = withdraw_case(case=getattr(world, stage)(), by=world.people.clerk, at=NOON, reason="重新整理")
    assert case.state == CaseState.WITHDRAWN
    assert not case.steps.filter(state__in=["waiting", "current", "deferred"]).exists()
    assert world.notes.calls[-1] == "withdraw"
    with pytest.raises(Conflict):
        withdraw_case(case=case, by=world.people.clerk, at=NOON)


def test_officers_neither_submit_nor_withdraw(world: World) -> None:
    case = world.at_county()
    for officer in (world.people.county_reviewer, world.people.city_reviewer):
        with pytest.raises(NotPermitted):
            withdraw_case(case=case, by=officer, at=NOON)
        with pytest.raises(NotPermitted):
            submit_case(case=case, by=officer, at=NOON)
    with pytest.raises(NotFound):
        withdraw_case(case=case, by=world.people.city_clerk, at=NOON)


def test_deciding_after_withdrawal_is_told_so(world: World) -> None:
    case = world.at_county()
    step = step_of(case)
    withdraw_case(case=case, by=world.people.clerk, at=NOON)
    with pytest.raises(AlreadyDecided, match="已撤回"):
        decide_step(step=step, verdict="approve", by=world.people.county_reviewer, at=NOON)


def test_submitting_twice_is_a_conflict(world: World) -> None:
    case = world.submitted()
    with pytest.raises(Conflict, match="办理中"):
        submit_case(case=case, by=world.people.clerk, at=NOON)
    assert case.steps.count() == 4


def test_a_case_is_opened_for_a_school_in_reach_alone(world: World) -> None:
    with pytest.raises(NotFound):
        world.draft(world.people.city_school, world.people.clerk)


def test_an_unregistered_kind_and_a_second_registration_are_bugs(world: World) -> None:
    with pytest.raises(ValueError, match="not registered"):
        open_case(
            kind="nothing", school=world.people.county_school, title="", legal_date=date(2019, 7, 1),
            by=world.people.clerk, at=NOON,
        )  # fmt: skip
    register(kind_of(KIND))  # the same again is harmless: an app may be made ready twice
    with pytest.raises(ValueError, match="twice"):
        register(CaseKind(KIND, "另一种", check=lambda case: [], apply=lambda case, by, at: None))


def test_bulk_decisions_say_for_each_row_what_became_of_it(world: World) -> None:
    people = world.people
    good, decided, foreign, unexplained = (world.at_county() for _ in range(4))
    stale_step = step_of(decided)
    world.decide(decided, people.county_reviewer)
    at_school = world.submitted()
    rows = [
        StepDecision(step_of(unexplained), "return"),
        StepDecision(stale_step, "approve"),
        StepDecision(step_of(good), "approve"),
        StepDecision(step_of(at_school), "approve"),
        StepDecision(step_of(foreign), "return", "退回"),
    ]
    outcomes = decide_steps(decisions=rows, by=people.county_reviewer, at=NOON)
    assert [o.step.pk for o in outcomes] == [r.step.pk for r in rows]
    assert [type(o.error) for o in outcomes] == [RuleViolation, AlreadyDecided, type(None), NotPermitted, type(None)]
    assert [o.is_done for o in outcomes] == [False, False, True, False, True]
    assert [o.message for o in outcomes][2] == "已办理"
    assert step_of(good).key == "city"
    assert step_of(unexplained).key == "county"
    assert Case.objects.get(pk=foreign.pk).state == CaseState.RETURNED
    assert Decision.objects.filter(step__key="county").count() == 3


def test_steps_are_laid_out_with_their_places(world: World) -> None:
    case = world.submitted()
    places = list(case.steps.values_list("level", "post", "authority"))
    people = world.people
    assert places == [
        ("school", "school_leader", None),
        ("county", "county_reviewer", people.county.pk),
        ("city", "city_reviewer", people.city.pk),
        ("city", "city_leader", people.city.pk),
    ]
    assert Step.objects.filter(case=case, state="current").count() == 1
