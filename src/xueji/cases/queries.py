"""Read cases by actor: what a person may see, what waits for them, what they may decide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.cases.clocks import days_left, days_left_of
from xueji.cases.models import Case, CaseState, Decision, Evidence, Step, StepState
from xueji.core.errors import NotFound
from xueji.institutions.models import Appointment
from xueji.institutions.queries import pick, posts_of, school_scope
from xueji.statements import Question, Slot, Statement

__all__ = [
    "barring_reason",
    "case_for",
    "cases_visible_to",
    "days_left",
    "days_left_of",
    "evidence_of",
    "holds_post_of",
    "is_of_school",
    "label_after",
    "labels_by_place",
    "may_decide",
    "open_step_of",
    "queue_counts",
    "queue_figures",
    "queue_of",
    "step_for",
    "steps_visible_to",
    "subject_of",
    "waits_for",
]

_DECIDED_EARLIER = Question(
    lambda: Decision.objects.filter(
        step__case=Slot("case"), step__round=Slot("round"), step__ordinal__lt=Slot("ordinal"), by=Slot("by")
    )
)
_EVIDENCE = Statement(lambda: Evidence.objects.filter(case=Slot("case")).select_related("file", "added_by"))
OPEN_STATES = (StepState.CURRENT, StepState.DEFERRED)


def cases_visible_to(user: User) -> QuerySet[Case]:
    """Return the cases of the schools a person works for or watches over; drafts are the school's own affair.

    Administrators see none: cases speak of persons.
    """
    above = school_scope(user, prefix="school__", permission=Permission.VIEW_BATCHES)
    audited = school_scope(user, prefix="school__", permission=Permission.READ_LEDGER)
    own = Q(school_id__in=_own_schools(user))
    visible = own | ((above | audited) & ~Q(state=CaseState.DRAFT))
    return Case.objects.filter(visible).select_related("school__authority", "opened_by", "submitted_by")


def case_for(user: User, case_id: Any) -> Case:
    """Return a case the person may see, else NotFound."""
    case: Case = pick(cases_visible_to(user), case_id)
    return case


def subject_of(case: Case, among: QuerySet[Any]) -> Any:
    """Return the row of another app that a case is about, holding the case as the caller has it; NotFound where there is none.

    The caller was allowed to see the case, and with it what it decides on.
    """
    found = among.filter(case=case).first()
    if found is None:
        raise NotFound
    found.case = case
    return found


def evidence_of(case: Case) -> list[Evidence]:
    """Return the files attached to a case, as they were attached."""
    return _EVIDENCE.rows(case=case.pk)


def label_after(step: Step) -> str | None:
    """Return the label of the step after this one, None when it is the last."""
    later = step.case.steps.filter(round=step.round, ordinal=step.ordinal + 1)
    return later.values_list("label", flat=True).first()


def labels_by_place(cases: Iterable[int]) -> dict[tuple[int, int, int], str]:
    """Return the labels of all steps of these cases by case, round and place in the round."""
    rows = Step.objects.filter(case__in=cases).order_by().values_list("case_id", "round", "ordinal", "label")
    return {(case, number, place): label for case, number, place, label in rows}


def steps_visible_to(user: User) -> QuerySet[Step]:
    """Return the steps of the cases a person may see."""
    visible = Step.objects.filter(case__in=cases_visible_to(user).order_by())
    return visible.select_related("case__school__authority", "authority")


def step_for(user: User, step_id: Any) -> Step:
    """Return a step the person may see, else NotFound."""
    step: Step = pick(steps_visible_to(user), step_id)
    return step


def queue_of(
    user: User,
    *,
    today: date | None = None,
    kind: str = "",
    school: int | None = None,
    state: str = "",
    overdue: bool = False,
    search: str = "",
) -> QuerySet[Step]:
    """Return the open steps that wait for a post the person holds, soonest due first.

    Annotated: `is_barred` (the two-person rule keeps this person from deciding it) and, when `today` is given,
    `is_overdue`. `overdue` needs `today`.
    """
    steps = Step.objects.filter(_waiting_for(user), state__in=OPEN_STATES).annotate(is_barred=_is_barred(user))
    if today is not None:
        late = Q(state=StepState.CURRENT, due_on__lt=today)
        steps = steps.annotate(is_overdue=ExpressionWrapper(late, output_field=BooleanField()))
        if overdue:
            steps = steps.filter(late)
    narrowed = {"case__kind": kind, "case__school_id": school, "state": state}
    steps = steps.filter(**{field: value for field, value in narrowed.items() if value})
    if search:
        steps = steps.filter(Q(case__title__icontains=search) | Q(case__school__name__icontains=search))
    return steps.select_related("authority", "case__school__authority").order_by(F("due_on").asc(nulls_last=True), "id")


def queue_counts(user: User) -> Mapping[str, int]:
    """Return how many open steps wait for the person, by kind of case."""
    waiting = Step.objects.filter(_waiting_for(user), state=StepState.CURRENT).order_by()
    return dict(waiting.values_list("case__kind").annotate(count=Count("pk")))


def queue_figures(user: User, today: date) -> dict[str, int]:
    """Return how many open steps wait for the person: current, overdue, deferred, due on a provisional day."""
    waiting = Step.objects.filter(_waiting_for(user), state__in=OPEN_STATES).order_by()
    figures: dict[str, int] = waiting.aggregate(
        waiting=Count("pk", filter=Q(state=StepState.CURRENT)),
        overdue=Count("pk", filter=Q(state=StepState.CURRENT, due_on__lt=today)),
        deferred=Count("pk", filter=Q(state=StepState.DEFERRED)),
        provisional=Count("pk", filter=Q(due_is_provisional=True)),
    )
    return figures


def open_step_of(case: Case) -> Step | None:
    """Return the step a case stands at, or None; the database allows one."""
    return case.steps.filter(state__in=OPEN_STATES).select_related("authority").first()


def may_decide(user: User, step: Step) -> bool:
    """Whether the person may decide the step now: it is open, it waits for their post, and the two-person rule allows it."""
    return waits_for(user, step) and barring_reason(user, step) is None


def waits_for(user: User, step: Step) -> bool:
    """Whether the step is open and waits for a post of the person, the two-person rule aside."""
    return step.state in OPEN_STATES and holds_post_of(user, step)


def holds_post_of(user: User, step: Step) -> bool:
    """Whether the person holds the post at the very place that decides the step."""
    return any(held.post == step.post and _is_at(held, step) for held in posts_of(user))


def barring_reason(user: User, step: Step) -> str | None:
    """Return why the two-person rule (双岗) keeps this person from the step, or None.

    Whoever submitted the round or decided an earlier step of it may not decide, whatever posts they hold.
    """
    if step.case.submitted_by_id == user.pk:
        return "办件由您提交，须由他人审核（双岗）"
    if _DECIDED_EARLIER.yes(case=step.case_id, round=step.round, ordinal=step.ordinal, by=user.pk):
        return "您已在本轮前面的环节作出决定，须由他人审核（双岗）"
    return None


def is_of_school(user: User, school_id: int) -> bool:
    """Whether the person holds a post in the school itself."""
    return school_id in _own_schools(user)


def _own_schools(user: User) -> list[int]:
    return [held.school_id for held in posts_of(user) if held.school_id is not None]


def _is_at(held: Appointment, step: Step) -> bool:
    if step.authority_id is None:
        return held.school_id is not None and held.school_id == step.case.school_id
    return held.authority_id == step.authority_id


def _waiting_for(user: User) -> Q:
    """Return the condition that a step waits for a post the person holds at its place."""
    waiting = Q(pk__in=[])
    for held in posts_of(user):
        if held.authority_id:
            waiting |= Q(post=held.post, authority_id=held.authority_id)
        else:
            waiting |= Q(post=held.post, authority__isnull=True, case__school_id=held.school_id)
    return waiting


def _is_barred(user: User) -> ExpressionWrapper:
    earlier = Decision.objects.filter(
        step__case=OuterRef("case"), step__round=OuterRef("round"), step__ordinal__lt=OuterRef("ordinal"), by=user
    )
    return ExpressionWrapper(Q(case__submitted_by=user) | Exists(earlier), output_field=BooleanField())
