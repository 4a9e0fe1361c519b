"""What schools owe after sealing, and measures against schools."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from xueji.accounts.permissions import Permission as P
from xueji.cases.law import law_of
from xueji.core.calendar import days_left_until
from xueji.core.errors import XuejiError
from xueji.core.obligations import measures_of
from xueji.institutions.actions import impose_sanction, lift_sanction
from xueji.institutions.calendars import Calendars
from xueji.institutions.queries import measures_imposed, pick, school_for, schools_visible_to
from xueji.obligations.models import Obligation
from xueji.obligations.queries import obligations_visible_to
from xueji.web.access import requires
from xueji.web.authority.forms import SanctionForm
from xueji.web.forms import add_refusal
from xueji.web.guidance import guidance_for, terms_owed, view_for
from xueji.web.listing import page_of

SOON = 3  # working days


@require_GET
@requires(P.WATCH_DUTIES)
def duties(request: HttpRequest) -> HttpResponse:
    """Show the countdown of the term after sealing (S1-16): overdue first, per school."""
    today = timezone.localdate()
    found = obligations_visible_to(request.user).select_related("case__batch__season")
    open_ones = found.filter(done_at__isnull=True)
    chosen = request.GET.get("show", "open")
    shown = {
        "open": open_ones,
        "overdue": open_ones.filter(due_on__lt=today),
        "done": found.filter(done_at__isnull=False),
    }
    rows = shown.get(chosen, open_ones)
    if search := request.GET.get("q", "").strip():
        rows = rows.filter(school__name__icontains=search)
    page = page_of(request, rows.order_by("due_on", "school__code", "key"))
    context = {
        "page": page, "rows": with_days_left(page.object_list), "chosen": chosen, "q": search,
        "overdue": open_ones.filter(due_on__lt=today).count(), "open": open_ones.count(),
        "done": found.filter(done_at__isnull=False).count(),
        "schools_overdue": open_ones.filter(due_on__lt=today).order_by().values("school").distinct().count(),
    }  # fmt: skip
    context["terms"] = terms_owed(dict.fromkeys(law_of(owed.case) for owed in page.object_list), "seal")
    return render(request, "authority/duties.html", context)


def with_days_left(found: Sequence[Obligation]) -> list[tuple[Obligation, int | None]]:
    """Return what is owed with the working days left until they are due, by the calendar of each school's authority."""
    today, calendars = timezone.localdate(), Calendars()
    rows: list[tuple[Obligation, int | None]] = []
    for owed in found:
        days = calendars.of(law_of(owed.case), owed.school.authority)
        rows.append((owed, None if owed.done_at else days_left_until(owed.due_on, today, days)))
    return rows


@require_http_methods(["GET", "POST"])
@requires(P.IMPOSE_SANCTIONS)
def sanctions(request: HttpRequest) -> HttpResponse:
    """List the measures against schools; impose one (S1-17)."""
    schools = schools_visible_to(request.user, permission=P.IMPOSE_SANCTIONS)
    view = view_for(request.user, timezone.localdate())
    measures = measures_of(view) if view else ()
    form = SanctionForm(request.POST or None, schools=schools, measures=measures)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            chosen: dict[str, Any] = dict(form.cleaned_data)
            school = school_for(request.user, chosen.pop("school"))
            try:
                imposed = impose_sanction(school=school, by=request.user, at=timezone.now(), **chosen)
            except XuejiError as error:
                add_refusal(form, error)
                status = error.http_status
            else:
                messages.success(request, f"已对{school.name}作出「{imposed.label}」处理")
                return redirect("authority:sanctions")
    found = measures_imposed(request.user)
    context = {
        "form": form, "measures": measures, "page": page_of(request, found), "guidance": guidance_for(view, "sanctions") if view else [],
    }  # fmt: skip
    return render(request, "authority/sanctions.html", context, status=status)


@require_POST
@requires(P.IMPOSE_SANCTIONS)
def lifting(request: HttpRequest, sanction_id: int) -> HttpResponse:
    """Lift a measure, with the reason."""
    found = pick(measures_imposed(request.user), sanction_id)
    lift_sanction(sanction=found, reason=request.POST.get("reason", ""), by=request.user, at=timezone.now())
    messages.success(request, f"已解除{found.school.name}的「{found.label}」")
    return redirect("authority:sanctions")
