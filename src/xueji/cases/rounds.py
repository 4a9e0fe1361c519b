"""A round of a case: its steps from the pack's workflow, opened one after the other. Called with the case row locked."""

from __future__ import annotations

from datetime import date, datetime

from xueji.cases.clocks import due, place_of, term_of
from xueji.cases.models import Case, Step, StepState, Verdict
from xueji.cases.parties import main_party_of, routing_facts
from xueji.core import routing
from xueji.core.errors import Conflict
from xueji.core.packs import PackView
from xueji.core.workflow import TWO_HANDS, StepSpec
from xueji.institutions.calendars import working_calendar
from xueji.institutions.models import Authority, School
from xueji.ledger.actions import Basis
from xueji.statements import Slot, Statement

_WORDS = {StepState.APPROVED: Verdict.APPROVE.value, StepState.REFUSED: Verdict.REFUSE.value}
_DECIDED = Statement(
    lambda: (
        Step.objects.filter(case=Slot("case"), round=Slot("round"), state__in=list(_WORDS))
        .order_by()
        .values_list("key", "state")
    )
)
_LATER = Statement(
    lambda: (
        Step.objects.filter(case=Slot("case"), round=Slot("round"), ordinal__gt=Slot("ordinal"))
        .select_related("authority", "school__authority")
        .order_by("ordinal")
    )
)


def open_round(case: Case, view: PackView, *, opened_on: date, at: datetime) -> list[Step]:
    """Lay out the steps of the next round and open the first, return them all; Conflict when the school's line has nobody to decide."""
    case.round += 1
    steps = [
        Step(
            case=case, round=case.round, ordinal=ordinal, key=place.spec.key, label=place.spec.label, level=place.level,
            post=place.post, settles=list(place.spec.settles), hands=place.spec.hands, **_at(decider),
        )
        for ordinal, (place, decider) in enumerate(places_of(case, view), start=1)
    ]  # fmt: skip
    if not steps:
        raise Conflict(f"{main_party_of(case)}的主管系统中没有可以办理此事的机关，请与系统管理员联系")
    _start(steps[0], view, opened_on, at)
    Step.objects.bulk_create(steps)
    return steps


def places_of(case: Case, view: PackView) -> list[tuple[routing.Place, School | Authority]]:
    """Return the places that decide a case under its pack, each with the school or authority it is (`core.routing`)."""
    facts, authorities, schools = routing_facts(case)
    places = routing.places_for(view.workflow(case.kind), facts)
    return [(place, authorities[place.office.id] if place.office else schools[place.school or 0]) for place in places]


def _at(decider: School | Authority) -> dict[str, School | Authority]:
    return {"school": decider} if isinstance(decider, School) else {"authority": decider}


def require_every_step(case: Case, view: PackView) -> None:
    """Conflict when a step the case must go through is not in its round: no case ends by a way shorter than the pack's.

    A step taken out of the table leaves nothing open behind it, and the case would end as if all had agreed.
    """
    verdicts = _verdicts_of(case)
    specs = [place.spec for place, _ in places_of(case, view)]
    missing = [spec.label for spec in specs if spec.key not in verdicts and routing.is_called_for(spec, verdicts)]
    if missing:
        raise Conflict(
            f"本轮没有「{'、'.join(missing)}」环节的同意意见，不能办结；请退回后由学校重新提交，并报告系统管理员"
        )


def is_refused(case: Case, view: PackView) -> bool:
    """Whether a refusal of the round stands: no later step that was to settle it overruled it."""
    specs = view.workflow(case.kind).steps
    return any(spec.settles for spec in specs) and routing.is_refused(specs, _verdicts_of(case))


def may_be_settled(step: Step, view: PackView) -> bool:
    """Whether a refusal at a step leaves its case open: a later step of the round settles it."""
    specs = view.workflow(step.case.kind).steps
    if not routing.may_be_settled(step.key, specs):
        return False
    later = Step.objects.filter(case_id=step.case_id, round=step.round, ordinal__gt=step.ordinal)
    laid_before = set(later.values_list("key", flat=True))
    return routing.may_be_settled(step.key, [spec for spec in specs if spec.key in laid_before])


def _verdicts_of(case: Case) -> dict[str, str]:
    """Return how the decided steps of the round ended, by key."""
    return {key: _WORDS[StepState(state)] for key, state in _DECIDED.rows(case=case.pk, round=case.round)}


def open_next(step: Step, view: PackView, *, opened_on: date, at: datetime) -> Step | None:
    """Open the next step that is called for after a decided one, or return None when there is none left.

    A step that would settle what does not differ is passed over.
    """
    for following in _LATER.rows(case=step.case_id, round=step.round, ordinal=step.ordinal):
        following.case = step.case
        if following.settles and not routing.is_called_for(spec_of(following, view), _verdicts_of(step.case)):
            following.state = StepState.SKIPPED
            following.save(update_fields=["state"])
            continue
        _start(following, view, opened_on, at)
        following.save(update_fields=["state", "opened_at", "due_on", "due_is_provisional"])
        return following
    return None


def end_steps(case: Case) -> None:
    """Cancel whatever of the round is still to be decided."""
    unfinished = [StepState.WAITING, StepState.CURRENT, StepState.DEFERRED, StepState.PAUSED]
    case.steps.filter(state__in=unfinished).update(state=StepState.CANCELLED)


def restart_clock(step: Step, view: PackView) -> None:
    """Set the term of a step whose resumption is recorded to what was left of it when it stopped; the caller saves."""
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
    if step.hands == TWO_HANDS:
        basis.append(Basis(f"workflow.{workflow.kind}.{spec.key}.hands", spec.hands_cites))
    if spec.clock is not None and view.clock(spec.clock).cites:
        basis.append(Basis(f"clock.{spec.clock}", view.clock(spec.clock).cites))
    return basis


def _start(step: Step, view: PackView, opened_on: date, at: datetime) -> None:
    step.state, step.opened_at = StepState.CURRENT, at
    if term := due(spec_of(step, view), view, opened_on, working_calendar(view, place_of(step))):
        step.due_on, step.due_is_provisional = term.on, term.provisional
