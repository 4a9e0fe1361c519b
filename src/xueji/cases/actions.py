"""Every write of the approval engine: open, submit, decide, withdraw, attach evidence.

Who may act is looked up first; then the case row is locked, once, and the state is judged as it is under the lock.
So a second click, a second officer and an old page are all told what happened, and nothing happens twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from xueji.accounts.models import User
from xueji.cases import rounds
from xueji.cases.evidence import clean_file_name, media_type_of
from xueji.cases.kinds import Effect, kind_of
from xueji.cases.law import law_of
from xueji.cases.models import Case, CaseState, Decision, Evidence, Step, StepState, Verdict
from xueji.cases.queries import (
    OPEN_STATES,
    barring_reason,
    case_for,
    holds_post_of,
    is_of_school,
    open_step_of,
    step_for,
)
from xueji.core.errors import AlreadyDecided, BadInput, Conflict, NotPermitted, RuleViolation, StaleVersion, XuejiError
from xueji.core.findings import Finding, Severity, errors_of
from xueji.core.packs import PackView
from xueji.documents.storage import store_bytes
from xueji.institutions.models import School
from xueji.institutions.queries import pack_of, school_for
from xueji.ledger.actions import Basis, mask_identity_numbers, record_event
from xueji.ledger.tags import EventTag

_OVER = {CaseState.APPROVED, CaseState.REFUSED, CaseState.WITHDRAWN}
_TAGS = {
    Verdict.APPROVE: EventTag.STEP_APPROVED,
    Verdict.RETURN: EventTag.STEP_RETURNED,
    Verdict.REFUSE: EventTag.STEP_REFUSED,
    Verdict.DEFER: EventTag.STEP_DEFERRED,
    Verdict.RESUME: EventTag.STEP_RESUMED,
}
_MAX_REASONS = 2000


@transaction.atomic
def open_case(*, kind: str, school: School, title: str, legal_date: date, by: User, at: datetime) -> Case:
    """Open a draft for a school, under the pack that governs it on the legal date."""
    kind_of(kind)
    school_for(by, school.pk)
    pack = pack_of(school)
    view = pack.on(legal_date)
    workflow = view.workflow(kind)
    case = Case.objects.create(
        kind=kind, title=mask_identity_numbers(title)[:200], school=school, pack=pack.id, pack_hash=pack.hash,
        legal_date=legal_date, opened_by=by, opened_at=at,
    )  # fmt: skip
    basis = [Basis(f"workflow.{kind}", workflow.cites)]
    after = {"kind": workflow.label, "legal_date": legal_date}
    record_event(tag=EventTag.CASE_OPENED, subject=case, by=by, at=at, view=view, rules=basis, after=after)
    return case


@transaction.atomic
def submit_case(*, case: Case, by: User, at: datetime, expected_version: int | None = None) -> Case:
    """Submit a draft or a returned case: its rules run, and a new round opens with every step again."""
    _require_own_school(by, case_for(by, case.pk), "提交")
    held = lock_case(case)
    _check_version(held, expected_version)
    if held.state not in (CaseState.DRAFT, CaseState.RETURNED):
        raise Conflict(f"办件{held.get_state_display()}，不能提交")
    kind, view = kind_of(held.kind), law_of(held)
    findings = kind.check(held)
    if errors_of(findings):
        raise RuleViolation(findings)
    steps = rounds.open_round(held, view, opened_on=timezone.localdate(at), at=at)
    held.pack_hash = view.pack.hash
    held.state, held.submitted_by, held.submitted_at = CaseState.IN_PROGRESS, by, at
    _save(held, "round", "pack_hash", "submitted_by", "submitted_at")
    basis = [Basis(f"workflow.{held.kind}", view.workflow(held.kind).cites), *findings]
    first = steps[0]
    after = {
        "round": held.round, "step": first.label, "due_on": first.due_on, "provisional": first.due_is_provisional,
        "steps": [step.key for step in steps],
    }  # fmt: skip
    record_event(tag=EventTag.CASE_SUBMITTED, subject=held, by=by, at=at, view=view, rules=basis, after=after)
    _call(kind.on_submit, held, by, at)
    return held


@transaction.atomic
def decide_step(
    *, step: Step, verdict: str, by: User, at: datetime, reasons: str = "", expected_version: int | None = None
) -> Case:
    """Decide the open step of a case: approve, return, refuse, defer or resume.

    NotFound when the person may not see the case, NotPermitted when it waits for another post or the two-person
    rule keeps them out, AlreadyDecided when somebody was first (the same person's second click too), StaleVersion
    when the page was made before the case last changed.
    """
    verdict = Verdict(verdict)
    seen = step_for(by, step.pk)
    if not holds_post_of(by, seen):
        place = seen.authority.name if seen.authority else seen.case.school.name
        raise NotPermitted(f"本环节由{place}的{seen.get_post_display()}办理")
    case = lock_case(seen.case)
    current = Step.objects.select_related("authority").get(pk=seen.pk)
    current.case = case
    _check_open(current, case, verdict)
    _check_version(case, expected_version)
    if barred := barring_reason(by, current):
        raise NotPermitted(barred)
    view = law_of(case)
    reasons = mask_identity_numbers(reasons.strip())[:_MAX_REASONS]
    _check_verdict(current, view, verdict, reasons)
    _check_approval(case, verdict)
    Decision.objects.create(step=current, verdict=verdict, reasons=reasons, by=by, at=at)
    before = {"step": current.label, "state": current.get_state_display(), "round": case.round}
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

    @property
    def is_done(self) -> bool:
        """Whether the row was decided."""
        return self.error is None

    @property
    def message(self) -> str:
        """What to tell the person."""
        return "已办理" if self.error is None else self.error.message


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
            outcomes[index] = BulkOutcome(row.step, case, None)
        except XuejiError as error:
            outcomes[index] = BulkOutcome(row.step, None, error)
    return [outcomes[index] for index in range(len(rows))]


@transaction.atomic
def withdraw_case(*, case: Case, by: User, at: datetime, reason: str = "", expected_version: int | None = None) -> Case:
    """Withdraw a case that is not over; its open step ends, and what was decided stays on record."""
    _require_own_school(by, case_for(by, case.pk), "撤回")
    held = lock_case(case)
    _check_version(held, expected_version)
    if held.state in _OVER:
        raise Conflict(f"办件{held.get_state_display()}，不能撤回")
    before = {"state": held.get_state_display(), "round": held.round}
    rounds.end_steps(held)
    held.state, held.closed_at = CaseState.WITHDRAWN, at
    _save(held, "closed_at")
    record_event(
        tag=EventTag.CASE_WITHDRAWN, subject=held, by=by, at=at, view=law_of(held), before=before,
        note=reason.strip()[:_MAX_REASONS],
    )  # fmt: skip
    _call(kind_of(held.kind).on_withdraw, held, by, at)
    return held


@transaction.atomic
def attach_evidence(*, case: Case, kind: str, file_name: str, data: bytes, by: User, at: datetime) -> Evidence:
    """Attach a file: the school while the case is in its hands, the officer while it lies at their step.

    The same file under the same kind again returns the first row.
    """
    seen = case_for(by, case.pk)
    name = clean_file_name(file_name)
    if len(data) > settings.MAX_EVIDENCE_BYTES:
        limit = settings.MAX_EVIDENCE_BYTES // 1024 // 1024
        raise BadInput(f"「{name}」有 {len(data) / 1024 / 1024:.1f} MB，超过 {limit} MB；请压缩或分成几份上传")
    media_type = media_type_of(data, name)
    held = lock_case(seen)
    _check_may_attach(held, by)
    stored = store_bytes(data, media_type)
    label = mask_identity_numbers(kind.strip())[:60] or "证明材料"
    if there := held.evidence.filter(kind=label, file=stored).first():
        return there
    evidence = Evidence.objects.create(
        case=held, kind=label, file_name=mask_identity_numbers(name), file=stored, added_by=by, added_at=at
    )
    after = {"kind": label, "file_name": evidence.file_name, "file": stored.address, "bytes": len(data)}
    record_event(
        tag=EventTag.EVIDENCE_ATTACHED, subject=evidence, parent=held, school_id=held.school_id, by=by, at=at,
        view=law_of(held), after=after,
    )  # fmt: skip
    return evidence


@transaction.atomic
def lock_case(case: Case) -> Case:
    """Return the case as it is now, its row locked until the transaction ends. Apps lock it before they change its subject."""
    return Case.objects.select_for_update(of=("self",)).select_related("school__authority").get(pk=case.pk)


# -- what each verdict does, under the lock


def _approve(case: Case, step: Step, view: PackView, by: User, at: datetime) -> None:  # noqa: ARG001  # one signature for all
    _set(step, StepState.APPROVED)
    following = rounds.open_next(step, view, opened_on=timezone.localdate(at), at=at)
    if following is None:
        rounds.require_every_step(case, view)
        case.state, case.closed_at = CaseState.APPROVED, at
    _save(case, "closed_at")


def _return(case: Case, step: Step, view: PackView, by: User, at: datetime) -> None:  # noqa: ARG001  # as above
    _set(step, StepState.RETURNED)
    rounds.end_steps(case)
    case.state = CaseState.RETURNED
    _save(case)


def _refuse(case: Case, step: Step, view: PackView, by: User, at: datetime) -> None:  # noqa: ARG001  # as above
    _set(step, StepState.REFUSED)
    rounds.end_steps(case)
    case.state, case.closed_at = CaseState.REFUSED, at
    _save(case, "closed_at")


def _defer(case: Case, step: Step, view: PackView, by: User, at: datetime) -> None:  # noqa: ARG001  # as above
    _set(step, StepState.DEFERRED)
    _save(case)


def _resume(case: Case, step: Step, view: PackView, by: User, at: datetime) -> None:  # noqa: ARG001  # as above
    rounds.restart_clock(step, view)
    _set(step, StepState.CURRENT)
    _save(case)


_EFFECTS = {
    Verdict.APPROVE: _approve,
    Verdict.RETURN: _return,
    Verdict.REFUSE: _refuse,
    Verdict.DEFER: _defer,
    Verdict.RESUME: _resume,
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


# -- what stands in the way


def _check_open(step: Step, case: Case, verdict: Verdict) -> None:
    if step.state == StepState.WAITING:
        raise Conflict("前面的环节尚未办结")
    if step.state not in OPEN_STATES:
        last = step.decisions.select_related("by").order_by("id").last()
        if last is None:
            raise AlreadyDecided(f"办件{case.get_state_display()}，本环节已终止")
        when = timezone.localtime(last.at)
        raise AlreadyDecided(
            f"本环节已由{last.by.full_name}于{when:%Y-%m-%d %H:%M}作出「{last.get_verdict_display()}」决定"
        )
    if step.state == StepState.DEFERRED and verdict != Verdict.RESUME:
        already = "本环节已经暂缓" if verdict == Verdict.DEFER else "本环节暂缓中，请先恢复办理"
        raise AlreadyDecided(already) if verdict == Verdict.DEFER else Conflict(already)
    if step.state == StepState.CURRENT and verdict == Verdict.RESUME:
        raise Conflict("本环节没有暂缓，无需恢复")


def _check_verdict(step: Step, view: PackView, verdict: Verdict, reasons: str) -> None:
    asked = Verdict.DEFER if verdict == Verdict.RESUME else verdict  # what may be deferred may be resumed
    spec = rounds.spec_of(step, view)
    if asked not in spec.verdicts:
        allowed = "、".join(Verdict(v).label for v in spec.verdicts)
        raise BadInput(f"「{step.label}」只能作出：{allowed}")
    if verdict not in (Verdict.APPROVE, Verdict.RESUME) and not reasons:
        message = f"{verdict.label}须写明理由"
        raise RuleViolation([Finding("case.reasons_given", Severity.ERROR, message, field="reasons", cites=spec.cites)])


def _check_approval(case: Case, verdict: Verdict) -> None:
    check = kind_of(case.kind).check_approval
    if verdict == Verdict.APPROVE and check is not None and errors_of(findings := check(case)):
        raise RuleViolation(findings)


def _check_version(case: Case, expected: int | None) -> None:
    if expected is not None and case.version != expected:
        raise StaleVersion("办件在您打开页面之后已有变化，请刷新后再办理")


def _require_own_school(user: User, case: Case, act: str) -> None:
    if not is_of_school(user, case.school_id):
        raise NotPermitted(f"只有{case.school.name}的人员可以{act}")


def _check_may_attach(case: Case, user: User) -> None:
    if case.state in _OVER:
        raise Conflict(f"办件{case.get_state_display()}，不能再上传材料")
    if case.state in (CaseState.DRAFT, CaseState.RETURNED):
        _require_own_school(user, case, "上传材料")
        return
    step = open_step_of(case)
    if step is None or not holds_post_of(user, step):
        raise NotPermitted("办件办理中，只有当前环节的办理人可以上传材料；学校补充材料须先退回或撤回")


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
