"""The page of one step: a batch, a correction or a special case, and the decision on it."""

from __future__ import annotations

import random
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from xueji.accounts.permissions import Permission as P
from xueji.cases.actions import decide_step
from xueji.cases.law import law_of
from xueji.cases.models import Evidence, Step, StepState, Verdict
from xueji.cases.queries import barring_reason, case_for, days_left, holds_post_of, may_decide, step_for, waits_for
from xueji.cases.rounds import spec_of
from xueji.core.errors import BadInput, NotFound, XuejiError
from xueji.core.rules import check_register
from xueji.core.rules.registers import register_totals
from xueji.graduation.actions import clear_marks, mark_candidates, refuse_candidates, take_back_refusals
from xueji.graduation.facts import register_of
from xueji.graduation.models import Batch, Candidate, CandidateState, Intake, IntakeFinding, IntakeState
from xueji.graduation.queries import batch_totals, compare_with_last_year
from xueji.institutions.queries import pick, sealing_deferral
from xueji.ledger.queries import timeline_of
from xueji.statements import Slot, Statement
from xueji.web import charts
from xueji.web.access import requires
from xueji.web.asking import Question, ask, is_confirmed, named
from xueji.web.authority.forms import CandidateFilter, DecisionForm
from xueji.web.context import joined
from xueji.web.deciding import asked_first, following
from xueji.web.downloads import evidence_paper
from xueji.web.forms import add_refusal
from xueji.web.guidance import told
from xueji.web.listing import page_of
from xueji.web.subjects import subject_of

SAMPLE = 24  # photographs looked at
_OF_CASE = Statement(lambda: Batch.objects.filter(case=Slot("case")).select_related("season", "case")[:1])
_EVIDENCE = Statement(lambda: Evidence.objects.filter(case=Slot("case")).select_related("file", "added_by"))
_NEWEST = Statement(lambda: Intake.objects.filter(batch=Slot("batch"), state=IntakeState.CONFIRMED)[:1])
_WITH_PHOTOGRAPH = Statement(
    lambda: (
        Candidate.objects.filter(batch=Slot("batch"), photo__isnull=False)
        .exclude(state=CandidateState.WITHDRAWN)
        .order_by("ordinal")
        .values_list("pk", flat=True)
    )
)
_MARKED = {"mark": "已标注退回", "unmark": "已取消标注", "refuse": "审核不通过", "restore": "已收回不予通过"}
_SAID = {
    Verdict.APPROVE: "已同意", Verdict.RETURN: "已退回学校更正", Verdict.REFUSE: "已作出不同意的决定",
    Verdict.DEFER: "已暂缓办理，期限停止计算", Verdict.RESUME: "已恢复办理，期限继续计算",
}  # fmt: skip


@require_http_methods(["GET", "POST"])
@requires(P.VIEW_BATCHES)
def step(request: HttpRequest, step_id: int) -> HttpResponse:
    """Show what is to be decided with the clause it stands on, and take the decision."""
    found = _step(request, step_id)
    verdicts = verdicts_of(found)
    form = DecisionForm(request.POST or None, verdicts=verdicts, initial={"version": found.case.version})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                return _decided(request, found, form.cleaned_data)
            except XuejiError as error:
                if error.http_status in {403, 404}:
                    raise
                add_refusal(form, error)
                status = error.http_status
    return render(request, "authority/step.html", _context(request, found, form), status=status)


def _decided(request: HttpRequest, found: Step, chosen: dict[str, Any]) -> HttpResponse:
    """Say first what the decision will do; take it once that was seen."""
    if question := asked_first(request, found, chosen["verdict"], chosen["reasons"], chosen["version"]):
        return question
    decide_step(
        step=found, verdict=chosen["verdict"], reasons=chosen["reasons"], expected_version=chosen["version"],
        by=request.user, at=timezone.now(),
    )  # fmt: skip
    messages.success(request, f"{found.case.title}：{_SAID[Verdict(chosen['verdict'])]}")
    return redirect("authority:queue")


def verdicts_of(found: Step) -> list[str]:
    """Return what may be decided now: a deferred step is resumed first."""
    if found.state == StepState.DEFERRED:
        return [Verdict.RESUME]
    return list(spec_of(found, law_of(found.case)).verdicts)


def _context(request: HttpRequest, found: Step, form: DecisionForm) -> dict[str, Any]:
    case = found.case
    view = law_of(case)
    barred = barring_reason(request.user, found) if holds_post_of(request.user, found) else None
    context: dict[str, Any] = {
        "step": found,
        "case": case,
        "form": form,
        "left": days_left(found, timezone.localdate()),
        "may_decide": waits_for(request.user, found) and barred is None,
        "barred": barred,
        "cites": spec_of(found, view).cites or view.workflow(case.kind).cites,
        "events": timeline_of(case)[::-1][:60],
        "evidence": _EVIDENCE.rows(case=case.pk),
        "deferral": sealing_deferral(case.school),
    }
    if batch := _OF_CASE.row(case=case.pk):
        batch.case = case
        return joined(context, _batch(batch))
    if change := getattr(case, "particulars_change", None):
        return joined(context, {"change": change, "items": change.items.all(), "person": change.enrolment.person})
    if special := getattr(case, "special_case", None):
        items = special.items.select_related("candidate__person").order_by("reason_class")
        return joined(context, {"special": special, "items": items})
    return joined(context, subject_of(case))


def _batch(batch: Batch) -> dict[str, Any]:
    """Return totals, register, comparison with last year and the sample of photographs of a batch."""
    facts = register_of(batch)
    findings = check_register(facts, law_of(batch.case))
    totals = batch_totals(batch)
    comparison = compare_with_last_year(batch, totals)
    return {
        "batch": batch,
        "totals": totals,
        "register": facts.lines,
        "register_total": register_totals(facts),
        "findings": findings,
        "doubts": _doubts(batch),
        "chart": _comparison_chart(comparison),
        "sample": sample_of(batch),
        "marked": sum(row["marked"] for row in totals),
    }


def _doubts(batch: Batch) -> list[IntakeFinding]:
    """Return the warnings that came with the list as the school confirmed it: no error is left, doubts are for a person."""
    newest = _NEWEST.row(batch=batch.pk)
    return list(newest.findings.filter(severity__in=["warning", "advice"])[:50]) if newest else []


def sample_of(batch: Batch) -> list[Any]:
    """Return a random sample of photographs that is the same whenever the page is opened: the round is the seed."""
    ids = _WITH_PHOTOGRAPH.rows(batch=batch.pk)
    chosen = random.Random(f"{batch.pk}.{batch.case.round}").sample(  # noqa: S311  # a sample to look at, the same each time; no secret
        ids, min(SAMPLE, len(ids))
    )
    return list(batch.candidates.filter(pk__in=chosen).order_by("ordinal"))


def _comparison_chart(comparison: Any) -> Any:
    rows = [row for row in comparison if row]
    if not rows:
        return None
    labels = [row["programme_name"][:8] for row in rows[:12]]
    return charts.grouped(
        "与上一届同季毕业人数比较", labels,
        [charts.Series("上届", [row["last_year"] for row in rows[:12]]), charts.Series("本届", [row["count"] for row in rows[:12]])],
    )  # fmt: skip


@require_GET
@requires(P.VIEW_BATCHES)
def candidates(request: HttpRequest, step_id: int) -> HttpResponse:
    """List the graduates of the batch of a step, to look at and to mark for return."""
    found = _step(request, step_id)
    batch = _batch_of(found)
    programmes = list(batch.candidates.order_by("programme_name").values_list("programme_name", flat=True).distinct())
    form = CandidateFilter(request.GET, programmes=programmes)
    rows = batch.candidates.select_related("person", "certificate__number").order_by("ordinal")
    if form.is_valid():
        chosen = form.cleaned_data
        narrowed = {"name__contains": chosen["q"], "programme_name": chosen["programme"], "state": chosen["state"]}
        rows = rows.filter(**{key: value for key, value in narrowed.items() if value})
    may = may_decide(request.user, found)
    context = {
        "step": found, "case": found.case, "batch": batch, "form": form, "page": page_of(request, rows),
        "may_mark": may, "may_refuse": may and following(found) is None,
        "told_refused": told(law_of(found.case), "refused_graduates"),
    }  # fmt: skip
    return render(request, "authority/candidates.html", context)


@require_POST
@requires(P.DECIDE_CASES)
def marks(request: HttpRequest, step_id: int) -> HttpResponse:
    """Mark graduates for return or refuse them, each with the reason given; take either back while the step is open."""
    found = _step(request, step_id)
    batch = _batch_of(found)
    act, reason, at = request.POST.get("act", ""), request.POST.get("reason", "").strip(), timezone.now()
    if act in ("mark", "refuse") and not reason:
        raise BadInput("请写明原因")
    known = {str(pk): name for pk, name in batch.candidates.values_list("pk", "name")}
    chosen = {pk: known[pk] for pk in request.POST.getlist("ids") if pk in known}
    if not chosen:
        raise BadInput("没有选中毕业生")
    reasons = dict.fromkeys(chosen, reason)
    if act == "mark":
        mark_candidates(step=found, marks=reasons, by=request.user, at=at)
    elif act == "unmark":
        clear_marks(step=found, candidates=chosen, by=request.user, at=at)
    elif act == "restore":
        take_back_refusals(step=found, candidates=chosen, by=request.user, at=at)
    elif act != "refuse":
        raise BadInput("没有这项操作")
    elif not is_confirmed(request) and may_decide(request.user, found) and following(found) is None:
        return ask(request, _refusing(found, list(chosen.values()), reason))
    else:
        refuse_candidates(step=found, refusals=reasons, by=request.user, at=at)
    said = f"：{reason}" if act in ("mark", "refuse") else ""
    messages.success(request, f"{_MARKED[act]} {len(chosen)} 名毕业生（{named(list(chosen.values()))}）{said}")
    return redirect("authority:step_candidates", found.pk)


def _refusing(found: Step, names: list[str], reason: str) -> Question:
    """Ask before graduates are refused: by name and number."""
    lines = [("办件", found.case.title), ("不予通过", f"{len(names)} 人：{named(names)}"), ("原因", reason)]
    after = "不编号、不发证，其余毕业生继续办理；本环节办结之前可以收回。"
    return Question(
        f"{len(names)} 名毕业生审核不通过：请先核对", [*lines, ("之后", after)], "确认不予通过", is_danger=True
    )


@require_GET
@requires(P.FETCH_DOCUMENTS)
def evidence_file(request: HttpRequest, case_id: int, evidence_id: int) -> HttpResponse:
    """Hand out a piece of evidence; that it was looked at goes into the ledger."""
    case = case_for(request.user, case_id)
    found = pick(case.evidence.select_related("file"), evidence_id)
    return evidence_paper(request, case, found)


def _step(request: HttpRequest, step_id: int) -> Step:
    found = step_for(request.user, step_id)
    if found.authority_id is None:
        raise NotFound  # steps of the school have their own pages
    return found


def _batch_of(found: Step) -> Batch:
    batch: Batch | None = getattr(found.case, "batch", None)
    if batch is None:
        raise NotFound
    return batch
