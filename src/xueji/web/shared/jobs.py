"""Long work: how far one's own is, what failed at one's place, and starting that again."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from xueji.accounts.permissions import Permission as P
from xueji.institutions.queries import school_names
from xueji.institutions.queries.jobs import job_for, jobs_visible_to
from xueji.jobs.actions import retry_job
from xueji.jobs.models import JobState
from xueji.web.access import requires, signed_in
from xueji.web.listing import page_of


@require_GET
@signed_in("progress of work at one's own place; others' is «not found»")
def job_progress(request: HttpRequest, job_id: int) -> HttpResponse:
    """Show how far a job is; asked every second by the page until it is over, then the page loads anew."""
    job = job_for(request.user, job_id)
    answer = render(request, "jobs/_progress.html", {"job": job})
    if job.is_over and request.htmx:
        answer["HX-Refresh"] = "true"
    return answer


@require_GET
@signed_in("one's own work and that of one's school")
def jobs(request: HttpRequest) -> HttpResponse:
    """List long work of one's own place, newest first, with what came of it."""
    return _list(request)


@require_GET
@requires(P.WATCH_JOBS)
def area_jobs(request: HttpRequest) -> HttpResponse:
    """List long work of all schools an administrator looks after."""
    return _list(request)


def _list(request: HttpRequest) -> HttpResponse:
    state = request.GET.get("state", "")
    found = jobs_visible_to(request.user).select_related("started_by").order_by("-pk")
    if state in JobState.values:
        found = found.filter(state=state)
    page = page_of(request, found)
    schools = school_names(job.school_id for job in page)
    context = {
        "page": page, "rows": [(job, schools.get(job.school_id, "")) for job in page], "state": state,
        "states": JobState.choices,
    }  # fmt: skip
    return render(request, "jobs/jobs.html", context)


@require_POST
@signed_in("whoever may watch a job may start it again when it failed")
def job_retry(request: HttpRequest, job_id: int) -> HttpResponse:
    """Start a failed job again."""
    job = job_for(request.user, job_id)
    retry_job(job=job, by=request.user, at=timezone.now())
    messages.success(request, f"已重新开始：{job.title}")
    back = request.headers.get("Referer", "")
    safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return redirect(back if safe else "jobs")
