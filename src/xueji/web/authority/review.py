"""The steps of an office: the page on which it decides, the graduates of a batch, marks and refusals."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from xueji.accounts.permissions import Permission as P
from xueji.applications.queries import material_of_case, power_of_case
from xueji.cases.law import law_of
from xueji.cases.models import Step, Verdict
from xueji.cases.queries import case_for, label_after, may_decide, step_for
from xueji.core.errors import BadInput, NotFound
from xueji.graduation.actions import clear_marks, mark_candidates, refuse_candidates, take_back_refusals
from xueji.graduation.queries import batch_of_case, candidates_as_filed, names_by_key, programmes_of
from xueji.graduation.queries.taking_back import approves_without_marked
from xueji.institutions.queries import pick
from xueji.ledger.tags import EventTag
from xueji.web.access import requires
from xueji.web.asking import Question, ask, is_confirmed, named
from xueji.web.authority.forms import DecisionForm, ReviewFilter
from xueji.web.downloads import evidence_paper
from xueji.web.guidance import guidance_for
from xueji.web.listing import page_of, stored_answer
from xueji.web.looks import note_look
from xueji.web.steps import PortalFrame, step_page

_MARKED = {"mark": "已标注退回", "unmark": "已取消标注", "refuse": "审核不通过", "restore": "已收回不予通过"}
_SAID = {
    Verdict.APPROVE: "已同意", Verdict.RETURN: "已退回学校更正", Verdict.REFUSE: "已作出不同意的决定",
    Verdict.DEFER: "已暂缓办理，期限停止计算", Verdict.RESUME: "已恢复办理，期限继续计算",
}  # fmt: skip


def _decided(step: Step, verdict: str) -> str:
    return f"{step.case.title}：{_SAID[Verdict(verdict)]}"


_FRAME = PortalFrame("authority/step.html", DecisionForm, "authority:evidence_file", "authority:queue", _decided)


@require_http_methods(["GET", "POST"])
@requires(P.VIEW_BATCHES)
def step(request: HttpRequest, step_id: int) -> HttpResponse:
    """Show an office what is to be decided, and take the decision."""
    return step_page(request, _step(request, step_id), _FRAME)


@require_GET
@requires(P.VIEW_BATCHES)
def candidates(request: HttpRequest, step_id: int) -> HttpResponse:
    """List the graduates of the batch of a step, to look at and to mark for return."""
    found = _step(request, step_id)
    batch = batch_of_case(found.case)
    form = ReviewFilter(request.GET, programmes=programmes_of(batch))
    chosen = form.cleaned_data if form.is_valid() else {"q": "", "programme": "", "state": ""}
    rows = candidates_as_filed(batch, name=chosen["q"], programme=chosen["programme"], state=chosen["state"])
    may = may_decide(request.user, found)
    context = {
        "step": found, "case": found.case, "batch": batch, "form": form, "page": page_of(request, rows),
        "goes_on": approves_without_marked(batch), "may_mark": may, "may_refuse": may and label_after(found) is None,
        "told_refused": guidance_for(law_of(found.case), "refused_graduates"),
    }  # fmt: skip
    return render(request, "authority/candidates.html", context)


@require_POST
@requires(P.DECIDE_CASES)
def marks(request: HttpRequest, step_id: int) -> HttpResponse:
    """Mark graduates for return or refuse them, each with the reason given; take either back while the step is open."""
    found = _step(request, step_id)
    batch = batch_of_case(found.case)
    act, reason, at = request.POST.get("act", ""), request.POST.get("reason", "").strip(), timezone.now()
    if act in ("mark", "refuse") and not reason:
        raise BadInput("请写明原因")
    known = names_by_key(batch)
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
    elif not is_confirmed(request) and may_decide(request.user, found) and label_after(found) is None:
        return ask(request, _refusing(found, list(chosen.values()), reason))
    else:
        refuse_candidates(step=found, refusals=reasons, by=request.user, at=at)
    suffix = f"：{reason}" if act in ("mark", "refuse") else ""
    messages.success(request, f"{_MARKED[act]} {len(chosen)} 名毕业生（{named(list(chosen.values()))}）{suffix}")
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


@require_GET
@requires(P.FETCH_DOCUMENTS)
def material(request: HttpRequest, case_id: int, material_id: UUID) -> HttpResponse:
    """Show a picture of a graduate's paper; that it was looked at goes into the ledger."""
    picture = material_of_case(request.user, case_id, material_id)
    note_look(request, EventTag.MATERIAL_VIEWED, picture, school_id=None, parent=picture.application)
    return stored_answer(picture.file, f"{picture.paper}-{picture.ordinal}.jpg", inline=True)


@require_GET
@requires(P.FETCH_DOCUMENTS)
def power(request: HttpRequest, case_id: int) -> HttpResponse:
    """Show the power of attorney of whoever came for a graduate; that it was looked at goes into the ledger."""
    entry = power_of_case(request.user, case_id)
    note_look(request, EventTag.MATERIAL_VIEWED, entry, school_id=None, parent=entry.application)
    assert entry.power is not None
    return stored_answer(entry.power, "委托书.jpg", inline=True)


def _step(request: HttpRequest, step_id: int) -> Step:
    found = step_for(request.user, step_id)
    if found.authority_id is None:
        raise NotFound  # steps of the school have their own pages
    return found
