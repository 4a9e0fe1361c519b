"""Graduates of a batch: list, page, full ID number on a stated reason, withdrawal."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from xueji.accounts.permissions import Permission as P
from xueji.cases.actions import attach_evidence
from xueji.cases.queries import is_of_school
from xueji.core.errors import BadInput, XuejiError
from xueji.graduation.actions import answer_marks, correct_candidate, replace_photo, withdraw_candidates
from xueji.graduation.facts import facts_of_candidate
from xueji.graduation.models import Batch, Candidate, CandidateState
from xueji.graduation.queries import batch_for, candidate_for, candidates_of, may_prepare, timeline_of_candidate
from xueji.graduation.queries.taking_back import correctable_fields, may_correct, proof_kind, proofs_of
from xueji.institutions.queries import permissions_of
from xueji.production.queries import refusal_at_the_seal
from xueji.registry.actions import reveal_resident_id
from xueji.web.access import requires, takes_upload
from xueji.web.forms import add_refusal, posted, require_valid
from xueji.web.listing import page_of
from xueji.web.school.batches import state_tag
from xueji.web.school.forms import (
    AnswerForm,
    CandidateFieldsForm,
    CandidateFilter,
    PhotoForm,
    ProofForm,
    RevealForm,
    WithdrawForm,
)


@require_GET
@requires(P.VIEW_BATCHES)
def candidates(request: HttpRequest, batch_id: int) -> HttpResponse:
    """List the graduates of a batch by programme, state or name."""
    batch = batch_for(request.user, batch_id)
    programmes = list(batch.candidates.order_by("programme_name").values_list("programme_name", flat=True).distinct())
    form = CandidateFilter(request.GET, programmes=programmes)
    chosen = form.cleaned_data if form.is_valid() else {}
    found = candidates_of(
        batch, state=chosen.get("state", ""), programme=chosen.get("programme", ""), search=chosen.get("q", "")
    )
    page = page_of(request, found)
    context = {"batch": batch, "look": state_tag(batch), "form": form, "page": page, "active": "candidates"}
    context["may_prepare"] = may_prepare(request.user, batch)
    context["may_withdraw"] = context["may_prepare"] or _has_refused(request, batch)
    return render(request, "school/candidates.html", context)


@require_POST
@requires(P.PREPARE_BATCH)
def withdrawal(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Let graduates leave the batch (S1-14), with the reason on record."""
    batch = batch_for(request.user, batch_id)
    ids = [str(pk) for pk in batch.candidates.values_list("pk", flat=True)]
    form = WithdrawForm(request.POST, ids=ids)
    require_valid(form)
    chosen = form.cleaned_data
    withdraw_candidates(batch=batch, ids=chosen["ids"], reason=chosen["reason"], by=request.user, at=timezone.now())
    messages.success(request, f"已让 {len(chosen['ids'])} 名毕业生退出本批次")
    return redirect("school:candidates", batch.pk)


@require_POST
@requires(P.PREPARE_BATCH)
def answers(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Explain returned graduates whose entry is right as it stands; they go back on the list."""
    batch = batch_for(request.user, batch_id)
    ids = [str(pk) for pk in batch.candidates.filter(state=CandidateState.MARKED).values_list("pk", flat=True)]
    form = AnswerForm(request.POST, ids=ids)
    if not form.is_valid():
        raise BadInput("请只勾选被退回的毕业生，并写明说明")
    chosen = form.cleaned_data
    answer_of = dict.fromkeys(chosen["ids"], chosen["answer"])
    count = answer_marks(batch=batch, answers=answer_of, by=request.user, at=timezone.now())
    messages.success(request, f"已说明 {count} 名毕业生，恢复为待审核")
    return redirect("school:candidates", batch.pk)


@require_GET
@requires(P.VIEW_BATCHES)
def candidate(request: HttpRequest, candidate_id: str) -> HttpResponse:
    """Show a graduate as filed, the photograph and the history."""
    found = candidate_for(request.user, candidate_id)
    return _page(request, found, RevealForm())


@require_POST
@requires(P.REVEAL_IDENTITY)
def identity(request: HttpRequest, candidate_id: str) -> HttpResponse:
    """Show the full ID number once, on a stated reason that goes into the ledger."""
    found = candidate_for(request.user, candidate_id)
    form = RevealForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form, status=422)
    number = reveal_resident_id(
        person=found.person, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now()
    )
    answer = _page(request, found, RevealForm(), revealed=number)
    answer["Cache-Control"] = "no-store"
    return answer


@require_POST
@requires(P.PREPARE_BATCH)
@takes_upload("MAX_EVIDENCE_BYTES")
def photo(request: HttpRequest, candidate_id: str) -> HttpResponse:
    """Put another photograph in the place of a graduate's."""
    found = candidate_for(request.user, candidate_id)
    form = PhotoForm(request.POST, request.FILES)
    require_valid(form)
    findings = replace_photo(
        candidate=found, body=form.cleaned_data["photo"].read(), by=request.user, at=timezone.now()
    )
    messages.success(request, f"已更换{found.name}的照片")
    for finding in findings:
        messages.warning(request, f"{finding.message}。{finding.remedy}")
    return redirect("school:candidate", found.pk)


@require_POST
@requires(P.PREPARE_BATCH)
@takes_upload("MAX_EVIDENCE_BYTES")
def evidence(request: HttpRequest, candidate_id: str) -> HttpResponse:
    """Attach the proof of why a graduate is later than the duration says; the officers find it on their step."""
    found = candidate_for(request.user, candidate_id)
    form = ProofForm(request.POST, request.FILES)
    require_valid(form)
    file = form.cleaned_data["proof"]
    attach_evidence(
        case=found.batch.case,
        kind=proof_kind(found),
        file_name=file.name,
        data=file.read(),
        by=request.user,
        at=timezone.now(),
    )
    messages.success(request, f"已附上{found.name}的证明材料")
    return redirect("school:candidate", found.pk)


@require_http_methods(["GET", "POST"])
@requires(P.PREPARE_BATCH)
def correction(request: HttpRequest, candidate_id: str) -> HttpResponse:
    """Put single fields of a graduate right before the list is submitted."""
    found = candidate_for(request.user, candidate_id)
    form = CandidateFieldsForm(
        posted(request), columns=correctable_fields(found.batch), standing=facts_of_candidate(found)
    )
    status = 422 if form.is_bound else 200
    if form.is_bound and form.is_valid():
        try:
            findings = correct_candidate(candidate=found, typed=form.typed, by=request.user, at=timezone.now())
        except XuejiError as error:
            if error.http_status in {403, 404}:
                raise
            add_refusal(form, error)
            status = error.http_status
        else:
            messages.success(request, f"已更改{found.name}的信息")
            for finding in findings:
                messages.warning(request, f"{finding.message}。{finding.remedy}")
            return redirect("school:candidate", found.pk)
    context = {"candidate": found, "batch": found.batch, "form": form, "may_correct": may_correct(request.user, found)}
    return render(request, "school/correction.html", context, status=status)


def _page(
    request: HttpRequest, found: Candidate, form: RevealForm, *, revealed: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "candidate": found,
        "batch": found.batch,
        "look": state_tag(found.batch),
        "form": form,
        "revealed": revealed,
        "may_change": P.FILE_PARTICULARS_CHANGE in permissions_of(request.user),
        "photo_form": PhotoForm() if may_correct(request.user, found) else None,
        "proofs": proofs_of(found),
        "proof_form": ProofForm() if _is_late(found) and may_correct(request.user, found) else None,
        "may_ask": found.certificate_id and P.FILE_CERTIFICATE_CASE in permissions_of(request.user),
        "refused_at_the_seal": refusal_at_the_seal(found.certificate_id),
        "events": timeline_of_candidate(found)[::-1][:60],
        "active": "candidates",
    }
    return render(request, "school/candidate.html", context, status=status)


def _has_refused(request: HttpRequest, batch: Batch) -> bool:
    """Whether refused graduates wait for the school to take them out: that is open to it at any time (S1-14)."""
    mine = is_of_school(request.user, batch.school_id) and P.PREPARE_BATCH in permissions_of(request.user)
    return mine and batch.candidates.filter(state=CandidateState.REFUSED).exists()


def _is_late(found: Candidate) -> bool:
    """Whether the school gave a reason why the graduate is later than the duration says."""
    return bool(found.details.get("delay_reason"))
