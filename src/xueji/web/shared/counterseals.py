"""The health authority's seal on a 毕业证明: asked by who made it, answered at a desk, or by a link without signing in."""

from __future__ import annotations

from typing import cast

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission as P
from xueji.attestations.actions import answer_counterseal, ask_counterseal, decide_counterseal, withdraw_counterseal
from xueji.attestations.models import CounterSeal
from xueji.attestations.queries import (
    attestation_shown,
    counterseal_asked_of,
    counterseal_by_link,
    counterseal_offices,
    counterseal_to_withdraw,
    counterseals_asked_of,
)
from xueji.cases.law import law_of
from xueji.core.errors import BadInput, Conflict
from xueji.web.access import open_to_all, requires
from xueji.web.attestation_forms import CounterSealForm, LinkAnswerForm, SealAnswerForm
from xueji.web.forms import add_refusal, posted, require_valid
from xueji.web.listing import page_of

_LINK = "k"  # of the query: an address with it in the path would stand in the log


@require_POST
@requires(P.MAKE_ATTESTATIONS)
def ask_seal(request: HttpRequest, attestation_id: int) -> HttpResponse:
    """Ask an office for its seal; where it has no desk, show the link this once."""
    found = attestation_shown(cast("User", request.user), attestation_id)
    form = CounterSealForm(request.POST, offices=counterseal_offices(law_of(found.case)))
    require_valid(form)
    asked, handle = ask_counterseal(
        attestation=found, office=form.cleaned_data["office"], by=request.user, at=timezone.now()
    )
    if not handle:
        messages.success(request, f"已送{asked.office}，在其工作台等待答复")
        return redirect("school:case", found.case_id)
    address = request.build_absolute_uri(f"{reverse('counterseal_link')}?{urlencode({_LINK: handle})}")
    answer = render(request, "shared/counterseal_asked.html", {"asked": asked, "address": address})
    answer["Cache-Control"] = "no-store"
    return answer


@require_POST
@requires(P.MAKE_ATTESTATIONS)
def withdrawal(request: HttpRequest, counterseal_id: int) -> HttpResponse:
    """Take back what was asked and not answered."""
    found = counterseal_to_withdraw(cast("User", request.user), counterseal_id)
    withdraw_counterseal(counterseal=found, by=request.user, at=timezone.now())
    messages.success(request, "已收回申请，链接不能再用")
    return redirect("school:case", found.attestation.case_id)


@require_GET
@requires(P.SEAL_ATTESTATIONS)
def counterseals(request: HttpRequest) -> HttpResponse:
    """List what the person's office was asked to seal, what waits first."""
    page = page_of(request, counterseals_asked_of(cast("User", request.user)))
    return render(request, "shared/counterseals.html", {"page": page})


@require_http_methods(["GET", "POST"])
@requires(P.SEAL_ATTESTATIONS)
def counterseal(request: HttpRequest, counterseal_id: int) -> HttpResponse:
    """Show what is to be sealed at the desk that was asked, and take its answer."""
    found = counterseal_asked_of(cast("User", request.user), counterseal_id)
    form = SealAnswerForm(posted(request))
    if form.is_bound and form.is_valid():
        try:
            decide_counterseal(
                counterseal=found, answer=form.cleaned_data["answer"], reason=form.cleaned_data["reason"],
                by=request.user, at=timezone.now(),
            )  # fmt: skip
        except (BadInput, Conflict) as error:
            add_refusal(form, error)
        else:
            messages.success(request, "已答复")
            return redirect("counterseals")
    return _answer_page(request, found, form, "shared/counterseal.html")


@never_cache
@require_http_methods(["GET", "POST"])
@open_to_all("a health authority without an account answers by a link that is known to it alone and works once")
def link(request: HttpRequest) -> HttpResponse:
    """Show what a link asks, and take the answer once; a look answers nothing."""
    handle, at = request.GET.get(_LINK, ""), timezone.now()
    found = counterseal_by_link(handle, at)
    form = LinkAnswerForm(posted(request))
    if form.is_bound and form.is_valid():
        try:
            answer_counterseal(handle=handle, at=at, **form.cleaned_data)
        except (BadInput, Conflict) as error:
            add_refusal(form, error)
        else:
            found.refresh_from_db()
            return render(request, "shared/counterseal_answered.html", {"asked": found})
    return _answer_page(request, found, form, "shared/counterseal_link.html")


def _answer_page(request: HttpRequest, found: CounterSeal, form: forms.Form, template: str) -> HttpResponse:
    context = {"asked": found, "attestation": found.attestation, "form": form}
    answer = render(request, template, context, status=422 if form.errors else 200)
    answer["Referrer-Policy"] = "no-referrer"
    return answer
