"""Sealing day: who is due, the count at the press, the papers afterwards."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission as P
from xueji.core.errors import BadInput, NotFound, XuejiError
from xueji.graduation.issues import batch_of
from xueji.graduation.models import Batch
from xueji.graduation.queries import batch_for
from xueji.graduation.season_authority import ISSUE_KIND
from xueji.institutions.models import Post
from xueji.institutions.queries import officers_of
from xueji.institutions.queries.deferral import deferral_of
from xueji.production.actions import CopyReceived, draw_files, lodge_archive_copies, record_files, seal_issue
from xueji.production.archive import copies_due
from xueji.production.catalogue import checks_files
from xueji.production.filechecks import barred_so_far, file_check_of, file_rows_of
from xueji.production.form_data import certificates_of
from xueji.production.materials import materials_of
from xueji.production.models import SealingRound
from xueji.production.queries import (
    issues_awaiting_seal,
    round_of,
    rounds_open_on,
    sealing_balance,
    session_for,
    sessions_visible_to,
)
from xueji.web.access import requires
from xueji.web.authority.forms import PressForm
from xueji.web.forms import add_refusal
from xueji.web.guidance import guidance_for, terms_owed, to_come
from xueji.web.listing import page_of
from xueji.web.witness import is_witnessed


@require_GET
@requires(P.SEAL)
def worklist(request: HttpRequest) -> HttpResponse:
    """List the batches waiting for the seal by appointment, and the latest sealings."""
    today = timezone.localdate()
    found = issues_awaiting_seal(request.user).filter(kind=ISSUE_KIND)
    found = found.select_related("school__authority", "case", "appointment", "batch")
    waiting = found.order_by("appointment__day", "appointment__half", "appointment__place_in_half", "school__code")
    if search := request.GET.get("q", "").strip():
        waiting = waiting.filter(Q(school__name__icontains=search) | Q(case__title__icontains=search))
    context = {
        "page": page_of(request, waiting), "today": today, "q": search, "open_rounds": rounds_open_on(request.user, today),
        "sessions": sessions_visible_to(request.user)[:10],
    }  # fmt: skip
    return render(request, "authority/sealing.html", context)


@sensitive_post_parameters("password", "password_code")
@require_http_methods(["GET", "POST"])
@requires(P.SEAL)
def press(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Count, compare with range and register, and seal; the supervisor gives the own password on the spot."""
    batch = batch_for(request.user, batch_id)
    if batch.issue.sealed_at and request.method == "GET":
        return redirect("authority:session", batch.issue.sealing.pk)
    sealing_round = round_of(batch.issue_at_hand)
    supervisors = _supervisors(batch, request.user)
    form = PressForm(request.POST or None, supervisors=supervisors)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and sealing_round is not None:
            try:
                return _sealed(request, batch, sealing_round, form, supervisors)
            except XuejiError as error:
                if error.http_status in {403, 404}:
                    raise
                add_refusal(form, error)
                status = error.http_status
    return _press_page(request, batch, sealing_round, form, status=status)


@require_POST
@requires(P.SEAL)
def file_check(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Draw the electronic files to be looked at, or record what those drawn say (S4-07)."""
    batch = batch_for(request.user, batch_id)
    sealing_round = round_of(batch.issue_at_hand)
    check = file_check_of(batch.issue_at_hand)
    if check is None:
        if sealing_round is None:
            raise NotFound
        made = draw_files(issue=batch.issue_at_hand, round=sealing_round, by=request.user, at=timezone.now())
        messages.success(request, f"已抽取 {made.draw.size} 份学籍电子档案，请逐份核查")
    else:
        outcomes = {
            item.pk: (outcome, request.POST.get(f"note-{item.pk}", ""))
            for item in check.draw.items.all()
            if (outcome := request.POST.get(f"outcome-{item.pk}", ""))
        }
        count = record_files(check=check, outcomes=outcomes, by=request.user, at=timezone.now())
        messages.success(request, f"已登记 {count} 份核查结果")
    return redirect("authority:press", batch.pk)


def _press_page(
    request: HttpRequest, batch: Batch, sealing_round: SealingRound | None, form: PressForm, *, status: int
) -> HttpResponse:
    view = batch.law
    barred = barred_so_far(batch.issue_at_hand, view)
    shown = sorted(certificates_of(batch.issue_at_hand), key=lambda certificate: certificate.pk not in barred)
    context = {
        "sealable": len(shown) - len(barred), "barred_names": "、".join(certificate.holder_name for certificate in shown if certificate.pk in barred),
        "batch": batch, "round": sealing_round, "form": form, "balance": sealing_balance(batch.issue_at_hand),
        "certificates": shown,
        "today": timezone.localdate(), "deferral": deferral_of(batch.school, "sealing"),
        "to_come": to_come(view, batch),
        "terms": terms_owed([view], "seal"),
        "materials": materials_of(batch.issue_at_hand, view), "ticked": request.POST.getlist("material"),
        "checks_files": checks_files(view), "file_check": file_check_of(batch.issue_at_hand), "file_rows": file_rows_of(batch.issue_at_hand), "barred": barred,
        "told_seal": guidance_for(view, "seal", "sealing_materials"),
    }  # fmt: skip
    return render(request, "authority/press.html", context, status=status)


def _sealed(
    request: HttpRequest, batch: Batch, sealing_round: SealingRound, form: PressForm, supervisors: list[User]
) -> HttpResponse:
    chosen = form.cleaned_data
    supervisor = next(user for user in supervisors if str(user.pk) == chosen["supervised_by"])
    if not is_witnessed(request, form, supervisor):
        return _press_page(request, batch, sealing_round, form, status=422)
    refused = _refusals(request, batch)
    session = seal_issue(
        issue=batch.issue_at_hand, round=sealing_round, diplomas_counted=chosen["diplomas_counted"], refused=refused,
        sealed_by=request.user, supervised_by=supervisor, at=timezone.now(), note=chosen["note"],
        materials=request.POST.getlist("material"),
    )  # fmt: skip
    without = f"，不予验印 {session.refused_count} 本" if session.refused_count else ""
    messages.success(request, f"已验印 {session.sealed_count} 本{without}")
    return redirect("authority:session", session.pk)


def _refusals(request: HttpRequest, batch: Batch) -> dict[UUID, str]:
    """Return the diplomas ticked as refused, with their reasons; a reason beside a box left open is asked about."""
    known = dict(certificates_of(batch.issue_at_hand).values_list("pk", "holder_name"))
    reasons = {pk: request.POST.get(f"reason-{pk}", "").strip() for pk in known}
    ticked = set(request.POST.getlist("refuse"))
    if doubtful := [known[pk] for pk, reason in reasons.items() if reason and str(pk) not in ticked]:
        raise BadInput(f"写了原因但没有勾选「不予验印」：{'、'.join(doubtful)}；请勾选，或清除原因")
    return {pk: reason for pk, reason in reasons.items() if str(pk) in ticked}


def _supervisors(batch: Batch, sealer: User) -> list[User]:
    """Return who may watch the seal: its supervisors and the other sealers of the authority."""
    place = batch.season.authority
    both = officers_of(place, Post.SEAL_SUPERVISOR) | officers_of(place, Post.SEALER)
    return list(both.exclude(pk=sealer.pk).distinct())


@require_GET
@requires(P.SEAL)
def session(request: HttpRequest, session_id: int) -> HttpResponse:
    """Show a sealing: counts, refused diplomas, papers lodged and due."""
    found = session_for(request.user, session_id)
    batch = batch_of(found.issue)
    context = {
        "session": found, "batch": batch, "due": copies_due(batch.issue_at_hand),
        "refusals": found.refusals.select_related("certificate__number"),
        "told_archive": guidance_for(batch.law, "archive"), "copies": found.archive_copies.select_related("received_by"), "duties": batch.case.obligations.all(),
    }  # fmt: skip
    return render(request, "authority/session.html", context)


@require_POST
@requires(P.SEAL)
def copies(request: HttpRequest, session_id: int) -> HttpResponse:
    """Record the papers handed over: whichever have a shelf mark filled in."""
    found = session_for(request.user, session_id)
    if found is None:
        raise NotFound
    received: list[Any] = [
        CopyReceived(copy.keeper, copy.document, mark)
        for copy in copies_due(found.issue)
        if (mark := request.POST.get(f"mark-{copy.keeper}-{copy.document}", "").strip())
    ]
    lodge_archive_copies(issue=found.issue, copies=received, by=request.user, at=timezone.now())
    messages.success(request, f"已登记存档 {len(received)} 份")
    return redirect("authority:session", found.pk)
