"""Printing on blanks by the authority, for its schools."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from xueji.accounts.permissions import Permission as P
from xueji.graduation.season_authority import ISSUE_KIND
from xueji.production.catalogue import is_central
from xueji.production.queries import central_issues, print_runs_visible_to
from xueji.production.windows import prints_from
from xueji.web.access import requires, takes_upload
from xueji.web.listing import page_of
from xueji.web.shared import runs

PORTAL = runs.Portal("authority")


@require_http_methods(["GET", "POST"])
@requires(P.PRINT_CENTRALLY)
def load(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Put blanks into the printer."""
    return runs.load_page(request, batch_id, PORTAL)


@require_http_methods(["GET", "POST"])
@requires(P.PRINT_CENTRALLY)
def run(request: HttpRequest, run_id: int) -> HttpResponse:
    """Confirm what came out."""
    return runs.run_page(request, run_id, PORTAL)


@require_GET
@requires(P.PRINT_CENTRALLY)
def run_file(request: HttpRequest, run_id: int) -> HttpResponse:
    """Send the list of a run."""
    return runs.run_file(request, run_id)


@require_GET
@requires(P.PRINT_CENTRALLY)
def run_part(request: HttpRequest, run_id: int, ordinal: int) -> HttpResponse:
    """Send one file of a run."""
    return runs.run_part(request, run_id, ordinal)


@require_GET
@requires(P.PRINT_CENTRALLY)
def preview(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Show what will come out."""
    return runs.preview_page(request, batch_id)


@require_POST
@requires(P.PRINT_CENTRALLY)
@takes_upload("MAX_SCAN_BYTES")
def blank_picture(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Keep a scan of the real blank."""
    return runs.blank_picture(request, batch_id, PORTAL)


@require_GET
@requires(P.PRINT_CENTRALLY)
def central(request: HttpRequest) -> HttpResponse:
    """List the batches to print, with what is printed of each."""
    found = central_issues(request.user).filter(kind=ISSUE_KIND).select_related("batch")
    if search := request.GET.get("q", "").strip():
        found = found.filter(school__name__icontains=search)
    page = page_of(request, found)
    for issue in page.object_list:
        issue.is_central = is_central(issue.law)
        issue.opens = prints_from(issue)
    loaded = print_runs_visible_to(request.user).filter(is_loaded=True, file__isnull=False, sheets__outcome="pending")
    pending = list(loaded.distinct().order_by("issue__school__code", "pk")[: runs.MOST_TOGETHER])
    context = {"page": page, "q": search, "today": timezone.localdate(), "pending": pending}
    return render(request, "authority/central.html", context)
