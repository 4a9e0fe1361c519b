"""The school leader's decision on a batch, a correction or a special case."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from xueji.accounts.permissions import Permission as P
from xueji.cases.actions import decide_step
from xueji.cases.law import law_of
from xueji.cases.models import Step, Verdict
from xueji.cases.queries import barring_reason, days_left, may_decide, step_for
from xueji.cases.rounds import spec_of
from xueji.core.errors import NotFound
from xueji.core.packs import StepSpec
from xueji.core.rules import check_register
from xueji.graduation.facts import register_of
from xueji.graduation.queries import batch_totals
from xueji.ledger.queries import timeline_of
from xueji.web.access import requires
from xueji.web.context import joined
from xueji.web.deciding import asked_first
from xueji.web.forms import posted
from xueji.web.history import history_of_batch
from xueji.web.school.forms import DecisionForm
from xueji.web.subjects import subject_of

_SAID = {Verdict.APPROVE: "已同意，进入下一环节", Verdict.RETURN: "已退回经办人更正"}


@require_http_methods(["GET", "POST"])
@requires(P.DECIDE_CASES)
def decision(request: HttpRequest, step_id: int) -> HttpResponse:
    """Show what is to be decided, and decide it."""
    step = step_for(request.user, step_id)
    if step.authority_id is not None:
        raise NotFound  # steps above the school have their own pages
    form = DecisionForm(posted(request), verdicts=_spec(step).verdicts, initial={"version": step.case.version})
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        if question := asked_first(request, step, chosen["verdict"], chosen["reasons"], chosen["version"]):
            return question
        decide_step(
            step=step,
            verdict=chosen["verdict"],
            reasons=chosen["reasons"],
            expected_version=chosen["version"],
            by=request.user,
            at=timezone.now(),
        )
        messages.success(request, _SAID.get(chosen["verdict"], "已记录"))
        return redirect("desk")
    context = {
        "step": step,
        "case": step.case,
        "form": form,
        "left": days_left(step, timezone.localdate()),
        "may_decide": may_decide(request.user, step),
        "barred": barring_reason(request.user, step),
        "cites": _spec(step).cites or law_of(step.case).workflow(step.case.kind).cites,
        "events": _history(step),
    }
    return render(
        request, "school/decision.html", joined(context, _subject(step)), status=422 if form.is_bound else 200
    )


def _spec(step: Step) -> StepSpec:
    return spec_of(step, law_of(step.case))


def _history(step: Step) -> list[Any]:
    batch = getattr(step.case, "batch", None)
    return history_of_batch(batch) if batch else timeline_of(step.case)[::-1]


def _subject(step: Step) -> dict[str, object]:
    """Return what the case is about, for the page."""
    case = step.case
    if batch := getattr(case, "batch", None):
        sample = batch.candidates.select_related("person").exclude(photo=None).order_by("ordinal")[:24]
        findings = check_register(register_of(batch), law_of(case))
        return {"batch": batch, "totals": batch_totals(batch), "sample": sample, "findings": findings}
    if change := getattr(case, "particulars_change", None):
        return {"change": change, "items": change.items.all(), "evidence": case.evidence.select_related("file")}
    if special := getattr(case, "special_case", None):
        items = special.items.select_related("candidate__person")
        return {"special": special, "items": items, "evidence": case.evidence.select_related("file")}
    return joined(subject_of(case), {"evidence": case.evidence.select_related("file")})
