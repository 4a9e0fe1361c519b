"""A school is closed, with its open work named first; a principal is entered ahead of their day."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from xueji.accounts.permissions import Permission as P
from xueji.core.errors import XuejiError
from xueji.institutions.actions_closing import (
    close_school,
    plan_principal,
    reopen_school,
    withdraw_planned_principal,
)
from xueji.institutions.open_work import open_work_of
from xueji.institutions.queries import school_for
from xueji.institutions.queries.area import planned_principal_for
from xueji.web.access import requires
from xueji.web.authority.institution_forms import CloseSchoolForm, PlannedPrincipalForm, ReopenSchoolForm
from xueji.web.authority.institutions import answer
from xueji.web.forms import add_refusal, posted


@require_http_methods(["GET", "POST"])
@requires(P.MANAGE_INSTITUTIONS)
def close_school_page(request: HttpRequest, school_id: int) -> HttpResponse:
    """Name what a school has under way; state from which day on it is closed."""
    found = school_for(request.user, school_id)
    initial = {"closed_on": timezone.localdate(), "custodian": found.authority.name}
    form, status = CloseSchoolForm(posted(request), initial=initial, user=request.user), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                closed = close_school(school=found, by=request.user, at=timezone.now(), **form.cleaned_data)
            except XuejiError as error:
                add_refusal(form, error)
                status = error.http_status
            else:
                messages.success(request, f"已登记：{closed.name}自 {closed.closed_on:%Y-%m-%d} 起停办")
                return redirect("authority:school", found.pk)
    context = {"school": found, "form": form, "open_work": open_work_of(found)}
    return render(request, "authority/institutions/close_school.html", context, status=status)


@require_http_methods(["GET", "POST"])
@requires(P.MANAGE_INSTITUTIONS)
def reopen_school_page(request: HttpRequest, school_id: int) -> HttpResponse:
    """Take back that a school is closed, by a document."""
    found = school_for(request.user, school_id)
    form = ReopenSchoolForm(posted(request))

    def reopen(values: dict[str, Any]) -> HttpResponse:
        reopen_school(school=found, by=request.user, at=timezone.now(), **values)
        messages.success(request, "已撤销停办登记，两次登记都留在变更记录里")
        return redirect("authority:school", found.pk)

    return answer(request, form, reopen, {"title": "撤销停办", "school": found, "above": found.authority})


@require_http_methods(["GET", "POST"])
@requires(P.MANAGE_INSTITUTIONS)
def plan_principal_page(request: HttpRequest, school_id: int) -> HttpResponse:
    """Enter who heads a school from a day to come."""
    found = school_for(request.user, school_id)
    form = PlannedPrincipalForm(posted(request))

    def plan(values: dict[str, Any]) -> HttpResponse:
        planned = plan_principal(school=found, by=request.user, at=timezone.now(), **values)
        messages.success(
            request, f"已登记：{planned.effective_on:%Y-%m-%d} 起校长为{planned.principal}；到期自动生效，之前签发的证书仍印现任校长"
        )  # fmt: skip
        return redirect("authority:school", found.pk)

    return answer(request, form, plan, {"title": "提前登记新任校长", "school": found, "above": found.authority})


@require_POST
@requires(P.MANAGE_INSTITUTIONS)
def withdraw_principal(request: HttpRequest, school_id: int, planned_id: int) -> HttpResponse:
    """Take back a principal entered ahead, before their day."""
    found = school_for(request.user, school_id)
    planned = planned_principal_for(request.user, found, planned_id)
    withdraw_planned_principal(planned=planned, by=request.user, at=timezone.now())
    messages.success(request, f"已撤销：{planned.effective_on:%Y-%m-%d} 起校长为{planned.principal}")
    return redirect("authority:school", found.pk)
