"""Everything once more, then submitted once; and the receipt."""

from __future__ import annotations

from itertools import groupby
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.views.decorators.http import require_GET, require_http_methods

from xueji.applications.draft_queries import draft_shown
from xueji.applications.facts import stated_facts
from xueji.applications.models import Application
from xueji.applications.queries import application_for, standing_of
from xueji.applications.submission_actions import submit_application
from xueji.core.errors import NotFound
from xueji.core.findings import Finding, errors_of
from xueji.web.access import for_applicants
from xueji.web.applicant.codes import qr_shown
from xueji.web.application_sections import page_of_field

_OWN = "the own applications; another's is not found"


@for_applicants(_OWN)
@require_http_methods(["GET", "POST"])
def check(request: HttpRequest, graduate_application_id: UUID) -> HttpResponse:
    """Show everything once more, with all that is missing; submit it."""
    mine = application_for(request.applicant, graduate_application_id)
    if request.method == "POST":
        key = request.POST.get("key", "")
        submit_application(application=mine, key=key, by=request.applicant.user, at=timezone.now())
        messages.success(request, "申请已经提交")
        return redirect("applicant:receipt", mine.pk)
    if mine.state != Application.State.DRAFT:
        return redirect("applicant:application", mine.pk)
    draft = draft_shown(mine)
    context = {
        "application": mine, "applicant": request.applicant, "draft": draft, "facts": stated_facts(mine),
        "missing": _grouped(mine, draft.findings), "count": len(errors_of(draft.findings)),
        "key": _key_of(mine),
    }  # fmt: skip
    return render(request, "applicant/check.html", context)


def _key_of(mine: Application) -> str:
    """Return the key of this draft's submission: the same in every tab, so that it is submitted once from wherever."""
    return salted_hmac("xueji.web.applicant.submitting", str(mine.pk), algorithm="sha256").hexdigest()


def _grouped(mine: Application, findings: list[Finding]) -> list[list[tuple[Finding, str]]]:
    """Return what is missing with the page where it is given; what rests on the same clauses stands together."""
    linked = [(finding, page_of_field(mine, finding.field)) for finding in errors_of(findings)]
    return [list(group) for _, group in groupby(linked, key=lambda pair: pair[0].cites)]


@for_applicants(_OWN)
@require_GET
def receipt(request: HttpRequest, graduate_application_id: UUID) -> HttpResponse:
    """Show the receipt, to be kept or printed."""
    mine = application_for(request.applicant, graduate_application_id)
    if mine.receipt is None:
        raise NotFound("这份申请还没有提交，没有受理回执")
    draft = draft_shown(mine)
    page = reverse("applicant:application", args=[mine.pk])
    context = {
        "application": mine, "applicant": request.applicant, "office": draft.office, "papers": draft.papers,
        "facts": stated_facts(mine), "standing": standing_of(mine), "code": qr_shown(f"{settings.SITE_URL}{page}"),
    }  # fmt: skip
    return render(request, "applicant/receipt.html", context)
