"""One's own sessions: where one is signed in, and ending what one does not know."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from xueji.accounts.queries import sign_ins_of
from xueji.accounts.session_actions import end_own_session, is_idle
from xueji.web.access import signed_in


@require_GET
@signed_in("one's own sessions")
def sessions(request: HttpRequest) -> HttpResponse:
    """List the sessions that are open: device, address, since when."""
    this, now = getattr(request, "sign_in", None), timezone.now()
    rows = [row for row in sign_ins_of(request.user) if not is_idle(row, now)]
    for row in rows:
        row.is_this = this is not None and row.pk == this.pk
    return render(request, "account/sessions.html", {"sessions": rows, "idle_minutes": settings.IDLE_MINUTES})


@require_POST
@signed_in("one's own sessions; others' are «not found»")
def end_session(request: HttpRequest, sign_in_id: UUID) -> HttpResponse:
    """End one of them."""
    end_own_session(session=sign_in_id, by=request.user, at=timezone.now())
    messages.success(request, "已结束该会话")
    return redirect("sessions")
