"""The one place where access is checked and where errors of the engine become pages."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from xueji.core.errors import NotPermitted, XuejiError
from xueji.web.access import Access, access_of, is_open_to
from xueji.web.asking import came_from
from xueji.web.drafts import collect, keep
from xueji.web.givenback import page_again, words_sent
from xueji.web.persons import applicant_of, frame_of, person_of
from xueji.web.presence import first_step

log = logging.getLogger("xueji.web")


class NothingKept:
    """Tell the browser to keep no page of a signed-in person: the next one at the same machine finds none.

    Public pages and static files are theirs to keep.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Mark the answer when it was made for somebody, staff or applicant: asked only if the page looked who it is."""
        answer = self.get_response(request)
        if request.session.accessed and person_of(request) is not None:
            answer["Cache-Control"] = "private, no-store"
        return answer


class AccessControl:
    """Refuse a view that declares no access; send strangers to sign in; refuse staff without the permission."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on; the check happens once the view is known."""
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., Any],
        args: tuple[Any, ...],  # noqa: ARG002  # Django's signature
        kwargs: dict[str, Any],  # noqa: ARG002  # Django's signature
    ) -> HttpResponse | None:
        """Check the declaration of the view about to be called."""
        access = access_of(view, request.resolver_match.url_name if request.resolver_match else None)
        if access is None:
            raise ImproperlyConfigured(f"no access declared for {request.path}")
        if access.signed_in and not (applicant_of(request) if access.of_applicants else request.user.is_authenticated):
            return _to_sign_in(request, access)
        if access.signed_in and not access.of_applicants:
            step = first_step(request, request.resolver_match.url_name if request.resolver_match else None)
            if step is not None:
                return step
        if not is_open_to(access, request):
            return error_page(request, NotPermitted("您的岗位没有办理此事的权限；如有疑问，请联系本单位系统管理员"))
        return None


def _to_sign_in(request: HttpRequest, access: Access) -> HttpResponse:
    """Send a stranger to the door of those for whom the page is; what was typed is kept for whoever typed it."""
    draft = collect(request)
    keep(request, draft)
    wanted = came_from(request) if draft else request.get_full_path()
    if not access.of_applicants:
        return redirect_to_login(wanted)
    asked = {"next": wanted, "ended": getattr(request, "ended", "")}
    return HttpResponseRedirect(f"{reverse('applicant:sign_in')}?{urlencode(asked)}")


class ErrorPages:
    """Turn an error of the engine into a page (or a fragment for htmx) with its clause; bugs pass through untouched."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Render XuejiError; leave the rest to Django."""
        if not isinstance(error, XuejiError):
            return None
        log.info("refused %s %s: %s", request.method, request.path, error.code)
        return page_again(request, error) or error_page(request, error)


def error_page(request: HttpRequest, error: XuejiError) -> HttpResponse:
    """Render the page of an error with its own status; htmx callers get the fragment alone."""
    template = "errors/_fragment.html" if getattr(request, "htmx", False) else "errors/error.html"
    context = {
        "error": error,
        "findings": getattr(error, "findings", ()),
        "words": words_sent(request),
        "frame": frame_of(request),
    }
    return render(request, template, context, status=error.http_status)
