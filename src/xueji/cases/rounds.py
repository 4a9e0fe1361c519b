"""A round of a case: its steps from the pack's workflow, opened one after the other. Called with the case row locked."""

from __future__ import annotations

from datetime import date, datetime

from xueji.cases.clocks import due, place_of, term_of
from xueji.cases.models import Case, Step, StepState
from xueji.core.errors import Conflict
from xueji.core.packs import PackView
from xueji.core.workflow import StepSpec
from xueji.institutions.calendars import working_calendar
from xueji.institutions.models import Authority
from xueji.institutions.queries import authority_at
from xueji.ledger.actions import Basis


def open_round(case: Case, view: PackView, *, opened_on: date, at: datetime) -> list[Step]:
    """Lay out the steps of the next round and open the first, return them all; Conflict when the school's line has nobody to decide."""
    case.round += 1
    steps = [
        Step(
            case=case, round=case.round, ordinal=ordinal, key=spec.key, label=spec.label, level=spec.level,
            post=spec.post, authority=authority,
        )
        for ordinal, (spec, authority) in enumerate(places_of(case, view), start=1)
    ]  # fmt: skip
    if not steps:
        raise Conflict(f"{case.school.name}的主管系统中没有可以办理此事的机关，请与系统管理员联系")
    _start(steps[0], view, opened_on, at)
    Step.objects.bulk_create(steps)
    return steps


def places_of(case: Case, view: PackView) -> list[tuple[StepSpec, Authority | None]]:
    """Return the steps that apply to the case's school, each with the authority that decides (None: the school).

    A level the school's own line of authorities lacks is left out: a school directly under the city has no county.
    So is a step for schools without a level (`unless`) where the school has it.
    """
    places: list[tuple[StepSpec, Authority | None]] = []
    for spec in view.workflow(case.kind).steps:
        if spec.unless and authority_at(case.school, spec.unless):
            continue
        if spec.level == Step.Place.SCHOOL:
            places.append((spec, None))
        elif authority := authority_at(case.school, spec.level):
            places.append((spec, authority))
    return places


def require_every_step(case: Case, view: PackView) -> None:
    """Conflict when a step the case must go through is not in its round: no case ends by a way shorter than the pack's.

    A step taken out of the table leaves nothing open behind it, and the case would end as if all had agreed.
    """
    there = set(case.steps.filter(round=case.round, state=StepState.APPROVED).values_list("key", flat=True))
    if missing := [spec.label for spec, _ in places_of(case, view) if spec.key not in there]:
        raise Conflict(
            f"本轮没有「{'、'.join(missing)}」环节的同意意见，不能办结；请退回后由学校重新提交，并报告系统管理员"
        )


def open_next(step: Step, view: PackView, *, opened_on: date, at: datetime) -> Step | None:
    """Open the step after an approved one, or return None when it was the last."""
    later = Step.objects.filter(case_id=step.case_id, round=step.round, ordinal=step.ordinal + 1)
    following = later.select_related("authority", "case__school__authority").first()
    if following is not None:
        _start(following, view, opened_on, at)
        following.save(update_fields=["state", "opened_at", "due_on", "due_is_provisional"])
    return following


def end_steps(case: Case) -> None:
    """Cancel whatever of the round is still to be decided."""
    unfinished = [StepState.WAITING, StepState.CURRENT, StepState.DEFERRED]
    case.steps.filter(state__in=unfinished).update(state=StepState.CANCELLED)


def restart_clock(step: Step, view: PackView) -> None:
    """Set the term of a step whose resumption is recorded to what was left of it when it was deferred; the caller saves."""
    if term := term_of(step, spec_of(step, view), view, working_calendar(view, place_of(step))):
        step.due_on, step.due_is_provisional = term.on, term.provisional


def spec_of(step: Step, view: PackView) -> StepSpec:
    """Return what the pack says of a step; Conflict when the workflow in force no longer has it."""
    for spec in view.workflow(step.case.kind).steps:
        if spec.key == step.key:
            return spec
    raise Conflict(f"适用的办理流程中已没有「{step.label}」环节，请由学校撤回后重新办理")


def basis_of(step: Step, view: PackView) -> list[Basis]:
    """Return what a decision on the step stands on: the clauses of the step, else those of its workflow, and of its term."""
    spec, workflow = spec_of(step, view), view.workflow(step.case.kind)
    basis = [Basis(f"workflow.{workflow.kind}.{spec.key}", spec.cites or workflow.cites)]
    if spec.clock is not None and view.clock(spec.clock).cites:
        basis.append(Basis(f"clock.{spec.clock}", view.clock(spec.clock).cites))
    return basis


def _start(step: Step, view: PackView, opened_on: date, at: datetime) -> None:
    step.state, step.opened_at = StepState.CURRENT, at
    if term := due(spec_of(step, view), view, opened_on, working_calendar(view, place_of(step))):
        step.due_on, step.due_is_provisional = term.on, term.provisional
