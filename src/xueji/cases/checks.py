"""What stands in the way of an act on a case: asked by the actions, under the lock, before anything is written."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from xueji.accounts.models import User
from xueji.cases import rounds
from xueji.cases.kinds import CaseKind, kind_of
from xueji.cases.models import Case, CaseParty, CaseState, Step, StepState, Verdict
from xueji.cases.parties import main_party_of
from xueji.cases.queries import (
    OPEN_STATES,
    acts_for,
    barring_reason,
    files_for,
    holds_post_of,
    open_step_of,
    step_for,
)
from xueji.core.errors import AlreadyDecided, BadInput, Conflict, NotPermitted, RuleViolation, StaleVersion
from xueji.core.findings import Finding, Severity, errors_of
from xueji.core.packs import PackView
from xueji.institutions.queries import require_permission, school_for
from xueji.statements import Slot, Statement

_LOCKED = Statement(
    lambda: (
        Case.objects.select_for_update(of=("self",))
        .filter(pk=Slot("case"))
        .select_related("school__authority")
        .order_by()
    )
)
_STEP = Statement(
    lambda: Step.objects.filter(pk=Slot("step")).select_related("authority", "school__authority").order_by()
)
OVER_STATES = {CaseState.APPROVED, CaseState.REFUSED, CaseState.WITHDRAWN, CaseState.REFERRED}


@transaction.atomic(savepoint=False)  # it only reads
def lock_case(case: Case) -> Case:
    """Return the case as it is now, its row locked until the transaction ends. Apps lock it before they change its subject."""
    return _LOCKED.only(case=case.pk)


def lock_open_step(
    step: Step, by: User, expected_version: int | None, verdict: Verdict | None = None
) -> tuple[Case, Step]:
    """Return case and step as they are under the lock, for a person who may act on the step now; refuse everybody else.

    NotFound when they may not see the case, NotPermitted when it waits for another post or the two-person rule keeps
    them out, AlreadyDecided when somebody was first, StaleVersion when their page is older than the case.
    """
    seen = step_for(by, step.pk)
    if not holds_post_of(by, seen):
        raise NotPermitted(f"本环节由{seen.place.name}的{seen.get_post_display()}办理")
    case = lock_case(seen.case)
    current = _STEP.only(step=seen.pk)
    current.case = case
    require_open(current, case, verdict)
    require_version(case, expected_version)
    if barred := barring_reason(by, current):
        raise NotPermitted(barred)
    return case, current


def require_opener(kind: CaseKind, main: CaseParty, user: User) -> None:
    """NotFound when the school is not the person's to know of, NotPermitted unless they may open this kind of case for it.

    An authority's case is opened by its own people, an applicant's by the applicant.
    """
    if main.school is not None:
        school_for(user, main.school.pk)
        if kind.opens is not None:
            require_permission(user, kind.opens, school=main.school)
    elif not acts_for(user, main, kind.opens):
        raise NotPermitted(f"只有{main}可以申请{kind.label}")


def require_open(step: Step, case: Case, verdict: Verdict | None) -> None:
    """Refuse a verdict on a step that is not open for it: not reached, decided, or deferred."""
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
    if verdict is None:
        return
    if step.state == StepState.PAUSED:
        raise Conflict("本环节期限中止中，请先恢复计算期限")
    if step.state == StepState.DEFERRED and verdict != Verdict.RESUME:
        already = "本环节已经暂缓" if verdict == Verdict.DEFER else "本环节暂缓中，请先恢复办理"
        raise AlreadyDecided(already) if verdict == Verdict.DEFER else Conflict(already)
    if step.state == StepState.CURRENT and verdict == Verdict.RESUME:
        raise Conflict("本环节没有暂缓，无需恢复")


def require_allowed(step: Step, view: PackView, verdict: Verdict, reasons: str) -> None:
    """Refuse a verdict the pack does not allow at the step, and a no without reasons."""
    asked = Verdict.DEFER if verdict == Verdict.RESUME else verdict  # what may be deferred may be resumed
    spec = rounds.spec_of(step, view)
    if asked not in spec.verdicts:
        allowed = "、".join(Verdict(v).label for v in spec.verdicts)
        raise BadInput(f"「{step.label}」只能作出：{allowed}")
    if verdict not in (Verdict.APPROVE, Verdict.RESUME) and not reasons:
        message = f"{verdict.label}须写明理由"
        raise RuleViolation([Finding("case.reasons_given", Severity.ERROR, message, field="reasons", cites=spec.cites)])


def require_approvable(case: Case, verdict: Verdict) -> None:
    """Refuse an approval while the kind's own check finds errors."""
    check = kind_of(case.kind).check_approval
    if verdict == Verdict.APPROVE and check is not None and errors_of(findings := check(case)):
        raise RuleViolation(findings)


def require_version(case: Case, expected: int | None) -> None:
    """Refuse what was decided on a page older than the case."""
    if expected is not None and case.version != expected:
        raise StaleVersion("办件在您打开页面之后已有变化，请刷新后再办理")


def require_filer(user: User, case: Case, act: str) -> None:
    """NotPermitted unless the person files the case for its main party."""
    if not files_for(user, case):
        raise NotPermitted(f"只有{main_party_of(case)}的人员可以{act}")


def require_may_attach(case: Case, user: User) -> None:
    """Refuse a file from whoever the case does not lie with."""
    if case.state in OVER_STATES:
        raise Conflict(f"办件{case.get_state_display()}，不能再上传材料")
    if case.state in (CaseState.DRAFT, CaseState.RETURNED):
        require_filer(user, case, "上传材料")
        return
    step = open_step_of(case)
    if step is not None and step.state == StepState.PAUSED and files_for(user, case):
        return  # what the term waits for is theirs to bring
    if step is None or not holds_post_of(user, step):
        raise NotPermitted("办件办理中，只有当前环节的办理人可以上传材料；学校补充材料须先退回或撤回")
