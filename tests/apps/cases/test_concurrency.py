"""Sixteen people press the button at once: exactly one of them decides. Real transactions, real locks."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, connections, transaction
from tests.apps.cases.freedonia import NOON, World, step_of
from tests.factories.institutions import appointed

from xueji.cases.actions import StepDecision, decide_step, decide_steps, submit_case, withdraw_case
from xueji.cases.checks import require_open
from xueji.cases.models import Case, CaseState, Decision, Proposal, Step, StepState, Verdict
from xueji.cases.proposal_actions import object_to_proposal, take_back_proposal
from xueji.core.errors import Conflict, XuejiError
from xueji.institutions.models import Post
from xueji.ledger.models import Event

pytestmark = pytest.mark.django_db(transaction=True)
CROWD = 16


@pytest.fixture
def world(transactional_db: None, world: World) -> World:
    """The fictional world, committed."""
    return world


def together(acts: list[Callable[[], object]]) -> list[object]:
    """Run the acts at once, each on a connection of its own; return what each returned or the error that refused it."""
    start = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        try:
            start.wait(timeout=30)
            return act()
        except XuejiError as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_of_sixteen_officers_exactly_one_decides(world: World) -> None:
    case = world.at_county()
    step = step_of(case)
    officers = [appointed(Post.COUNTY_REVIEWER, world.people.county) for _ in range(CROWD)]
    outcomes = together([
        lambda officer=officer: decide_step(step=step, verdict="approve", by=officer, at=NOON) for officer in officers
    ])  # fmt: skip
    assert [getattr(o, "code", "done") for o in outcomes].count("done") == 1
    assert [getattr(o, "code", "done") for o in outcomes].count("already_decided") == CROWD - 1
    assert Decision.objects.filter(step=step).count() == 1
    assert Event.objects.filter(tag="step:approved", parent_id=str(case.pk)).count() == 2
    assert step_of(case).key == "city"


def test_the_race_is_real_without_the_lock(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: with the lock taken away and everybody past the check at once, more than one gets through."""
    step = step_of(world.at_county())
    officers = [appointed(Post.COUNTY_REVIEWER, world.people.county) for _ in range(4)]
    past_the_check = Barrier(len(officers))

    def check_and_wait(step: Step, case: Case, verdict: Verdict) -> None:
        require_open(step, case, verdict)
        past_the_check.wait(timeout=30)

    monkeypatch.setattr("xueji.cases.checks.require_open", check_and_wait)
    monkeypatch.setattr("xueji.cases.checks.lock_case", lambda case: Case.objects.get(pk=case.pk))
    outcomes = together([
        lambda officer=officer: decide_step(step=step, verdict="approve", by=officer, at=NOON) for officer in officers
    ])  # fmt: skip
    assert sum(isinstance(o, Case) for o in outcomes) > 1


@pytest.mark.requirement("S2-09")
def test_of_sixteen_officers_one_proposes_one_confirms_and_the_others_come_too_late(world: World) -> None:
    case = world.at_two()
    step = step_of(case)
    officers = [appointed(Post.COUNTY_REVIEWER, world.people.county) for _ in range(CROWD)]
    outcomes = together([
        lambda officer=officer: decide_step(step=step, verdict="approve", by=officer, at=NOON) for officer in officers
    ])  # fmt: skip
    assert [getattr(o, "code", "done") for o in outcomes].count("done") == 2
    assert [getattr(o, "code", "done") for o in outcomes].count("already_decided") == CROWD - 2
    proposal, decision = Proposal.objects.get(step=step), Decision.objects.get(step=step)
    assert (proposal.ended_by_id, proposal.by_id == decision.by_id) == (decision.by_id, False)
    assert step_of(case).key == "city"


@pytest.mark.requirement("S2-09")
def test_of_racing_second_hands_one_confirms_or_objects(world: World) -> None:
    for _ in range(4):
        case = world.decide(world.at_two(), world.people.county_reviewer)
        step, version = step_of(case), case.version
        second, third = (appointed(Post.COUNTY_REVIEWER, world.people.county) for _ in range(2))
        page = {"step": step, "at": NOON, "expected_version": version}
        outcomes = together([
            lambda page=page, by=second: decide_step(verdict="approve", by=by, **page),
            lambda page=page, by=third: object_to_proposal(reasons="不符", by=by, **page),
            lambda page=page: take_back_proposal(by=world.people.county_reviewer, **page),
        ])  # fmt: skip
        assert sum(isinstance(o, Conflict) for o in outcomes) == 2
        ending = Proposal.objects.get(step=step).ending
        assert (ending == "confirmed") == Decision.objects.filter(step=step).exists() == (step_of(case).key == "city")


def test_approval_and_withdrawal_at_once_leave_one_of_them(world: World) -> None:
    for _ in range(4):
        case = world.at_county()
        step = step_of(case)
        outcomes = together([
            lambda step=step: decide_step(step=step, verdict="refuse", reasons="不符", by=world.people.county_reviewer, at=NOON),
            lambda case=case: withdraw_case(case=case, by=world.people.clerk, at=NOON),
        ])  # fmt: skip
        assert sum(isinstance(o, Conflict) for o in outcomes) == 1
        case.refresh_from_db()
        assert case.state in {CaseState.REFUSED, CaseState.WITHDRAWN}
        assert not case.steps.filter(state__in=[StepState.WAITING, StepState.CURRENT]).exists()


def test_submitting_at_once_opens_one_round(world: World) -> None:
    case = world.draft()
    outcomes = together([lambda: submit_case(case=case, by=world.people.clerk, at=NOON)] * 8)
    assert sum(isinstance(o, Case) for o in outcomes) == 1
    assert case.steps.count() == 4
    assert Event.objects.filter(tag="case:submitted").count() == 1


def test_overlapping_bulk_lists_decide_each_case_once_without_deadlock(world: World) -> None:
    steps = [step_of(world.at_county()) for _ in range(6)]
    officers = [appointed(Post.COUNTY_REVIEWER, world.people.county) for _ in range(4)]
    lists = [steps, steps[::-1], steps[2:] + steps[:2], steps[3:] + steps[:3]]

    def decide(officer: object, rows: list[Step]) -> object:
        with transaction.atomic():  # one transaction for the whole list: the hardest case for lock order
            return decide_steps(decisions=[StepDecision(step, "approve") for step in rows], by=officer, at=NOON)

    outcomes = together([lambda o=o, r=r: decide(o, r) for o, r in zip(officers, lists, strict=True)])
    done = [outcome.step.pk for rows in outcomes for outcome in rows if outcome.is_done]
    assert sorted(done) == sorted(step.pk for step in steps)
    assert Decision.objects.filter(step__in=steps).count() == len(steps)


def test_the_database_itself_allows_one_open_step_per_case(world: World) -> None:
    case = world.at_county()
    with (
        pytest.raises(IntegrityError, match="one_open_step_per_case"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE cases_step SET state = 'current' WHERE case_id = %s AND state = 'waiting'", [case.pk])
