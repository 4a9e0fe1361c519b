"""For auditors: what accounts decided or proposed whose password somebody else had given out, unconfirmed by a superior."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from xueji.accounts.permissions import Permission as P
from xueji.cases.hands import unconfirmed_decisions, unconfirmed_proposals
from xueji.web.access import requires
from xueji.web.listing import page_of

_LATEST = 100  # proposals on the page; the audit names every one


@require_GET
@requires(P.READ_LEDGER)
def unconfirmed(request: HttpRequest) -> HttpResponse:
    """List such decisions in the auditor's area, and the latest of such proposals."""
    page = page_of(request, unconfirmed_decisions(request.user))
    proposals = unconfirmed_proposals(request.user)[:_LATEST]
    return render(request, "authority/unconfirmed.html", {"page": page, "proposals": proposals})
