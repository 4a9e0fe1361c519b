"""A session lives as long as its sign-in, and no longer idle than allowed; an account not yet set up is led to that."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from xueji.accounts import guard
from xueji.accounts.models import SignIn
from xueji.accounts.queries import has_factor, open_sign_in_of
from xueji.accounts.receivers import APPLICANT_KEY, SESSION_KEY
from xueji.accounts.session_actions import end_sign_in, is_idle, touch_sign_in
from xueji.institutions.queries import needs_factor
from xueji.web.asking import came_from
from xueji.web.drafts import collect, keep
from xueji.web.persons import recognise_applicant

# Addresses a person may call before the account is set up.
_ALWAYS = frozenset({"account_logout", "account_change_password"})
_FOR_FACTOR = _ALWAYS | {
    "account_reauthenticate", "mfa_reauthenticate", "mfa_index", "mfa_activate_totp", "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes", "mfa_download_recovery_codes", "sessions", "end_session",
}  # fmt: skip


class Presence:
    """End a session whose sign-in has ended or lay idle; tell a browser after sign-in that it is known."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Look at the sign-in before the page, note the visit."""
        if request.session.get("_auth_user_id") is not None and request.user.is_authenticated:
            why = _ended(request)
            if why:
                return _sign_in_again(request, why)
        elif why := recognise_applicant(request):
            request.session.pop(APPLICANT_KEY)
            request.ended = why  # type: ignore[attr-defined]  # their sign-in page says it
        response = self.get_response(request)
        if (username := getattr(request, "remember_device_for", None)) is not None:
            guard.remember(request, response, username)
        return response


def _ended(request: HttpRequest) -> str:
    """Return how the sign-in of the session ended, or nothing: then the visit is noted."""
    found, now = open_sign_in_of(request.session.get(SESSION_KEY)), timezone.now()
    if found is None or found.user_id != request.user.pk:
        return "ended"
    if is_idle(found, now):
        end_sign_in(sign_in=found, how=SignIn.End.IDLE, by=None, at=now)
        return "idle"
    touch_sign_in(sign_in=found, at=now)
    request.sign_in = found  # type: ignore[attr-defined]  # the list of one's own sessions marks it
    return ""


def _sign_in_again(request: HttpRequest, why: str) -> HttpResponse:
    """End the session and lead to the sign-in; what a form sent too late held is kept for its own account."""
    wanted = request.get_full_path() if request.method == "GET" and not request.headers.get("HX-Request") else "/desk/"
    if (draft := collect(request)) is not None:
        wanted = came_from(request)
    logout(request)
    keep(request, draft)
    return answer_elsewhere(request, f"{reverse('account_login')}?{urlencode({'next': wanted, 'ended': why})}")


def first_step(request: HttpRequest, url_name: str | None) -> HttpResponse | None:
    """Send a person whose account is not set up to the change of password, then to the second factor."""
    if request.user.must_change_password:
        return None if url_name in _ALWAYS else answer_elsewhere(request, reverse("account_change_password"))
    if not settings.SECOND_FACTOR_REQUIRED or url_name in _FOR_FACTOR:
        return None
    if needs_factor(request.user) and not has_factor(request.user):
        return answer_elsewhere(request, reverse("mfa_activate_totp"))
    return None


def answer_elsewhere(request: HttpRequest, url: str) -> HttpResponse:
    """Send the browser to another page; a fragment asked by htmx makes the whole page go there."""
    if request.headers.get("HX-Request"):
        answer = HttpResponse(status=204)
        answer["HX-Redirect"] = url
        return answer
    return HttpResponseRedirect(url)
