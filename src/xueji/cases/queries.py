"""Read cases by actor: what a person may see, what waits for them, what they may decide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db.models import (
    BigAutoField,
    BooleanField,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.cases.clocks import days_left, days_left_of
from xueji.cases.kinds import kind_of
from xueji.cases.models import (
    Case,
    CaseParty,
    CaseState,
    ClockPause,
    Decision,
    Evidence,
    Proposal,
    Step,
    StepState,
    Verdict,
)
from xueji.cases.parties import main_party_of
from xueji.cases.proposal_queries import open_proposal_of
from xueji.cases.visibility import cases_visible_to, own_schools, plainly_sees, waiting_for, with_filer
from xueji.core.errors import NotFound
from xueji.core.workflow import MAIN_ROLE
from xueji.institutions.models import Appointment
from xueji.institutions.posts import PERMISSIONS_OF
from xueji.institutions.queries import pick, posts_of
from xueji.statements import Existence, Slot, Statement

__all__ = [
    "acts_for",
    "barring_reason",
    "case_for",
    "cases_ever_returned",
    "cases_of_schools",
    "cases_visible_to",
    "days_left",
    "days_left_of",
    "decisions_of_round",
    "evidence_of",
    "files_for",
    "holds_post_of",
    "is_of_school",
    "label_after",
    "labels_by_place",
    "main_party_of",
    "may_decide",
    "open_pause_of",
    "open_step_of",
    "queue_counts",
    "queue_figures",
    "queue_of",
    "step_for",
    "steps_of_round",
    "steps_visible_to",
    "subject_of",
    "waits_for",
]

OPEN_STATES = (StepState.CURRENT, StepState.DEFERRED, StepState.PAUSED)
_HAND_EARLIER = Existence(
    lambda: Step.objects.filter(
        Q(decisions__by=Slot("by")) | Q(proposals__by=Slot("by")),
        case=Slot("case"), round=Slot("round"), ordinal__lt=Slot("ordinal"),
    )
)  # fmt: skip
_CASE = Statement(lambda: with_filer(Case.objects.filter(pk=Slot("case"))))
_STEP = Statement(lambda: _with_places(Step.objects.filter(pk=Slot("step"))))
_OPEN_STEP = Statement(
    lambda: (
        Step.objects.filter(case=Slot("case"), state__in=OPEN_STATES)
        .select_related("authority", "school__authority")
        .order_by("pk")[:1]
    )
)
_EVIDENCE = Statement(lambda: Evidence.objects.filter(case=Slot("case")).select_related("file", "added_by"))
_STEPS = Statement(lambda: Step.objects.filter(case=Slot("case"), round=Slot("round")).order_by("ordinal"))
_DECISIONS = Statement(
    lambda: (
        Decision.objects.filter(step__case=Slot("case"), step__round=Slot("round")).select_related("by").order_by("id")
    )
)
PROPOSED = "proposed"  # of the queue: a verdict was proposed and waits for a second person


def cases_of_schools(user: User, kinds: Iterable[str], schools: Iterable[int]) -> QuerySet[Case]:
    """Return the cases of these kinds that these schools file, or are another party to, as far as the person may see them."""
    named, places = list(kinds), list(schools)
    of_schools = Q(school_id__in=places)
    if any(kind_of(kind).parties != (MAIN_ROLE,) for kind in named):
        of_schools |= Q(pk__in=CaseParty.objects.filter(school__in=places).order_by().values("case"))
    return cases_visible_to(user).filter(of_schools, kind__in=named)


def unfinished_of(schools: Iterable[int], kinds: Iterable[str], limit: int) -> list[Case]:
    """Return what schools still have in hand of these kinds: returned ones first, each with the opinion it came back with, then drafts."""
    returns = Decision.objects.filter(step__case=OuterRef("pk"), verdict=Verdict.RETURN).order_by("-id")
    in_hand = Case.objects.filter(school__in=schools, kind__in=kinds, state__in=[CaseState.RETURNED, CaseState.DRAFT])
    with_opinion = in_hand.annotate(opinion=Subquery(returns.values("reasons")[:1]), is_new=Q(state=CaseState.DRAFT))
    return list(with_opinion.order_by("is_new", "-id")[:limit])


def case_for(user: User, case_id: object) -> Case:
    """Return a case the person may see, else NotFound."""
    found = _CASE.row(case=case_id) if _is_key(case_id) else None
    if found is not None and plainly_sees(user, found):  # the statement of everybody's cases is long to put together
        return found
    case: Case = pick(cases_visible_to(user), case_id)
    return case


def _is_key(key: object) -> bool:
    return type(key) is int and 0 < key <= BigAutoField.MAX_BIGINT


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
    return _with_places(Step.objects.filter(case__in=cases_visible_to(user).order_by()))


def _with_places(steps: QuerySet[Step]) -> QuerySet[Step]:
    return steps.select_related("case__school__authority", "authority", "school__authority")


def step_for(user: User, step_id: object) -> Step:
    """Return a step the person may see, else NotFound."""
    found = _STEP.row(step=step_id) if _is_key(step_id) else None
    if found is not None and plainly_sees(user, found.case):  # as for its case
        return found
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

    Annotated: `is_barred` (the two-person rule keeps this person from deciding it), `is_proposed` (a verdict waits for
    a second person; `state` «proposed» takes these alone) and, when `today` is given, `is_overdue`. `overdue` needs `today`.
    """
    steps = Step.objects.filter(waiting_for(user), state__in=OPEN_STATES)
    steps = steps.annotate(is_barred=_is_barred(user), is_proposed=Exists(_open_proposals()))
    if state == PROPOSED:
        steps, state = steps.filter(is_proposed=True), ""
    if today is not None:
        late = Q(state=StepState.CURRENT, due_on__lt=today)
        steps = steps.annotate(is_overdue=ExpressionWrapper(late, output_field=BooleanField()))
        if overdue:
            steps = steps.filter(late)
    narrowed = {"case__kind": kind, "case__school_id": school, "state": state}
    steps = steps.filter(**{field: value for field, value in narrowed.items() if value})
    if search:
        steps = steps.filter(Q(case__title__icontains=search) | Q(case__school__name__icontains=search))
    related = ("authority", "school__authority", "case__school__authority")
    return steps.select_related(*related).order_by(F("due_on").asc(nulls_last=True), "id")


def queue_counts(user: User) -> Mapping[str, int]:
    """Return how many open steps wait for the person, by kind of case."""
    waiting = Step.objects.filter(waiting_for(user), state=StepState.CURRENT).order_by()
    return dict(waiting.values_list("case__kind").annotate(count=Count("pk")))


def queue_figures(user: User, today: date) -> dict[str, int]:
    """Return how many open steps wait for the person: current, to be confirmed, overdue, standing still, due on a provisional day."""
    waiting = Step.objects.filter(waiting_for(user), state__in=OPEN_STATES).order_by()
    figures: dict[str, int] = waiting.aggregate(
        waiting=Count("pk", filter=Q(state=StepState.CURRENT)),
        proposed=Count("pk", filter=Q(Exists(_open_proposals()))),
        overdue=Count("pk", filter=Q(state=StepState.CURRENT, due_on__lt=today)),
        deferred=Count("pk", filter=Q(state=StepState.DEFERRED)),
        paused=Count("pk", filter=Q(state=StepState.PAUSED)),
        provisional=Count("pk", filter=Q(due_is_provisional=True)),
    )
    return figures


def open_step_of(case: Case) -> Step | None:
    """Return the step a case stands at, or None; the database allows one."""
    step = _OPEN_STEP.row(case=case.pk)
    if step is not None:
        step.case = case
    return step


def open_pause_of(step: Step) -> ClockPause | None:
    """Return why the term of a step stands still, or None when it does not."""
    return step.clock_pauses.filter(resumed_at=None).first() if step.state == StepState.PAUSED else None


def may_attach(user: User, case: Case) -> bool:
    """Whether who files a case may add evidence now: it is in their hands, or the term of its step waits for them."""
    if not files_for(user, case):
        return False
    return case.state in (CaseState.DRAFT, CaseState.RETURNED) or is_paused(case)


def is_paused(case: Case) -> bool:
    """Whether the term of a case stands still until somebody brings what it waits for."""
    step = open_step_of(case)
    return step is not None and step.state == StepState.PAUSED


def may_decide(user: User, step: Step) -> bool:
    """Whether the person may decide the step now: it is open, it waits for their post, and the two-person rule allows it."""
    if not waits_for(user, step) or barring_reason(user, step) is not None:
        return False
    proposal = open_proposal_of(step)
    return proposal is None or proposal.by_id != user.pk


def waits_for(user: User, step: Step) -> bool:
    """Whether the step is open and waits for a post of the person, the two-person rule aside."""
    return step.state in OPEN_STATES and holds_post_of(user, step)


def holds_post_of(user: User, step: Step) -> bool:
    """Whether the person holds the post at the very place that decides the step."""
    return any(appointment.post == step.post and _is_at(appointment, step) for appointment in posts_of(user))


def barring_reason(user: User, step: Step) -> str | None:
    """Return why the two-person rule (双岗) keeps this person from the step, or None.

    Whoever submitted the round, or decided or proposed at an earlier step of it, has no further hand in it, whatever
    posts they hold. That a proposal is not confirmed by who made it, `proposals.require_second` sees to.
    """
    if step.case.submitted_by_id == user.pk:
        return "办件由您提交，须由他人审核（双岗）"
    if _HAND_EARLIER.yes(case=step.case_id, round=step.round, ordinal=step.ordinal, by=user.pk):
        return "您已在本轮前面的环节作出决定或者拟办，须由他人审核（双岗）"
    bars = kind_of(step.case.kind).bars
    return bars(step.case, user) if bars else None


def files_for(user: User, case: Case) -> bool:
    """Whether the person may file a case for its main party: submit it, withdraw it, add to it while it is in its hands.

    A post of the party is needed that grants what the kind asks for; an applicant files for themselves.
    """
    return acts_for(user, main_party_of(case), kind_of(case.kind).files)


def acts_for(user: User, party: CaseParty, needed: Permission | None) -> bool:
    """Whether the person is the party, or holds a post of it that grants a permission (any post, where none is needed)."""
    if party.applicant_id is not None:
        return party.applicant_id == user.pk
    return any(
        (post.school_id, post.authority_id) == (party.school_id, party.authority_id)
        and (needed is None or needed in PERMISSIONS_OF[post.post])
        for post in posts_of(user)
    )


def is_of_school(user: User, school_id: int) -> bool:
    """Whether the person holds a post in the school itself."""
    return school_id in own_schools(user)


def _is_at(appointment: Appointment, step: Step) -> bool:
    return (appointment.school_id, appointment.authority_id) == (step.school_id, step.authority_id)


def _is_barred(user: User) -> ExpressionWrapper[Any]:
    earlier = Decision.objects.filter(
        step__case=OuterRef("case"), step__round=OuterRef("round"), step__ordinal__lt=OuterRef("ordinal"), by=user
    )
    proposed = Proposal.objects.filter(
        step__case=OuterRef("case"), step__round=OuterRef("round"), step__ordinal__lt=OuterRef("ordinal"), by=user
    )
    has_hand = (
        Q(case__submitted_by=user) | Exists(earlier) | Exists(proposed) | Exists(_open_proposals().filter(by=user))
    )
    return ExpressionWrapper(has_hand, output_field=BooleanField())


def _open_proposals() -> QuerySet[Proposal]:
    """Return the proposal that waits at the step of the statement around."""
    return Proposal.objects.filter(step=OuterRef("pk"), ending="")


# -- what pages show of the steps of cases they were let see


def steps_of_round(case: Case) -> list[Step]:
    """Return the steps of the present round of a case, in their order."""
    return _STEPS.rows(case=case.pk, round=case.round)


def decisions_of_round(case: Case) -> list[Decision]:
    """Return who decided what in the present round of a case, oldest first."""
    return _DECISIONS.rows(case=case.pk, round=case.round)


def cases_ever_returned(cases: Iterable[int]) -> int:
    """Return how many of these cases were sent back at least once, in whatever round."""
    rows = Decision.objects.filter(step__case__in=list(cases), verdict=Verdict.RETURN).order_by()
    return rows.values("step__case").distinct().count()


def filer_of(case: Case) -> tuple[str, str]:
    """Return what the party is called that filed a case, and who it is: a school, an authority, a graduate."""
    if case.school is not None:
        return "学校", case.school.name
    main = main_party_of(case)
    return ("机构", str(main)) if main.authority_id else ("申请人", str(main))


def cases_of_messages(cases: Iterable[int]) -> dict[int, Case]:
    """Return cases by their keys, for messages about them whose reader was let see these already."""
    return Case.objects.in_bulk(list(cases))
