"""Approve many steps at once: first what will happen, then what became of each row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from xueji.accounts.permissions import Permission as P
from xueji.cases.actions import BulkOutcome, StepDecision, decide_steps
from xueji.cases.hands import unconfirmed_hands
from xueji.cases.models import Proposal, Step, Verdict
from xueji.cases.queries import labels_by_place, queue_of
from xueji.core.errors import Conflict, XuejiError
from xueji.core.workflow import TWO_HANDS
from xueji.web.access import requires
from xueji.web.authority.queue import rows_of
from xueji.web.casepages import CasePage, casepage_of
from xueji.web.once import once_by_nature

_NEVER = -1  # no case has this version
_UNCONFIRMED = "前面环节的账号近期由他人发放或重置，未经上级确认：请逐件核实办理"
MOST = 200  # rows in one act; a longer list is approved in parts


@require_POST
@requires(P.DECIDE_CASES)
def preview(request: HttpRequest) -> HttpResponse:
    """List what approving the chosen steps will do, row by row, before anything is done."""
    steps = _chosen(request)
    if not steps:
        messages.error(request, "没有选中待办理的事项")
        return redirect("authority:queue")
    return _shown(request, steps)


def _shown(request: HttpRequest, steps: Sequence[Step], form: Form | None = None) -> HttpResponse:
    """Show it, with what is asked of who approves; `form` holds an answer that will not do."""
    rows = rows_of(steps)
    labels, hindered = labels_by_place(step.case_id for step in steps), _hindered(steps)
    doubtful = _doubtful(steps)
    for row in rows:
        step = row["step"]
        following = labels.get((step.case_id, step.round, step.ordinal + 1))
        row["hindrance"] = _otherwise_proposed(row["proposal"]) or _hindrance(step, hindered, doubtful)
        row["effect"] = _effect(step, following, row["proposal"])
        row["is_last"] = following is None
    ready = [row for row in rows if not row["hindrance"]]
    graduates = sum(row["count"] or 0 for row in ready)
    form = form or _asked(row["step"] for row in ready if row["is_last"])
    context = {"rows": rows, "ready": ready, "graduates": graduates, "form": form}
    return render(request, "authority/bulk_preview.html", context, status=422 if form and form.errors else 200)


def _asked(steps: Iterable[Step], sent: QueryDict | None = None) -> Form | None:
    """Return what is asked once for all of them: by the first that asks anything."""
    asked = (casepage_of(step.case.kind).asks(step, sent) for step in steps)
    return next((form for form in asked if form is not None), None)


@require_POST
@requires(P.DECIDE_CASES)
@once_by_nature("each row is decided for the version that was seen, in a transaction of its own")
def decision(request: HttpRequest) -> HttpResponse:
    """Approve each row in a transaction of its own and show what became of it; what the preview would stop is stopped here too.

    Marks and the two-person rule are refused by the act itself, with their clause.
    """
    steps = _chosen(request)
    if not steps:
        messages.error(request, "没有可办理的事项：可能已由他人办理")
        return redirect("authority:queue")
    doubtful = _doubtful(steps)
    asked = _asked(steps, request.POST) if "issue_date" in request.POST else None
    if asked is not None and not asked.is_valid():
        return _shown(request, steps, asked)
    kept_out = _kept(request, [step for step in steps if step.case_id not in doubtful], asked)
    decisions = [
        StepDecision(step, Verdict.APPROVE, expected_version=_version(request, step.pk))
        for step in steps
        if step.case_id not in doubtful and step.pk not in kept_out
    ]
    stopped = [BulkOutcome(step, None, Conflict(_UNCONFIRMED)) for step in steps if step.case_id in doubtful]
    stopped += kept_out.values()
    outcomes = decide_steps(decisions=decisions, by=request.user, at=timezone.now()) + stopped
    done = sum(outcome.is_done for outcome in outcomes)
    return render(
        request, "authority/bulk_result.html", {"outcomes": outcomes, "done": done, "failed": len(outcomes) - done}
    )


def _kept(request: HttpRequest, steps: Sequence[Step], asked: Form | None) -> dict[int, BulkOutcome]:
    """Keep the answer at every step that asked for it; return those where it was refused, by their keys."""
    refused: dict[int, BulkOutcome] = {}
    for step in steps if asked is not None else ():
        page = casepage_of(step.case.kind)
        is_seen = _version(request, step.pk) == step.case.version  # an older page is refused with the decision
        if asked is None or not is_seen or page.asks(step, None) is None:
            continue
        try:
            page.keeps(step, asked, request.user)
        except XuejiError as error:
            refused[step.pk] = BulkOutcome(step, None, error)
    return refused


def _chosen(request: HttpRequest) -> list[Step]:
    """Return the chosen steps that still wait for this person."""
    ids = [int(pk) for pk in request.POST.getlist("steps")[:MOST] if pk.isascii() and pk.isdigit()]
    return list(queue_of(request.user, today=timezone.localdate(), state="current").filter(pk__in=ids))


def _version(request: HttpRequest, pk: int) -> int:
    """Return the version of the case the person saw; without one nothing shows that they saw it, so the row is refused."""
    typed = request.POST.get(f"version-{pk}", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else _NEVER


def _hindered(steps: Sequence[Step]) -> dict[int, str]:
    """Return the cases that their kind keeps from being approved, with the reason in words."""
    cases_of: dict[CasePage, list[int]] = {}
    for step in steps:
        cases_of.setdefault(casepage_of(step.case.kind), []).append(step.case_id)
    return {case: reason for page, cases in cases_of.items() for case, reason in page.hindered(cases).items()}


def _doubtful(steps: Sequence[Step]) -> set[int]:
    """Return the cases a step of which was decided by an account that nobody has confirmed yet."""
    return {hand.case_id for hand in unconfirmed_hands(step.case for step in steps)}


def _hindrance(step: Step, hindered: dict[int, str], doubtful: set[int]) -> str:
    """Say why a chosen step will not be approved, or nothing."""
    if step.is_barred:
        return "双岗：须他人办理，本次不办"
    if step.case_id in doubtful:
        return _UNCONFIRMED
    return hindered.get(step.case_id, "")


def _otherwise_proposed(proposal: Proposal | None) -> str:
    """Say that another person proposed something else than an approval, or nothing."""
    if proposal is None or proposal.verdict == Verdict.APPROVE:
        return ""
    return f"{proposal.by.full_name}已拟「{proposal.get_verdict_display()}」：请逐件办理"


def _effect(step: Step, following: str | None, proposal: Proposal | None) -> str:
    """Say what approving the step will do: wait for a second person, go on to the next step, or take effect."""
    if step.hands == TWO_HANDS and proposal is None:
        return "拟办；待同一岗位的另一人确认后生效"
    return f"进入下一环节：{following}" if following else casepage_of(step.case.kind).brings
