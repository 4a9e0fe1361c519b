"""Messages that did not reach the applicants of an office: why, and sent again."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from xueji.accounts.permissions import Permission as P
from xueji.applications.undelivered_queries import undelivered_at, undelivered_for, with_applications
from xueji.messaging.actions import send_again
from xueji.web.access import requires
from xueji.web.forms import require_valid
from xueji.web.listing import page_of


class AgainForm(forms.Form):
    """Which message is to be sent again."""

    message = forms.UUIDField()


@require_http_methods(["GET", "POST"])
@requires(P.DECIDE_CASES)
def undelivered(request: HttpRequest) -> HttpResponse:
    """List what did not arrive, with the reason; send one again."""
    if request.method == "POST":
        form = AgainForm(request.POST)
        require_valid(form)
        again = undelivered_for(request.user, form.cleaned_data["message"])
        send_again(message=again, by=request.user, at=timezone.now())
        messages.success(request, f"「{again.title}」已放回待发送；再送不到的会回到这里")
        return redirect("authority:undelivered")
    page = page_of(request, undelivered_at(request.user))
    context = {"page": page, "rows": with_applications(request.user, list(page.object_list))}
    return render(request, "authority/undelivered.html", context)
