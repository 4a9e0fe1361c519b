"""What the applicant was told, by short message and here."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from xueji.messaging.queries import inbox_of
from xueji.web.access import for_applicants
from xueji.web.listing import page_of

_ON_A_PAGE = 20


@for_applicants("the own messages")
@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """Show the messages, the newest first; codes to sign in are in nobody's inbox."""
    page = page_of(request, inbox_of(request.applicant.user), _ON_A_PAGE)
    return render(request, "applicant/inbox.html", {"page": page})
