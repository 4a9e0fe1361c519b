"""Whose request it is: a member of staff, or an applicant; a session is of one of the two, never of both (docs/adr/0033)."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils import timezone

from xueji.accounts.models import Applicant, SignIn, User
from xueji.accounts.queries import open_sign_in_of_applicant
from xueji.accounts.receivers import APPLICANT_KEY
from xueji.accounts.session_actions import end_sign_in, is_idle, touch_sign_in


def applicant_of(request: HttpRequest) -> Applicant | None:
    """Return the applicant who sends a request, found once for it by `Presence`."""
    return getattr(request, "applicant", None)


def person_of(request: HttpRequest) -> User | None:
    """Return who sends a request, whichever way they signed in; None for a stranger."""
    if request.user.is_authenticated:
        return request.user
    applicant = applicant_of(request)
    return applicant.user if applicant else None


def frame_of(request: HttpRequest) -> str:
    """Return the frame in which somebody is shown a page that belongs to no portal: an error, a question.

    What is refused before anybody asked whose request it is, is shown as to a stranger.
    """
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        return "base.html"
    return "base_applicant.html" if applicant_of(request) else "base_public.html"


def recognise_applicant(request: HttpRequest) -> str:
    """Note whose session it is; return how the sign-in ended when it did, or nothing."""
    key, now = request.session.get(APPLICANT_KEY), timezone.now()
    if key is None:
        return ""
    sign_in = open_sign_in_of_applicant(key)
    if sign_in is None:
        return "ended"
    if is_idle(sign_in, now):
        end_sign_in(sign_in=sign_in, how=SignIn.End.IDLE, by=None, at=now)
        return "idle"
    touch_sign_in(sign_in=sign_in, at=now)
    applicant = sign_in.user.applicant
    applicant.user = sign_in.user
    request.applicant, request.sign_in = applicant, sign_in  # type: ignore[attr-defined]  # read by whoever asks who it is
    return ""
