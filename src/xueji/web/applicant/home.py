"""What a person applied for, and what to do next."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from xueji.applications.blacklist_queries import own_entries
from xueji.applications.queries import applications_of
from xueji.web.access import for_applicants


@for_applicants("the own applications")
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Show the person's applications, or how to begin."""
    context = {
        "applications": list(applications_of(request.applicant)), "applicant": request.applicant,
        "entries": list(own_entries(request.applicant)), "today": timezone.localdate(),
    }  # fmt: skip
    return render(request, "applicant/home.html", context)
