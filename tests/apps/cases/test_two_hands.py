"""Steps that take two people: one proposes, another one confirms, and with one alone nothing passes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from tests.apps.cases.freedonia import CLAUSE, NOON, World, step_of
from tests.factories.accounts import CredentialGrantFactory
from tests.factories.institutions import appointed

from xueji.accounts.models import User
from xueji.cases.actions import StepDecision, decide_step, decide_steps, submit_case, withdraw_case
from xueji.cases.hands import unconfirmed_hands, unconfirmed_proposals
from xueji.cases.models import Case, CaseState, Decision, Proposal, StepState
from xueji.cases.proposal_actions import object_to_proposal, take_back_proposal
from xueji.cases.queries import PROPOSED, may_decide, queue_figures, queue_of
from xueji.core.errors import AlreadyDecided, BadInput, Conflict, NotFound, NotPermitted, RuleViolation, StaleVersion
from xueji.core.findings import Finding, Severity
from xueji.institutions.actions import end_appointment
from xueji.institutions.models import Post
from xueji.institutions.queries import forget_posts
from xueji.ledger.queries import timeline_of

pytestmark = pytest.mark.requirement("S2-09")
LATER = NOON + timedelta(hours=1)
TAKES_TWO = "自由国〔2001〕1号 4"


@pytest.fixture
def second(world: World) -> User:
    """A second reviewer of the county."""
    return appointed(Post.COUNTY_REVIEWER, world.people.county)


@pytest.fixture
def proposed(world: World, second: User) -> Case:
    """A case at the county whose first reviewer proposed to approve it."""
    return world.decide(world.at_two(), world.people.county_reviewer, reasons="材料齐全")


def ending_of(case: Case) -> list[str]:
    return list(Proposal.objects.filter(step__case=case).values_list("ending", flat=True))


def confirm(case: Case, by: User, verdict: str = "approve", reasons: str = "") -> Case:
    return decide_step(step=step_of(case), verdict=verdict, reasons=reasons, by=by, at=LATER)


def test_the_first_person_only_proposes(world, proposed):
    step = step_of(proposed)
    assert (step.key, step.state, proposed.state) == ("county", StepState.CURRENT, CaseState.IN_PROGRESS)
    assert not Decision.objects.filter(step=step).exists()
    assert timeline_of(proposed)[-1].tag == "proposal:made"
    assert {rule["clause"] for rule in timeline_of(proposed)[-1].rules} == {CLAUSE.clause, "3", "4"}


def test_the_second_person_decides_and_the_step_moves(world, proposed, second):
    case = confirm(proposed, second)
    step = case.steps.get(key="county")
    decision = Decision.objects.get(step=step)
    assert (decision.by, decision.verdict, decision.reasons) == (second, "approve", "材料齐全")
    assert (step.state, step_of(case).key) == (StepState.APPROVED, "city")
    assert ending_of(case) == ["confirmed"]
    assert timeline_of(case)[-1].before["proposed_by"] == world.people.county_reviewer.full_name


def test_a_case_passes_by_five_people_and_by_no_fewer(world, proposed, second):
    case = confirm(proposed, second)
    case = confirm(case, world.people.city_reviewer)
    assert case.state == CaseState.IN_PROGRESS
    case = confirm(case, appointed(Post.CITY_REVIEWER, world.people.city))
    assert case.state == CaseState.APPROVED
    assert world.notes.calls[-1] == "apply"


@pytest.mark.parametrize(("verdict", "state"), [("return", CaseState.RETURNED), ("refuse", CaseState.REFUSED)])
def test_a_no_takes_two_as_well_and_carries_the_first_ones_reasons(world, second, verdict, state):
    case = world.decide(world.at_two(), world.people.county_reviewer, verdict, "缺证明")
    assert case.state == CaseState.IN_PROGRESS
    case = confirm(case, second, verdict)
    assert (case.state, Decision.objects.latest("id").reasons) == (state, "缺证明")


def test_a_deferral_and_its_end_take_two(world, second):
    first = world.people.county_reviewer
    case = confirm(world.decide(world.at_two(), first, "defer", "等文件"), second, "defer")
    assert step_of(case).state == StepState.DEFERRED
    case = world.decide(case, second, "resume", hours=2)
    assert step_of(case).state == StepState.DEFERRED
    decide_step(step=step_of(case), verdict="resume", by=first, at=NOON + timedelta(hours=3))
    assert step_of(case).state == StepState.CURRENT


def test_the_same_person_twice_is_refused_by_the_clause_and_changes_nothing(world, proposed):
    with pytest.raises(NotPermitted, match=TAKES_TWO):
        confirm(proposed, world.people.county_reviewer)
    with pytest.raises(NotPermitted, match="须由同一岗位的另一人确认"):
        confirm(proposed, world.people.county_reviewer, "refuse", "改主意")
    assert ending_of(proposed) == [""]


def test_a_second_click_on_the_same_page_is_a_stale_page(world, second):
    case = world.at_two()
    click = StepDecision(step_of(case), "approve", expected_version=case.version)
    outcomes = decide_steps(decisions=[click, click], by=world.people.county_reviewer, at=NOON)
    assert [getattr(outcome.error, "code", "done") for outcome in outcomes] == ["done", StaleVersion.code]
    assert ending_of(case) == [""]


def test_two_accounts_with_one_telephone_are_one_person(world, proposed, second):
    first = world.people.county_reviewer
    User.objects.filter(pk__in=[first.pk, second.pk]).update(phone="13800000000")
    second.refresh_from_db()
    with pytest.raises(NotPermitted, match="同一部电话"):
        confirm(proposed, second)
    with pytest.raises(NotPermitted, match="同一部电话"):
        object_to_proposal(step=step_of(proposed), reasons="不符", by=second, at=LATER)


def test_who_has_another_hand_in_the_round_is_neither_hand(world, proposed, second):
    """Who submitted, decided at the school, or proposed or confirmed at the county, has no hand at the city."""
    case = confirm(proposed, second)
    hands = [world.people.clerk, world.people.leader, world.people.county_reviewer, second]
    for person in hands:
        appointed(Post.CITY_REVIEWER, world.people.city, user=person)
        forget_posts(person)
        assert not may_decide(person, step_of(case))
        assert queue_of(person).get().is_barred
        with pytest.raises(NotPermitted, match="双岗"):
            confirm(case, person)


def test_another_verdict_of_the_second_person_is_no_confirmation(proposed, second):
    with pytest.raises(Conflict, match="已拟「同意」，与「不同意」不同"):
        confirm(proposed, second, "refuse", "不符")
    assert ending_of(proposed) == [""]


def test_who_disagrees_says_why_and_proposes_then(world, proposed, second):
    with pytest.raises(BadInput, match="写明不同意拟办意见的理由"):
        object_to_proposal(step=step_of(proposed), reasons=" ", by=second, at=LATER)
    dropped = object_to_proposal(step=step_of(proposed), reasons="缺户口簿", by=second, at=LATER)
    assert (dropped.ending, dropped.objection) == ("objected", "缺户口簿")
    proposed.refresh_from_db()
    case = confirm(proposed, second, "return", "缺户口簿")
    assert (case.state, ending_of(case)) == (CaseState.IN_PROGRESS, ["objected", ""])
    case = decide_step(step=step_of(case), verdict="return", by=world.people.county_reviewer, at=LATER)
    assert case.state == CaseState.RETURNED
    tags = [event.tag for event in timeline_of(case)]
    assert tags[-4:] == ["proposal:made", "proposal:objected", "proposal:made", "step:returned"]


def test_who_proposed_takes_it_back_and_nobody_else(world, proposed, second):
    with pytest.raises(NotPermitted, match="只能由其本人收回"):
        take_back_proposal(step=step_of(proposed), by=second, at=LATER)
    take_back_proposal(step=step_of(proposed), by=world.people.county_reviewer, at=LATER)
    assert ending_of(proposed) == ["withdrawn"]
    assert timeline_of(proposed)[-1].tag == "proposal:withdrawn"
    with pytest.raises(AlreadyDecided, match="没有等待确认的拟办意见"):
        take_back_proposal(step=step_of(proposed), by=world.people.county_reviewer, at=LATER)
    with pytest.raises(NotPermitted, match="县"):
        object_to_proposal(step=step_of(proposed), reasons="x", by=world.people.city_reviewer, at=LATER)


def test_a_page_from_before_the_proposal_confirms_nothing(world, second):
    case = world.at_two()
    before = case.version
    world.decide(case, world.people.county_reviewer)
    with pytest.raises(StaleVersion):
        decide_step(step=step_of(case), verdict="approve", by=second, at=LATER, expected_version=before)
    assert ending_of(case) == [""]


def test_a_proposal_does_not_move_the_term(world):
    case = world.at_two()
    before = step_of(case).due_on
    world.decide(case, world.people.county_reviewer)
    assert (step_of(case).due_on, step_of(case).opened_at) == (before, NOON)


def test_what_is_wrong_by_the_time_of_the_confirmation_is_not_approved(world, proposed, second, monkeypatch):
    found = [Finding("case.ready", Severity.ERROR, "材料已失效")]
    monkeypatch.setattr("xueji.cases.checks.kind_of", lambda key: type("K", (), {"check_approval": lambda case: found}))
    with pytest.raises(RuleViolation):
        confirm(proposed, second)
    assert ending_of(proposed) == [""]


def test_a_case_withdrawn_in_between_takes_the_proposal_with_it(world, proposed, second):
    withdraw_case(case=proposed, by=world.people.clerk, at=LATER)
    assert ending_of(proposed) == ["lapsed"]
    step = proposed.steps.get(key="county")
    with pytest.raises(AlreadyDecided, match="本环节已终止"):
        decide_step(step=step, verdict="approve", by=second, at=LATER)


def test_a_second_round_begins_without_the_proposals_of_the_first(world, second):
    first = world.people.county_reviewer
    case = confirm(world.decide(world.at_two(), first, "return", "缺证明"), second, "return")
    case = world.decide(submit_case(case=case, by=world.people.clerk, at=LATER), world.people.leader, hours=1)
    assert may_decide(first, step_of(case))
    assert confirm(case, second).state == CaseState.IN_PROGRESS
    assert decide_step(step=step_of(case), verdict="approve", by=first, at=LATER).steps.get(
        round=2, key="county"
    ).state == StepState.APPROVED  # fmt: skip


def test_a_second_person_who_lost_the_post_does_not_confirm(world, proposed, second):
    end_appointment(
        appointment=second.appointments.get(), reason="调离", by=world.people.administrator, at=timezone.now()
    )
    second = User.objects.get(pk=second.pk)
    with pytest.raises((NotFound, NotPermitted)):
        confirm(proposed, second)
    assert ending_of(proposed) == [""]


def test_what_a_person_proposed_stands_after_the_post_is_lost_and_is_not_theirs_to_take_back(world, proposed, second):
    first = world.people.county_reviewer
    end_appointment(
        appointment=first.appointments.get(), reason="调离", by=world.people.administrator, at=timezone.now()
    )
    first = User.objects.get(pk=first.pk)
    with pytest.raises((NotFound, NotPermitted)):
        take_back_proposal(step=step_of(proposed), by=first, at=LATER)
    assert step_of(confirm(proposed, second)).key == "city"


def test_bulk_proposes_what_nobody_touched_and_confirms_what_another_proposed(world, proposed, second):
    fresh = world.at_two()
    mine = world.decide(world.at_two(), second)
    rows = [StepDecision(step_of(case), "approve") for case in (proposed, fresh, mine)]
    outcomes = decide_steps(decisions=rows, by=second, at=LATER)
    assert [outcome.is_done for outcome in outcomes] == [True, True, False]
    assert TAKES_TWO in outcomes[2].message
    assert [outcome.is_proposed for outcome in outcomes] == [False, True, False]
    assert [step_of(case).key for case in (proposed, fresh, mine)] == ["city", "county", "county"]
    assert [ending_of(case) for case in (proposed, fresh, mine)] == [["confirmed"], [""], [""]]


def test_the_queue_tells_what_waits_for_a_second_person(world, proposed, second):
    world.at_two()
    assert [step.case_id for step in queue_of(second, state=PROPOSED)] == [proposed.pk]
    rows = {step.case_id: (step.is_proposed, step.is_barred) for step in queue_of(second)}
    assert rows[proposed.pk] == (True, False)
    mine = {step.case_id: (step.is_proposed, step.is_barred) for step in queue_of(world.people.county_reviewer)}
    assert mine[proposed.pk] == (True, True)
    assert queue_figures(second, NOON.date())["proposed"] == 1
    assert may_decide(second, step_of(proposed))
    assert not may_decide(world.people.county_reviewer, step_of(proposed))


def test_a_kind_that_takes_one_is_decided_by_one(world):
    case = world.at_county()
    assert step_of(case).hands == 1
    assert step_of(world.decide(case, world.people.county_reviewer)).key == "city"
    assert not Proposal.objects.exists()
    with pytest.raises(AlreadyDecided):
        take_back_proposal(step=step_of(case), by=world.people.city_reviewer, at=LATER)


def test_what_an_unconfirmed_account_proposed_carries_the_mark(world, proposed, second):
    grant = CredentialGrantFactory(
        user=world.people.county_reviewer, by=world.people.administrator, at=NOON - timedelta(days=1)
    )
    assert [(hand.what, hand.grant) for hand in unconfirmed_hands([proposed])] == [("县级登记（拟办）", grant)]
    assert [proposal.step.case_id for proposal in unconfirmed_proposals(world.people.auditor)] == [proposed.pk]
    assert list(unconfirmed_proposals(second)) == []


@pytest.mark.parametrize("written", ["alone", "by the proposer", "another verdict"])
def test_the_database_itself_refuses_a_decision_by_one(world, proposed, second, written):
    step, first = step_of(proposed), world.people.county_reviewer
    row = {"alone": (second, "approve"), "by the proposer": (first, "approve"), "another verdict": (second, "refuse")}[
        written
    ]
    with pytest.raises(IntegrityError, match="takes two people"), transaction.atomic():
        Decision.objects.create(step=step, verdict=row[1], reasons="x", by=row[0], at=LATER)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        pytest.param(
            {"ending": "confirmed", "ended_by": "first", "ended_at": LATER}, "another_person", id="by oneself"
        ),
        pytest.param(
            {"ending": "objected", "ended_by": "second", "ended_at": LATER}, "objected_with", id="without a reason"
        ),
        pytest.param(
            {"ending": "withdrawn", "ended_by": "second", "ended_at": LATER}, "another_person", id="by another"
        ),
        pytest.param({"ending": "confirmed", "ended_by": "second"}, "ended_by_and_at", id="at no time"),
        pytest.param({"verdict": "refuse"}, "proposal_says_the_same", id="other words"),
    ],
)
def test_the_database_keeps_a_proposal_as_it_was_made(world, proposed, second, change, constraint):
    people = {"first": world.people.county_reviewer, "second": second}
    values = {name: people.get(value, value) for name, value in change.items()}
    with pytest.raises(Exception, match=constraint), transaction.atomic():
        Proposal.objects.filter(step=step_of(proposed)).update(**values)


def test_the_database_allows_one_open_proposal_and_deletes_none(world, proposed, second):
    with pytest.raises(IntegrityError, match="one_open_proposal_per_step"), transaction.atomic():
        Proposal.objects.create(step=step_of(proposed), verdict="approve", by=second, at=LATER)
    with pytest.raises(Exception, match="proposal_stays"), transaction.atomic():
        Proposal.objects.filter(step=step_of(proposed)).delete()
