"""What somebody else did to an account: told to its person, and confirmed by a superior."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from xueji.accounts.queries import grants_unseen_by
from xueji.accounts.session_actions import acknowledge_grant
from xueji.institutions.account_actions import confirm_credentials
from xueji.institutions.queries import pick
from xueji.institutions.queries.staff import grant_to_confirm
from xueji.web.access import signed_in


@require_http_methods(["GET", "POST"])
@signed_in("what waits for this superior; others' is «not found»")
def grant(request: HttpRequest, grant_id: int) -> HttpResponse:
    """Show who gave out whose password when; the superior confirms that it reached its owner."""
    now = timezone.now()
    found = grant_to_confirm(request.user, grant_id, now)
    if request.method == "POST":
        confirm_credentials(grant=found, by=request.user, at=now)
        messages.success(request, f"已确认：{found.user.full_name}的账号由本人使用")
        return redirect("desk")
    return render(request, "account/grant.html", {"grant": found})


@require_POST
@signed_in("what was done to one's own account; others' is «not found»")
def grant_seen(request: HttpRequest, grant_id: int) -> HttpResponse:
    """Note that the person knows of it."""
    now = timezone.now()
    acknowledge_grant(grant=pick(grants_unseen_by(request.user, now), grant_id), by=request.user, at=now)
    return redirect("desk")
