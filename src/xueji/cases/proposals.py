"""A step that takes two people: the first proposes a verdict (拟办), a second one confirms it. Called with the case row locked."""

from __future__ import annotations

from datetime import datetime

from xueji.accounts.models import User
from xueji.cases.law import law_of
from xueji.cases.models import Case, Proposal, Step, Verdict
from xueji.cases.proposal_queries import open_proposal_of
from xueji.cases.rounds import basis_of, spec_of
from xueji.core.errors import AlreadyDecided, Conflict, NotPermitted
from xueji.core.packs import PackView
from xueji.core.workflow import TWO_HANDS
from xueji.institutions.queries.staff import share_telephone
from xueji.ledger.actions import record_event
from xueji.ledger.tags import EventTag
from xueji.sealing.rows import require_unaltered


def takes_second(step: Step) -> bool:
    """Whether a verdict on the step is only proposed by whoever comes first."""
    return step.hands == TWO_HANDS


def propose(case: Case, step: Step, *, verdict: Verdict, reasons: str, by: User, at: datetime) -> None:
    """Store what the first person would decide; the step stays where it is."""
    view = law_of(case)
    Proposal.objects.create(step=step, verdict=verdict, reasons=reasons, by=by, at=at)
    move_on(case)
    record_event(
        tag=EventTag.PROPOSAL_MADE, subject=step, parent=case, school_id=case.school_id, by=by, at=at, view=view,
        rules=basis_of(step, view), before={"step": step.label, "round": case.round}, after={"verdict": verdict.label},
        note=reasons,
    )  # fmt: skip


def confirm(proposal: Proposal, verdict: Verdict, view: PackView, by: User, at: datetime) -> None:
    """End a proposal by the word of a second person, who must say the same; the caller stores the decision."""
    require_second(proposal, view, by)
    if proposal.verdict != verdict:
        raise Conflict(
            f"{proposal.by.full_name}已拟「{proposal.get_verdict_display()}」，与「{verdict.label}」不同："
            "请先写明理由，不同意拟办意见，再另行拟办"
        )
    end(proposal, Proposal.Ending.CONFIRMED, by, at)


def require_second(proposal: Proposal, view: PackView, by: User) -> None:
    """Refuse the second hand of the person who proposed: by this account, or by another with the same telephone."""
    clause = clause_of_hands(proposal.step, view)
    if proposal.by_id == by.pk:
        raise NotPermitted(f"您已拟「{proposal.get_verdict_display()}」，须由同一岗位的另一人确认{clause}")
    if share_telephone(by, proposal.by):
        raise NotPermitted(
            f"您的账号与拟办人{proposal.by.full_name}的账号登记了同一部电话，视为同一人，须由另一人确认{clause}"
        )


def require_proposal(step: Step) -> Proposal:
    """Return the open proposal of a step; AlreadyDecided when it has none any more."""
    proposal = open_proposal_of(step)
    if proposal is None:
        raise AlreadyDecided(f"「{step.label}」没有等待确认的拟办意见，可能已由他人确认或收回")
    return proposal


def end(proposal: Proposal, ending: Proposal.Ending, by: User, at: datetime, objection: str = "") -> None:
    """Store what became of a proposal: once, for good."""
    require_unaltered(proposal, f"「{proposal.step.label}」的拟办意见")
    proposal.ending, proposal.ended_by, proposal.ended_at, proposal.objection = ending, by, at, objection
    proposal.save()


def end_with_case(case: Case, by: User, at: datetime) -> None:
    """Let the open proposal of a case lapse with it."""
    for proposal in Proposal.objects.filter(step__case=case, ending="").select_related("step"):
        end(proposal, Proposal.Ending.LAPSED, by, at)


def clause_of_hands(step: Step, view: PackView) -> str:
    """Return the clauses by which the step takes two, in brackets: «（某号文 第五条）»; empty where none is stated."""
    cites = spec_of(step, view).hands_cites
    return f"（{'；'.join(f'{view.sources[cite.source].number} {cite.clause}' for cite in cites)}）" if cites else ""


def move_on(case: Case) -> None:
    """Store a locked case under the next version: pages made before are old."""
    case.version += 1
    case.save(update_fields=["version"])
