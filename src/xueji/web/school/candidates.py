"""Graduates of a batch: list, page, full ID number on a stated reason, withdrawal."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from xueji.accounts.permissions import Permission as P
from xueji.graduation.actions import withdraw_candidates
from xueji.graduation.models import Batch, Candidate
from xueji.graduation.queries import batch_for, candidate_for
from xueji.institutions.queries import permissions_of
from xueji.ledger.queries import timeline_of
from xueji.registry.actions import reveal_resident_id
from xueji.web.access import requires
from xueji.web.listing import page_of
from xueji.web.school.batches import may_prepare, state_tag
from xueji.web.school.forms import CandidateFilter, RevealForm, WithdrawForm


@require_GET
@requires(P.VIEW_BATCHES)
def candidates(request: HttpRequest, batch_id: int) -> HttpResponse:
    """List the graduates of a batch by programme, state or name."""
    batch = batch_for(request.user, batch_id)
    programmes = list(batch.candidates.order_by("programme_name").values_list("programme_name", flat=True).distinct())
    form = CandidateFilter(request.GET, programmes=programmes)
    page = page_of(request, _narrowed(batch, form))
    context = {"batch": batch, "look": state_tag(batch), "form": form, "page": page, "active": "candidates"}
    context["may_withdraw"] = may_prepare(request, batch)
    return render(request, "school/candidates.html", context)


@require_POST
@requires(P.PREPARE_BATCH)
def withdrawal(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Let graduates leave the batch (S1-14), with the reason on record."""
    batch = batch_for(request.user, batch_id)
    ids = [str(pk) for pk in batch.candidates.values_list("pk", flat=True)]
    form = WithdrawForm(request.POST, ids=ids)
    if form.is_valid():
        chosen = form.cleaned_data
        withdraw_candidates(batch=batch, ids=chosen["ids"], reason=chosen["reason"], by=request.user, at=timezone.now())
        messages.success(request, f"已让 {len(chosen['ids'])} 名毕业生退出本批次")
    else:
        messages.error(request, "；".join(error for errors in form.errors.values() for error in errors))
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


def _page(
    request: HttpRequest, found: Candidate, form: RevealForm, *, revealed: str = "", status: int = 200
) -> HttpResponse:
    subjects = [found, found.person, found.enrolment, *filter(None, [found.certificate])]
    context = {
        "candidate": found,
        "batch": found.batch,
        "look": state_tag(found.batch),
        "form": form,
        "revealed": revealed,
        "may_reveal": P.REVEAL_IDENTITY in permissions_of(request.user),
        "may_change": P.FILE_PARTICULARS_CHANGE in permissions_of(request.user),
        "events": timeline_of(*subjects)[::-1][:60],
        "active": "candidates",
    }
    return render(request, "school/candidate.html", context, status=status)


def _narrowed(batch: Batch, form: CandidateFilter) -> QuerySet[Candidate]:
    found = batch.candidates.select_related("person", "certificate__number").order_by("ordinal")
    if not form.is_valid():
        return found
    chosen = form.cleaned_data
    narrowed = {"name__contains": chosen["q"], "programme_name": chosen["programme"], "state": chosen["state"]}
    return found.filter(**{key: value for key, value in narrowed.items() if value})
