"""A filing that was approved on every step, laid down as the decisions of its people leave it: two hands where a step takes two."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from xueji.accounts.models import User
from xueji.cases.actions import open_case
from xueji.cases.law import law_of
from xueji.cases.models import Case, CaseState, Decision, Proposal, Step, StepState, Verdict
from xueji.cases.rounds import basis_of, open_round
from xueji.core.intakes import Intake
from xueji.core.packs import PackView
from xueji.core.workflow import TWO_HANDS
from xueji.institutions.models import School
from xueji.ledger.actions import Basis, record_event
from xueji.ledger.tags import EventTag
from xueji.registry.kinds import FILING
from xueji.registry.models import FilingRequest


@dataclass(frozen=True, slots=True)
class Staff:
    """Who acts for a school and over it."""

    clerk: User
    leader: User
    reviewers: tuple[User, User]


def lay_down_filing(
    *, school: School, intake: Intake, students: int, leader: User, reviewers: tuple[User, User], by: User, at: datetime,
    decided: datetime,
) -> FilingRequest:  # fmt: skip
    """Store the filing of so many students of an intake, asked for and approved; their records are the caller's to store."""
    case = _approved_case(f"{intake.year} 年秋季新生备案", school, Staff(by, leader, reviewers), at, decided)
    filing = FilingRequest(case=case, intake_year=intake.year, intake_term=intake.term)
    filing.save()
    record_event(
        tag=EventTag.FILING_REQUESTED, subject=filing, parent=case, by=by, at=at, school_id=school.pk,
        after={"students": students},
    )  # fmt: skip
    return filing


def _approved_case(title: str, school: School, staff: Staff, asked: datetime, decided: datetime) -> Case:
    case = open_case(kind=FILING.kind, school=school, title=title, by=staff.clerk, at=asked, legal_date=asked.date())
    view = law_of(case)
    steps = open_round(case, view, opened_on=asked.date(), at=asked)
    case.state, case.submitted_by, case.submitted_at = CaseState.IN_PROGRESS, staff.clerk, asked
    case.save()
    basis = [Basis(f"workflow.{FILING.kind}", view.workflow(FILING.kind).cites)]
    after = {
        "round": case.round,
        "step": steps[0].label,
        "due_on": steps[0].due_on,
        "steps": [step.key for step in steps],
    }
    record_event(
        tag=EventTag.CASE_SUBMITTED, subject=case, by=staff.clerk, at=asked, view=view, rules=basis, after=after
    )
    for step in steps:
        hands = (staff.leader,) if step.level == Step.Place.SCHOOL else staff.reviewers
        _decide(case, step, view, hands, decided if step is steps[-1] else asked)
    case.state, case.closed_at = CaseState.APPROVED, decided
    case.version += 1
    case.save()
    record_event(tag=EventTag.CASE_APPROVED, subject=case, by=staff.reviewers[1], at=decided, view=view, rules=basis)
    return case


def _decide(case: Case, step: Step, view: PackView, hands: tuple[User, ...], at: datetime) -> None:
    *first, by = hands
    record = partial(
        record_event, subject=step, parent=case, school_id=case.school_id, at=at, view=view, rules=basis_of(step, view)
    )
    if step.hands == TWO_HANDS:
        Proposal.objects.create(
            step=step, verdict=Verdict.APPROVE, by=first[0], at=at, ending=Proposal.Ending.CONFIRMED, ended_by=by,
            ended_at=at,
        )  # fmt: skip
        record(tag=EventTag.PROPOSAL_MADE, by=first[0], after={"verdict": "同意"})
    Decision.objects.create(step=step, verdict=Verdict.APPROVE, by=by, at=at)
    step.state, step.opened_at = StepState.APPROVED, step.opened_at or at
    step.save()
    record(tag=EventTag.STEP_APPROVED, by=by, after={"state": case.get_state_display()})
