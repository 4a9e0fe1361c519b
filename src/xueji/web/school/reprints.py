"""Asking to print spoiled certificates again (重打)."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from xueji.accounts.permissions import Permission as P
from xueji.cases.actions import submit_case
from xueji.cases.queries import case_for
from xueji.core.errors import BadInput, XuejiError
from xueji.graduation.issues import batch_of
from xueji.graduation.queries import batch_for
from xueji.production.actions import open_reprint
from xueji.production.form_data import to_print
from xueji.production.queries import reprint_of_case, sheets_asked_for_again
from xueji.production.reprinting import not_allowed
from xueji.web.access import requires
from xueji.web.casepages import Look, casepage_of, shown_panels
from xueji.web.forms import ReasonForm, add_refusal
from xueji.web.guidance import guidance_for
from xueji.web.school.batches import state_tag


@require_http_methods(["GET", "POST"])
@requires(P.FILE_CERTIFICATE_CASE)
def reprint(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Choose spoiled certificates and ask to print them again; the request goes to the school's leader at once."""
    batch = batch_for(request.user, batch_id)
    form = ReasonForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = open_reprint(
                    issue=batch.issue_at_hand, sheets=_sheets(request), reason=form.cleaned_data["reason"], by=request.user,
                    at=timezone.now(),
                )  # fmt: skip
                submit_case(case=made.case, by=request.user, at=timezone.now())
            except XuejiError as error:
                if error.http_status in {403, 404}:
                    raise
                add_refusal(form, error)
                status = error.http_status
            else:
                messages.success(request, "已提交重打申请，等待学校负责人审核")
                return redirect("school:reprint_case", made.case_id)
    view = batch.law
    context = {
        "batch": batch, "look": state_tag(batch), "active": "printing", "form": form,
        "sheets": not_allowed(list(to_print(batch.issue_at_hand)), view), "busy": sheets_asked_for_again(batch.issue_at_hand),
        "reprints": batch.issue.reprints.select_related("case").prefetch_related("items")[:20],
        "guidance": guidance_for(view, "reprint"),
    }  # fmt: skip
    return render(request, "school/reprint.html", context, status=status)


@require_GET
@requires(P.VIEW_BATCHES)
def reprint_case(request: HttpRequest, case_id: int) -> HttpResponse:
    """Show a request with its steps and sheets."""
    case = case_for(request.user, case_id)
    found, look = reprint_of_case(case), Look(case, request.user)
    events = casepage_of(case.kind).events_of(look)[:40]
    context = {
        "case": case,
        "look": look,
        "batch_id": batch_of(found.issue).pk,
        "panels": shown_panels(look),
        "events": events,
    }
    return render(request, "school/reprint_case.html", context)


def _sheets(request: HttpRequest) -> list[int]:
    try:
        return [int(pk) for pk in request.POST.getlist("ids")]
    except ValueError:
        raise BadInput("请重新勾选证书") from None
