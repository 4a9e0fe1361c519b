"""The desk, progress of long work, photographs."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from xueji.jobs.queries import job_for
from xueji.web.access import signed_in


@signed_in("everybody's own desk")
def desk(request: HttpRequest) -> HttpResponse:
    """Show what waits for the person today."""
    return render(request, "shared/desk.html", {})


@signed_in("progress of one's own work; others' is «not found»")
def job_progress(request: HttpRequest, job_id: int) -> HttpResponse:
    """Show how far a job is; asked every second by the page until it is over, then the page loads anew."""
    job = job_for(request.user, job_id)
    answer = render(request, "jobs/_progress.html", {"job": job})
    if job.is_over and getattr(request, "htmx", False):
        answer["HX-Refresh"] = "true"
    return answer
