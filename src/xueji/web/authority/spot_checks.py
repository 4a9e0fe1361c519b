"""Handbooks drawn by lot: which are to be looked at, what was found, confirmed by a second person."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission as P
from xueji.core.errors import BadInput, NotFound
from xueji.documents.render import render_list
from xueji.draws.models import DrawOutcome
from xueji.graduation.models import SpotCheck
from xueji.graduation.queries import batch_for
from xueji.graduation.records.actions import confirm_outcomes, may_check, record_outcomes
from xueji.graduation.records.actions.spot_checks import checking_authority, spot_check_rule
from xueji.graduation.records.queries import spot_checks_visible_to
from xueji.production.lists import list_data
from xueji.web.access import requires
from xueji.web.downloads import made_paper
from xueji.web.guidance import guidance_for
from xueji.web.listing import page_of


@require_GET
@requires(P.RECORD_SPOT_CHECK)
def spot_checks(request: HttpRequest) -> HttpResponse:
    """List the draws of the schools in view, those with handbooks still to be looked at first."""
    waiting = Count("draw__items", filter=Q(draw__items__confirmed_at__isnull=True))
    failed = Count("draw__items", filter=Q(draw__items__outcome=DrawOutcome.FAILED))
    found = spot_checks_visible_to(request.user).annotate(waiting=waiting, failed=failed)
    name = request.GET.get("q", "").strip()
    if name:
        found = found.filter(batch__school__name__icontains=name)
    page = page_of(request, found.order_by("-waiting", "-draw__drawn_at"))
    return render(request, "authority/spot_checks.html", {"page": page, "q": name})


@require_GET
@requires(P.RECORD_SPOT_CHECK)
def spot_check(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Show the handbooks drawn from a batch, with the fields to record what was found."""
    batch = batch_for(request.user, batch_id)
    view = batch.law
    has_rule = spot_check_rule(view) is not None
    checks = batch.spot_checks.select_related("draw").prefetch_related(
        "draw__items__spot_check_item__candidate__person", "draw__items__recorded_by", "draw__items__confirmed_by"
    )
    context = {
        "batch": batch, "rows": [_row(check, request.user) for check in checks],
        "has_rule": has_rule, "has_paper": "spot_check" in view.keys("document"),
        "checked_by": checking_authority(batch) if has_rule else None,
        "may_check": has_rule and may_check(batch, request.user),
        "guidance": guidance_for(view, "spot_check"),
        "promised": batch.draw_commitments.filter(spot_check=None).select_related("commitment").first(),
    }  # fmt: skip
    return render(request, "authority/spot_check.html", context)


def _row(check: SpotCheck, user: User) -> dict[str, Any]:
    """Return a draw with what this person may do next: find, change, confirm what another found."""
    unconfirmed = [item for item in check.draw.items.all() if item.confirmed_at is None]
    found = [item for item in unconfirmed if item.outcome != DrawOutcome.PENDING]
    return {
        "check": check,
        "draw": check.draw,
        "is_open": bool(unconfirmed),
        "is_found": len(found) == len(unconfirmed),
        "to_confirm": [item for item in found if item.recorded_by_id != user.pk],
        "own_records": [item for item in found if item.recorded_by_id == user.pk],
    }


@require_GET
@requires(P.RECORD_SPOT_CHECK)
def record_form(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Send the record of the draws of a batch, to sign and to keep; the form is the pack's."""
    batch = batch_for(request.user, batch_id)
    view, newest = batch.law, batch.spot_checks.first()
    if newest is None or "spot_check" not in view.keys("document"):
        raise NotFound("还没有抽取，或适用的规定没有核验记录表的表样")
    spec = view.document("spot_check")
    printed = render_list(
        spec, list_data(batch.issue_at_hand, spec), issued_on=timezone.localdate(newest.draw.drawn_at)
    )
    name = f"{batch.school.name} {batch.season.label} 抽查核验记录表.pdf"
    return made_paper(
        request, printed.pdf, name, "application/pdf", subject=newest, school=batch.school,
        persons=sum(spot_check.draw.size for spot_check in batch.spot_checks.select_related("draw")),
    )  # fmt: skip


@require_POST
@requires(P.RECORD_SPOT_CHECK)
def outcomes(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Record what was found in the handbooks; rows left open stay open."""
    batch = batch_for(request.user, batch_id)
    results = {}
    for key, outcome in request.POST.items():
        if key.startswith("outcome-") and outcome:
            number = _number(key.removeprefix("outcome-"))
            results[number] = (outcome, request.POST.get(f"note-{number}", ""))
    count = record_outcomes(batch=batch, outcomes=results, by=request.user, at=timezone.now())
    messages.success(request, f"已登记 {count} 本，等待另一人复核")
    return redirect("authority:spot_check", batch.pk)


@require_POST
@requires(P.RECORD_SPOT_CHECK)
def confirmation(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Confirm what another person recorded."""
    batch = batch_for(request.user, batch_id)
    ids = [_number(item) for item in request.POST.getlist("item")]
    count = confirm_outcomes(batch=batch, ids=ids, by=request.user, at=timezone.now())
    messages.success(request, f"已复核 {count} 本")
    return redirect("authority:spot_check", batch.pk)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise BadInput("请在本页选择要登记的学生")
    return int(text)
