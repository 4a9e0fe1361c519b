"""Requests a school files: corrections (S1-07), special reasons (S1-14) and what other kinds bring; evidence, submission."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from xueji.accounts.permissions import Permission as P
from xueji.cases.actions import attach_evidence, submit_case, withdraw_case
from xueji.cases.models import Case, CaseState
from xueji.cases.queries import case_for, cases_of_schools, evidence_of, files_for, is_paused, may_attach
from xueji.core.errors import BadInput, Conflict, NotFound, NotPermitted, RuleViolation
from xueji.documents.render import render_list
from xueji.graduation.actions import open_special_case
from xueji.graduation.actions.special import SPECIAL_KIND
from xueji.graduation.models import Batch, CandidateState
from xueji.graduation.queries import batch_for, candidate_for
from xueji.institutions.queries import pick
from xueji.ledger.tags import EventTag
from xueji.registry.actions import open_particulars_change
from xueji.registry.changes import KIND as CHANGE_KIND
from xueji.registry.sheets_queries import MOST, form_for, sheets_of
from xueji.web.access import requires, takes_upload
from xueji.web.casepages import CasePage, Look, find_casepage, shown_panels
from xueji.web.downloads import evidence_paper
from xueji.web.forms import add_refusal, posted
from xueji.web.guidance import guidance_for
from xueji.web.listing import made_answer, page_of
from xueji.web.looks import note_look
from xueji.web.school.batches import own_schools, state_tag
from xueji.web.school.forms import ChangeForm, EvidenceForm, SpecialCaseForm

_REFUSALS = (RuleViolation, BadInput, Conflict)


@require_GET
@requires(P.VIEW_BATCHES)
def changes(request: HttpRequest) -> HttpResponse:
    """List the corrections of the person's schools."""
    return case_list(request, CHANGE_KIND)


@require_GET
@requires(P.VIEW_BATCHES)
def special_cases(request: HttpRequest) -> HttpResponse:
    """List the special-case files of the person's schools."""
    return case_list(request, SPECIAL_KIND)


@require_GET
@requires(P.VIEW_BATCHES)
def case_list(request: HttpRequest, case_kind: str) -> HttpResponse:
    """List the cases of a kind, and of those that share its page, filed by the school or reaching it; no list: not found."""
    page = find_casepage(case_kind)
    if page is None or page.listing is None:
        raise NotFound
    found = cases_of_schools(request.user, page.kinds, own_schools(request))
    state = request.GET.get("state", "")
    if state in CaseState.values:
        found = found.filter(state=state)
    context = {
        "page": page_of(request, found),
        "title": page.listing.title,
        "hint": page.listing.hint,
        "url_name": page.url_name,
        "states": CaseState.choices,
        "state": state,
    }
    return render(request, "school/cases.html", context)


@require_http_methods(["GET", "POST"])
@requires(P.FILE_PARTICULARS_CHANGE)
def new_change(request: HttpRequest, candidate_id: str) -> HttpResponse:
    """Open a correction of one student's particulars; evidence and submission follow on the case's page."""
    candidate = candidate_for(request.user, candidate_id)
    form = ChangeForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            change = open_particulars_change(
                enrolment=candidate.enrolment,
                document_number=form.cleaned_data["document_number"],
                reason=form.cleaned_data["reason"],
                changes=form.changes(),
                by=request.user,
                at=timezone.now(),
            )
        except _REFUSALS as error:
            add_refusal(form, error)
        else:
            messages.success(request, "已建立更正申请：请上传证明材料，再提交")
            return redirect("school:case", change.case_id)
    context = {"candidate": candidate, "batch": candidate.batch, "form": form}
    context["guidance"] = guidance_for(candidate.batch.law, "particulars_change")
    return render(request, "school/new_change.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@requires(P.FILE_SPECIAL_CASE)
def new_special_case(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Open a special-case file for refused graduates, each with a class of reason and an explanation."""
    batch = batch_for(request.user, batch_id)
    refused = list(batch.candidates.filter(state=CandidateState.REFUSED).select_related("person"))
    form = SpecialCaseForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            special = _open_special_case(request, batch, form)
        except _REFUSALS as error:
            add_refusal(form, error)
        else:
            messages.success(request, "已建立报告：请上传正式文件和证明材料，再提交")
            return redirect("school:case", special.case_id)
    context = {"batch": batch, "look": state_tag(batch), "form": form, "refused": refused, "reasons": _reasons(batch)}
    context["guidance"] = guidance_for(batch.law, "refused_graduates")
    return render(request, "school/new_special_case.html", context, status=422 if form.is_bound else 200)


@require_GET
@requires(P.VIEW_BATCHES)
def case_page(request: HttpRequest, case_id: int) -> HttpResponse:
    """Show a correction or a special case: what is asked, evidence, progress, history."""
    return _case_answer(request, case_for(request.user, case_id), EvidenceForm())


@require_POST
@requires(P.VIEW_BATCHES)
@takes_upload("MAX_EVIDENCE_BYTES")
def evidence(request: HttpRequest, case_id: int) -> HttpResponse:
    """Attach a file to a case."""
    case = _own_case(request, case_id)
    form = EvidenceForm(request.POST, request.FILES)
    if not form.is_valid():
        return _case_answer(request, case, form, status=422)
    file = form.cleaned_data["file"]
    try:
        attach_evidence(
            case=case,
            kind=form.cleaned_data["kind"],
            file_name=file.name,
            data=file.read(),
            by=request.user,
            at=timezone.now(),
        )
    except _REFUSALS as error:
        add_refusal(form, error)
        return _case_answer(request, case, form, status=422)
    messages.success(request, "材料已上传")
    return redirect("school:case", case.pk)


@require_GET
@requires(P.FETCH_DOCUMENTS)
def evidence_file(request: HttpRequest, case_id: int, evidence_id: int) -> HttpResponse:
    """Send a file of evidence; that it was looked at goes into the ledger."""
    case = case_for(request.user, case_id)
    return evidence_paper(request, case, pick(case.evidence.select_related("file"), evidence_id))


@require_POST
@requires(P.VIEW_BATCHES)
def case_submission(request: HttpRequest, case_id: int) -> HttpResponse:
    """Submit a correction or special case to the school's leader."""
    case = _own_case(request, case_id)
    submit_case(case=case, by=request.user, at=timezone.now())
    messages.success(request, "已提交，等待学校负责人审核")
    return redirect("school:case", case.pk)


@require_POST
@requires(P.VIEW_BATCHES)
def case_withdrawal(request: HttpRequest, case_id: int) -> HttpResponse:
    """Withdraw a correction or special case."""
    case = _own_case(request, case_id)
    withdraw_case(case=case, by=request.user, at=timezone.now(), reason=request.POST.get("reason", ""))
    messages.info(request, "已撤回")
    return redirect("school:case", case.pk)


@require_GET
@requires(P.FILE_STATUS_CHANGE)
def application_form(request: HttpRequest, case_id: int) -> HttpResponse:
    """Send the printed application of a case the school files, a sheet a student: to be signed, and uploaded as a picture."""
    case = _own_case(request, case_id)
    form = form_for(case)
    given = request.GET.get("from", "1")
    first = int(given) - 1 if given.isascii() and given.isdigit() and len(given) < 6 else 0
    if form is None or first < 0:
        raise NotFound
    data, count = sheets_of(case, first)
    if not data.groups:
        raise NotFound
    made = render_list(form, data, issued_on=case.legal_date)
    name = (
        f"{case.title} 申请表.pdf"
        if count <= MOST
        else f"{case.title} 申请表 {first + 1}—{first + len(data.groups)}.pdf"
    )
    note_look(
        request, EventTag.LIST_DOWNLOADED, case, parent=case, school_id=case.school_id, title=name,
        persons=len(data.groups),
    )  # fmt: skip
    return made_answer(made.pdf, name, "application/pdf", inline=True)


def _case_answer(request: HttpRequest, case: Case, form: EvidenceForm, status: int = 200) -> HttpResponse:
    page, look = _shown_here(case), Look(case, request.user)
    mine = files_for(request.user, case)
    evidence, papers = evidence_of(case), [paper.label for paper in page.papers(look)]
    form.initial["kind"] = next((label for label in papers if label not in {piece.kind for piece in evidence}), "")
    context = {
        "case": case,
        "look": look,
        "listing": page.listing,
        "listing_url": page.listing.url_of(case.kind) if page.listing else "",
        "panels": shown_panels(look),
        "takes_evidence": page.takes_evidence or is_paused(case),
        "evidence": evidence,
        "papers": papers,
        "evidence_url": "school:evidence_file",
        "workflow": look.law.workflow(case.kind),
        "form": form,
        "may_edit": mine and case.state in {CaseState.DRAFT, CaseState.RETURNED},
        "may_attach": may_attach(request.user, case),
        "may_withdraw": mine and case.closed_at is None,
        "events": page.events_of(look)[:40],
        "prints_application": mine and form_for(case) is not None,
    }
    return render(request, "school/case.html", context, status=status)


def _shown_here(case: Case) -> CasePage:
    """Return the page of a case that is shown at `school:case`; NotFound for a kind with an address of its own."""
    page = find_casepage(case.kind)
    if page is None or page.url_name != "school:case":
        raise NotFound
    return page


def _own_case(request: HttpRequest, case_id: int) -> Case:
    """Return a case the person may file; NotFound for a batch's case, which has its own page."""
    case = case_for(request.user, case_id)
    _shown_here(case)
    if not files_for(request.user, case):
        raise NotPermitted("办件由其提出单位的经办人办理")
    return case


def _reasons(batch: Batch) -> tuple[str, ...]:
    """Return the classes of reason of the pack; none where it leaves the wording to the school."""
    if stated := cast("list[str]", batch.law.value_or("special_case_reasons", [])):
        return tuple(stated)
    return ()


def _open_special_case(request: HttpRequest, batch: Batch, form: SpecialCaseForm) -> Any:
    items = {
        pk: (request.POST.get(f"class-{pk}", ""), request.POST.get(f"why-{pk}", "").strip())
        for pk in request.POST.getlist("ids")
    }
    return open_special_case(
        batch=batch,
        document_number=form.cleaned_data["document_number"],
        items=items,
        by=request.user,
        at=timezone.now(),
    )
