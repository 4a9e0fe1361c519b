"""Who is proposed for withdrawal and cancellation because the filing is out of reach: looked at, chosen, applied for (S2 第七条)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from xueji.accounts.permissions import Permission as P
from xueji.core.errors import NotFound
from xueji.institutions.queries import schools_visible_to
from xueji.registry.queries import MOST_LEAVING, has_register, proposed_changes
from xueji.web.access import requires
from xueji.web.clauses import shown_clauses
from xueji.web.school.batches import own_schools


@require_GET
@requires(P.FILE_STATUS_CHANGE)
def leaving(request: HttpRequest) -> HttpResponse:
    """Show who is proposed for which change and why; what is chosen goes to the form of that change."""
    today = timezone.localdate()
    schools = schools_visible_to(request.user, permission=P.FILE_STATUS_CHANGE).filter(pk__in=own_schools(request))
    having = [school for school in schools.order_by("name") if has_register(school, today)]
    if not having:
        raise NotFound
    rows = [(school, proposed_changes(school, today)) for school in having]
    cites = rows[0][1][0].cites
    context = {"rows": rows, "most": MOST_LEAVING, "clauses": shown_clauses(cites)}
    return render(request, "school/leaving.html", context)
