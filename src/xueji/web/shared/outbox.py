"""Where one tries things out, messages are read here instead of leaving; elsewhere there is no such page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from xueji.messaging.queries import shown_messages
from xueji.web.access import open_to_all


@open_to_all("nothing real is sent where it exists: whoever tries things out plays the phone, too")
@never_cache
@require_GET
def outbox(request: HttpRequest) -> HttpResponse:
    """Show the newest messages of a trial; not found where messages really leave."""
    return render(request, "shared/outbox.html", {"sent_messages": shown_messages()})
