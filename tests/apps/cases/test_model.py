"""Any series of acts, legal or not, against a plain model of the engine held in a dict."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from tests.apps.cases.freedonia import ALL, NOON, World

from xueji.accounts.models import User
from xueji.cases.actions import decide_step, submit_case, withdraw_case
from xueji.cases.models import Case, Decision, Step
from xueji.cases.queries import queue_of
from xueji.core.errors import XuejiError
from xueji.ledger.queries import timeline_of

ORDER = ("school", "county", "city", "determination")
DECIDER = {"school": "leader", "county": "county_reviewer", "city": "city_reviewer", "determination": "city_leader"}
ALLOWED = {"school": ("approve", "return"), "county": ALL, "city": ALL, "determination": ("approve", "refuse")}
PEOPLE = ("clerk", "leader", "county_reviewer", "city_reviewer", "city_leader", "auditor", "city_clerk")
VERDICTS = ("approve", "return", "refuse", "defer", "resume")


@dataclass
class Model:
    """What the engine should hold: the state, where the case stands, and every act that was let through."""

    state: str = "draft"
    round: int = 0
    position: int | None = None
    deferred: bool = False
    acts: list[str] = field(default_factory=list)

    def may(self, person: str, ordinal: int, verdict: str) -> bool:
        """Whether the model lets a person decide a step of the present round."""
        if self.state != "in_progress" or ordinal != self.position or DECIDER[ORDER[ordinal]] != person:
            return False
        if self.deferred or verdict == "resume":
            return self.deferred and verdict == "resume"
        return verdict in ALLOWED[ORDER[ordinal]]

    def decide(self, verdict: str) -> None:
        """Do in the model what a verdict does."""
        assert self.position is not None
        self.acts.append(verdict)
        if verdict in {"defer", "resume"}:
            self.deferred = verdict == "defer"
        elif verdict == "approve" and self.position + 1 < len(ORDER):
            self.position += 1
        else:
            self.state = {"approve": "approved", "return": "returned", "refuse": "refused"}[verdict]
            self.position = None


class Engine(RuleBasedStateMachine):
    """The engine beside the model. Each example runs in a savepoint that is rolled back."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.scope = ExitStack()
        self.scope.enter_context(transaction.atomic())
        self.model = Model()
        self.case = self.world.draft()
        self.clock = NOON

    def teardown(self) -> None:
        """Undo the example."""
        transaction.set_rollback(True)
        self.scope.close()
        transaction.set_rollback(False)

    @precondition(lambda self: self.model.round < 4)
    @rule(person=st.sampled_from(PEOPLE))
    def submit(self, person: str) -> None:
        """Submit, by anybody but the leader, who would be barred from the first step (shown in test_decisions)."""
        if person == "leader":
            return
        allowed = self.model.state in {"draft", "returned"} and person == "clerk"
        done = self._tried(lambda by: submit_case(case=self.case, by=by, at=self.clock), person)
        assert done == allowed
        if done:
            self.model.state, self.model.position, self.model.round = "in_progress", 0, self.model.round + 1
            self.model.acts.append("submit")

    @precondition(lambda self: self.model.position is not None)
    @rule(person=st.sampled_from(PEOPLE), verdict=st.sampled_from(VERDICTS))
    def decide_in_anothers_place(self, person: str, verdict: str) -> None:
        """Decide the open step, by anybody, in any way."""
        assert self.model.position is not None
        self._decide(person, self.model.position, verdict)

    @precondition(lambda self: self.model.round > 0)
    @rule(ordinal=st.integers(0, 3), verdict=st.sampled_from(VERDICTS))
    def decide_out_of_turn(self, ordinal: int, verdict: str) -> None:
        """Decide any step of the present round by who holds its post: too early, in turn or too late."""
        self._decide(DECIDER[ORDER[ordinal]], ordinal, verdict)

    @precondition(lambda self: self.model.position is not None)
    @rule(verdict=st.sampled_from(("approve", "approve", "approve", "return", "defer")))
    def decide_as_due(self, verdict: str) -> None:
        """Decide the open step by whom it waits for, so that cases get far."""
        assert self.model.position is not None
        verdict = "resume" if self.model.deferred else verdict
        self._decide(DECIDER[ORDER[self.model.position]], self.model.position, verdict)

    @rule(person=st.sampled_from(PEOPLE), is_meant=st.integers(0, 9))
    def withdraw(self, person: str, is_meant: int) -> None:
        """Withdraw, by anybody, now and then."""
        if is_meant:
            return
        allowed = self.model.state in {"draft", "in_progress", "returned"} and person in {"clerk", "leader"}
        done = self._tried(lambda by: withdraw_case(case=self.case, by=by, at=self.clock), person)
        assert done == allowed
        if done:
            self.model.state, self.model.position, self.model.deferred = "withdrawn", None, False
            self.model.acts.append("withdraw")

    @invariant()
    def engine_and_model_agree(self) -> None:
        """Hold state, round, open step and version against the model."""
        case = Case.objects.get(pk=self.case.pk)
        assert (case.state, case.round, case.version) == (self.model.state, self.model.round, len(self.model.acts))
        open_steps = [(s.ordinal - 1, s.state) for s in case.steps.filter(state__in=["current", "deferred"])]
        expected = [] if self.model.position is None else [
            (self.model.position, "deferred" if self.model.deferred else "current")
        ]  # fmt: skip
        assert open_steps == expected
        unfinished = case.steps.filter(state__in=["waiting", "current", "deferred"])
        if self.model.position is not None:
            unfinished = unfinished.exclude(round=case.round)
        assert not unfinished.exists()

    @invariant()
    def every_act_is_in_the_ledger_once(self) -> None:
        """Count decisions and events against the acts let through."""
        decisions = [a for a in self.model.acts if a in VERDICTS]
        assert list(Decision.objects.filter(step__case=self.case).values_list("verdict", flat=True)) == decisions
        closings = self.model.state in {"approved", "refused"}
        assert len(timeline_of(self.case)) == 1 + len(self.model.acts) + closings

    @rule()
    def the_case_waits_in_one_queue(self) -> None:
        """Look for the case in everybody's queue."""
        waits = [p for p in PEOPLE if queue_of(self._person(p)).filter(case=self.case).exists()]
        expected = [] if self.model.position is None else [DECIDER[ORDER[self.model.position]]]
        assert waits == expected

    def _decide(self, person: str, ordinal: int, verdict: str) -> None:
        step = Step.objects.get(case=self.case, round=self.model.round, ordinal=ordinal + 1)
        allowed = self.model.may(person, ordinal, verdict)
        done = self._tried(
            lambda by: decide_step(step=step, verdict=verdict, reasons="理由", by=by, at=self.clock), person
        )
        assert done == allowed
        if done:
            self.model.decide(verdict)

    def _tried(self, act: Callable[[User], object], person: str) -> bool:
        self.clock += timedelta(hours=1)
        try:
            act(self._person(person))
        except XuejiError:
            return False
        return True

    def _person(self, name: str) -> User:
        return getattr(self.world.people, name)


@pytest.fixture
def machine(world: World) -> Iterator[type[Engine]]:
    """The machine in its world."""
    Engine.world = world
    yield Engine
    del Engine.world


@pytest.mark.long
def test_no_series_of_acts_leads_the_engine_astray(machine: type[Engine]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=12, stateful_step_count=18, deadline=None, database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
