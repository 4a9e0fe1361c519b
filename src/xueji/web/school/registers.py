"""The sealing register (验印登记册) as the school states it: plan and admitted per programme."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from xueji.accounts.permissions import Permission as P
from xueji.core.errors import BadInput, Conflict, RuleViolation
from xueji.core.rules import check_register
from xueji.graduation.actions import set_register_lines
from xueji.graduation.facts import register_of
from xueji.graduation.models import Batch
from xueji.graduation.queries import batch_for, batch_totals, may_prepare
from xueji.production.catalogue import form_of
from xueji.web.access import requires
from xueji.web.forms import add_refusal, posted
from xueji.web.needs import require
from xueji.web.school.batches import state_tag
from xueji.web.school.forms import FillerForm, RegisterLineForm, blank_lines


@require_http_methods(["GET", "POST"])
@requires(P.PREPARE_BATCH)
def register(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Show and store the register's lines; the counts of graduates come from the list, never from here."""
    batch = batch_for(request.user, batch_id)
    view = batch.law
    require(view, "rules:register")
    forms = _line_forms(request, batch)
    filler = FillerForm(posted(request), initial={"form_filler": batch.form_filler or request.user.full_name})
    if request.method == "POST" and all([filler.is_valid(), *(form.is_valid() for form in forms)]):
        try:
            _store(request, batch, forms, filler)
        except (RuleViolation, BadInput, Conflict) as error:
            add_refusal(filler, error)
        else:
            messages.success(request, "登记册已保存")
            return redirect("school:batch", batch.pk)
    context = {
        "batch": batch,
        "look": state_tag(batch),
        "forms": forms,
        "filler": filler,
        "graduates": sum(form.line["count"] for form in forms),
        "findings": check_register(register_of(batch), view) if batch.register_lines.exists() else [],
        "spec": form_of(view, batch.issue_at_hand, "register") if "register" in view.keys("document") else None,
        "may_edit": may_prepare(request.user, batch),
        "active": "register",
    }
    return render(request, "school/register.html", context, status=422 if filler.is_bound else 200)


def _line_forms(request: HttpRequest, batch: Batch) -> list[RegisterLineForm]:
    """Return a form per programme among the graduates, filled with what is stored."""
    found = []
    for index, line in enumerate(
        blank_lines([line for line in batch_totals(batch) if line["count"]], list(batch.register_lines.all()))
    ):
        stored = line["line"]
        initial = {key: getattr(stored, key) for key in ("planned", "admitted", "remark")} if stored else {}
        found.append(RegisterLineForm(posted(request), prefix=f"line{index}", initial=initial, line=line))
    return found


def _store(request: HttpRequest, batch: Batch, forms: list[RegisterLineForm], filler: FillerForm) -> None:
    lines: list[dict[str, Any]] = [
        {
            "programme_name": form.line["programme_name"],
            "duration_years": form.line["duration_years"],
            **form.cleaned_data,
        }
        for form in forms
    ]
    set_register_lines(
        batch=batch,
        lines=lines,
        form_filler=filler.cleaned_data["form_filler"],
        by=request.user,
        at=timezone.now(),
    )
