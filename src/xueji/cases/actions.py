"""Every write of the approval engine: open, submit, decide, withdraw, attach evidence.

Who may act is looked up first; then the case row is locked, once, and the state is judged as it is under the lock.
So a second click, a second officer and an old page are all told what happened, and nothing happens twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from xueji.accounts.models import User
from xueji.cases import checks, proposals, rounds
from xueji.cases.checks import lock_case
from xueji.cases.evidence import clean_file_name, media_type_of
from xueji.cases.kinds import Effect, kind_of
from xueji.cases.law import law_of
from xueji.cases.models import Case, CaseParty, CaseState, Decision, Evidence, Step, StepState, Verdict
from xueji.cases.parties import PartyOf, pack_for, parties_for
from xueji.cases.proposal_queries import open_proposal_of
from xueji.cases.queries import (
    case_for,
)
from xueji.core.errors import BadInput, Conflict, RuleViolation, XuejiError
from xueji.core.findings import errors_of
from xueji.core.packs import PackView
from xueji.core.workflow import MAIN_ROLE
from xueji.documents.storage import store_bytes
from xueji.institutions.models import School
from xueji.ledger.actions import Basis, Cited, mask_identity_numbers, record_event
from xueji.ledger.tags import EventTag

_TAGS = {
    Verdict.APPROVE: EventTag.STEP_APPROVED,
    Verdict.RETURN: EventTag.STEP_RETURNED,
    Verdict.REFUSE: EventTag.STEP_REFUSED,
    Verdict.DEFER: EventTag.STEP_DEFERRED,
    Verdict.RESUME: EventTag.STEP_RESUMED,
    Verdict.REFER: EventTag.STEP_REFERRED,
}
_MAX_REASONS = 2000


@transaction.atomic
def open_case(
    *,
    kind: str,
    title: str,
    legal_date: date,
    by: User,
    at: datetime,
    school: School | None = None,
    parties: Mapping[str, PartyOf] | None = None,
) -> Case:
    """Open a draft under the pack that governs its main party on the legal date.

    `school` is the party that files it; `parties` are the others by role, or all of them where no school files. NotFound
    when the school is not the person's to know of, NotPermitted without what the kind asks of who opens a case.
    """
    made = kind_of(kind)
    filled = parties_for(made, school, parties or {})
    checks.require_opener(made, filled[0], by)
    pack = pack_for(filled)
    view = pack.on(legal_date)
    workflow = view.workflow(kind)
    case = Case.objects.create(
        kind=kind, title=mask_identity_numbers(title)[:200], school=filled[0].school, pack=pack.id, pack_hash=pack.hash,
        legal_date=legal_date, opened_by=by, opened_at=at,
    )  # fmt: skip
    for party in filled:
        party.case = case
    CaseParty.objects.bulk_create(filled)
    basis = [Basis(f"workflow.{kind}", workflow.cites)]
    after: dict[str, object] = {"kind": workflow.label, "legal_date": legal_date}
    if made.parties != (MAIN_ROLE,):
        after["parties"] = {party.role: str(party) for party in filled}
    record_event(
        tag=EventTag.CASE_OPENED, subject=case, by=by, at=at, view=view, rules=basis, after=after,
        school_id=case.school_id, authority_id=filled[0].authority_id,
    )  # fmt: skip
    return case


@transaction.atomic
def submit_case(*, case: Case, by: User, at: datetime, expected_version: int | None = None) -> Case:
    """Submit a draft or a returned case: its rules run, and a new round opens with every step again."""
    checks.require_filer(by, case_for(by, case.pk), "提交")
    locked = lock_case(case)
    checks.require_version(locked, expected_version)
    if locked.state not in (CaseState.DRAFT, CaseState.RETURNED):
        raise Conflict(f"办件{locked.get_state_display()}，不能提交")
    kind, view = kind_of(locked.kind), law_of(locked)
    findings = kind.check(locked)
    if errors_of(findings):
        raise RuleViolation(findings)
    steps = rounds.open_round(locked, view, opened_on=timezone.localdate(at), at=at)
    locked.pack_hash = view.pack.hash
    locked.state, locked.submitted_by, locked.submitted_at = CaseState.IN_PROGRESS, by, at
    _save(locked, "round", "pack_hash", "submitted_by", "submitted_at")
    basis: list[Cited] = [Basis(f"workflow.{locked.kind}", view.workflow(locked.kind).cites), *findings]
    first = steps[0]
    after = {
        "round": locked.round, "step": first.label, "due_on": first.due_on, "provisional": first.due_is_provisional,
        "steps": [step.key for step in steps],
    }  # fmt: skip
    record_event(tag=EventTag.CASE_SUBMITTED, subject=locked, by=by, at=at, view=view, rules=basis, after=after)
    _call(kind.on_submit, locked, by, at)
    return locked


@transaction.atomic
def decide_step(
    *, step: Step, verdict: str, by: User, at: datetime, reasons: str = "", expected_version: int | None = None
) -> Case:
    """Decide the open step of a case: approve, return, refuse, defer or resume.

    At a step that takes two people the first one's verdict is a proposal and moves nothing; the same verdict of a
    second one is the decision. Who proposed and comes again is refused, as is a second one who says otherwise.

    NotFound when the person may not see the case, NotPermitted when it waits for another post or the two-person
    rule keeps them out, AlreadyDecided when somebody was first (the same person's second click too), StaleVersion
    when the page was made before the case last changed.
    """
    verdict = Verdict(verdict)
    case, current = checks.lock_open_step(step, by, expected_version, verdict)
    view = law_of(case)
    proposal = open_proposal_of(current)
    reasons = mask_identity_numbers(reasons.strip())[:_MAX_REASONS]
    if not reasons and proposal is not None and proposal.verdict == verdict:
        reasons = proposal.reasons  # who confirms without a word of their own says the same
    checks.require_allowed(current, view, verdict, reasons)
    checks.require_approvable(case, verdict)
    if proposal is not None:
        proposals.confirm(proposal, verdict, view, by, at)
    elif proposals.takes_second(current):
        proposals.propose(case, current, verdict=verdict, reasons=reasons, by=by, at=at)
        return case
    Decision.objects.create(step=current, verdict=verdict, reasons=reasons, by=by, at=at)
    before: dict[str, object] = {"step": current.label, "state": current.get_state_display(), "round": case.round}
    before |= {"proposed_by": proposal.by.full_name} if proposal is not None else {}
    _EFFECTS[verdict](case, current, view, by, at)
    record_event(
        tag=_TAGS[verdict], subject=current, parent=case, school_id=case.school_id, by=by, at=at, view=view,
        rules=rounds.basis_of(current, view), before=before, after={"state": case.get_state_display()}, note=reasons,
    )  # fmt: skip
    _close(case, view, by, at)
    return case


@dataclass(frozen=True, slots=True)
class StepDecision:
    """One row of a bulk decision."""

    step: Step
    verdict: str
    reasons: str = ""
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class BulkOutcome:
    """What became of one row of a bulk decision: done, or the error that refused it."""

    step: Step
    case: Case | None
    error: XuejiError | None
    is_proposed: bool = False  # it waits for a second person

    @property
    def is_done(self) -> bool:
        """Whether the row was decided."""
        return self.error is None

    @property
    def message(self) -> str:
        """What to tell the person."""
        done = "已拟办，待另一人确认" if self.is_proposed else "已办理"
        return done if self.error is None else self.error.message


def decide_steps(*, decisions: Iterable[StepDecision], by: User, at: datetime) -> list[BulkOutcome]:
    """Decide many steps, each in a savepoint (or transaction) of its own, and say for each what became of it.

    Rows come back in the order given; they are decided in that of their cases, so that two officers who decide
    overlapping lists wait for each other and do not lock each other out.
    """
    rows = list(decisions)
    outcomes: dict[int, BulkOutcome] = {}
    for index in sorted(range(len(rows)), key=lambda i: (rows[i].step.case_id, rows[i].step.pk)):
        row = rows[index]
        try:
            case = decide_step(
                step=row.step, verdict=row.verdict, reasons=row.reasons, by=by, at=at,
                expected_version=row.expected_version,
            )  # fmt: skip
            is_proposed = open_proposal_of(row.step) is not None
            outcomes[index] = BulkOutcome(row.step, case, None, is_proposed)
        except XuejiError as error:
            outcomes[index] = BulkOutcome(row.step, None, error)
    return [outcomes[index] for index in range(len(rows))]


@transaction.atomic
def withdraw_case(*, case: Case, by: User, at: datetime, reason: str = "", expected_version: int | None = None) -> Case:
    """Withdraw a case that is not over; its open step ends, and what was decided stays on record."""
    checks.require_filer(by, case_for(by, case.pk), "撤回")
    locked = lock_case(case)
    checks.require_version(locked, expected_version)
    if locked.state in checks.OVER_STATES:
        raise Conflict(f"办件{locked.get_state_display()}，不能撤回")
    before = {"state": locked.get_state_display(), "round": locked.round}
    rounds.end_steps(locked)
    proposals.end_with_case(locked, by, at)
    locked.state, locked.closed_at = CaseState.WITHDRAWN, at
    _save(locked, "closed_at")
    record_event(
        tag=EventTag.CASE_WITHDRAWN, subject=locked, by=by, at=at, view=law_of(locked), before=before,
        note=reason.strip()[:_MAX_REASONS],
    )  # fmt: skip
    _call(kind_of(locked.kind).on_withdraw, locked, by, at)
    return locked


@transaction.atomic
def attach_evidence(*, case: Case, kind: str, file_name: str, data: bytes, by: User, at: datetime) -> Evidence:
    """Attach a file: the school while the case is in its hands, the officer while it lies at their step.

    The same file under the same kind again returns the first row.
    """
    seen = case_for(by, case.pk)
    name, media_type = accepted_file(file_name, data)
    locked = lock_case(seen)
    checks.require_may_attach(locked, by)
    stored = store_bytes(data, media_type)
    label = mask_identity_numbers(kind.strip())[:60] or "证明材料"
    if attached := locked.evidence.filter(kind=label, file=stored).first():
        return attached
    evidence = Evidence.objects.create(
        case=locked, kind=label, file_name=mask_identity_numbers(name), file=stored, added_by=by, added_at=at
    )
    after = {"kind": label, "file_name": evidence.file_name, "file": stored.address, "bytes": len(data)}
    record_event(
        tag=EventTag.EVIDENCE_ATTACHED, subject=evidence, parent=locked, school_id=locked.school_id, by=by, at=at,
        view=law_of(locked), after=after,
    )  # fmt: skip
    return evidence


def accepted_file(file_name: str, data: bytes) -> tuple[str, str]:
    """Return the name and the media type of a file of evidence; BadInput for one that is too large or of another kind."""
    name = clean_file_name(file_name)
    if len(data) > settings.MAX_EVIDENCE_BYTES:
        limit = settings.MAX_EVIDENCE_BYTES // 1024 // 1024
        raise BadInput(f"「{name}」有 {len(data) / 1024 / 1024:.1f} MB，超过 {limit} MB；请压缩或分成几份上传")
    return name, media_type_of(data, name)


# -- what each verdict does, under the lock


def _approve(case: Case, step: Step, view: PackView, by: User, at: datetime) -> None:  # noqa: ARG001  # one signature for all
    _set(step, StepState.APPROVED)
    _go_on(case, step, view, at)


def _return(case: Case, step: Step, view: PackView, by: User, at: datetime) -> None:  # noqa: ARG001  # as above
    _set(step, StepState.RETURNED)
    rounds.end_steps(case)
    case.state = CaseState.RETURNED
    _save(case)


def _refuse(case: Case, step: Step, view: PackView, by: User, at: datetime) -> None:  # noqa: ARG001  # as above
    _set(step, StepState.REFUSED)
    if rounds.may_be_settled(step, view):
        _go_on(case, step, view, at)
        return
    rounds.end_steps(case)
    case.state, case.closed_at = CaseState.REFUSED, at
    _save(case, "closed_at")


def _go_on(case: Case, step: Step, view: PackView, at: datetime) -> None:
    """Open the next step that is called for, or end the case by what its steps came to."""
    if rounds.open_next(step, view, opened_on=timezone.localdate(at), at=at) is None:
        rounds.require_every_step(case, view)
        case.state = CaseState.REFUSED if rounds.is_refused(case, view) else CaseState.APPROVED
        case.closed_at = at
    _save(case, "closed_at")


def _defer(case: Case, step: Step, view: PackView, by: User, at: datetime) -> None:  # noqa: ARG001  # as above
    _set(step, StepState.DEFERRED)
    _save(case)


def _resume(case: Case, step: Step, view: PackView, by: User, at: datetime) -> None:  # noqa: ARG001  # as above
    rounds.restart_clock(step, view)
    _set(step, StepState.CURRENT)
    _save(case)


def _refer(_case: Case, _step: Step, _view: PackView, _by: User, _at: datetime) -> None:
    """A case is referred to somebody (`cases.referral_actions`), never merely away."""
    raise BadInput("转办须指明接办的机构")


_EFFECTS = {
    Verdict.APPROVE: _approve,
    Verdict.RETURN: _return,
    Verdict.REFUSE: _refuse,
    Verdict.DEFER: _defer,
    Verdict.RESUME: _resume,
    Verdict.REFER: _refer,
}


def _close(case: Case, view: PackView, by: User, at: datetime) -> None:
    """Record that a case is over and let its kind act on the outcome; an error raised there undoes the decision."""
    kind = kind_of(case.kind)
    workflow = Basis(f"workflow.{case.kind}", view.workflow(case.kind).cites)
    if case.state == CaseState.APPROVED:
        record_event(tag=EventTag.CASE_APPROVED, subject=case, by=by, at=at, view=view, rules=[workflow])
        kind.apply(case, by, at)
    elif case.state == CaseState.REFUSED:
        record_event(tag=EventTag.CASE_REFUSED, subject=case, by=by, at=at, view=view, rules=[workflow])
        _call(kind.on_refuse, case, by, at)
    elif case.state == CaseState.RETURNED:
        _call(kind.on_return, case, by, at)


def _set(step: Step, state: StepState) -> None:
    step.state = state
    step.save(update_fields=["state", "due_on", "due_is_provisional"])


def _save(case: Case, *fields: str) -> None:
    """Save a locked case under the next version."""
    case.version += 1
    case.save(update_fields=["state", "version", *fields])


def _call(effect: Effect | None, case: Case, by: User, at: datetime) -> None:
    if effect is not None:
        effect(case, by, at)
