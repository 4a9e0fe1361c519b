"""The school's own printing on blanks."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from xueji.accounts.permissions import Permission as P
from xueji.web.access import requires, takes_upload
from xueji.web.shared import runs

PORTAL = runs.Portal("school")


@require_http_methods(["GET", "POST"])
@requires(P.PRINT_DOCUMENTS)
def load(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Put blanks into the printer."""
    return runs.load_page(request, batch_id, PORTAL)


@require_http_methods(["GET", "POST"])
@requires(P.PRINT_DOCUMENTS)
def run(request: HttpRequest, run_id: int) -> HttpResponse:
    """Confirm what came out."""
    return runs.run_page(request, run_id, PORTAL)


@require_GET
@requires(P.PRINT_DOCUMENTS)
def run_file(request: HttpRequest, run_id: int) -> HttpResponse:
    """Send the list of a run."""
    return runs.run_file(request, run_id)


@require_GET
@requires(P.PRINT_DOCUMENTS)
def run_part(request: HttpRequest, run_id: int, ordinal: int) -> HttpResponse:
    """Send one file of a run."""
    return runs.run_part(request, run_id, ordinal)


@require_GET
@requires(P.PRINT_DOCUMENTS)
def preview(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Show what will come out."""
    return runs.preview_page(request, batch_id)


@require_POST
@requires(P.PRINT_DOCUMENTS)
@takes_upload("MAX_SCAN_BYTES")
def blank_picture(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Keep a scan of the real blank."""
    return runs.blank_picture(request, batch_id, PORTAL)
