"""接管的学校: the schools whose files the places keep where a person works."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from xueji.accounts.permissions import Permission as P
from xueji.institutions.queries.succession import former_names, kept_by_offices_of
from xueji.web.access import requires


@require_GET
@requires(P.VIEW_BATCHES)
def served(request: HttpRequest) -> HttpResponse:
    """List the schools whose files are kept here, since when and by which document, with every name and code they had."""
    kept = kept_by_offices_of(request.user, timezone.localdate())
    names = former_names([entry.school for entry in kept])
    rows = [{"entry": entry, "names": names[entry.school.pk]} for entry in kept]
    return render(request, "shared/served.html", {"rows": rows})
