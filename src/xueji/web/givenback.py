"""A refusal gives back what was typed, ticked and chosen: whatever the form, whoever refused.

Two ways lead to a refusal, and neither loses anything:

* the view shows its page again: the form in it is filled in as it was sent;
* the view refuses with an error of the engine: the page the form was sent from is made anew, the refusal stands on
  top of it, and the form is filled in. Where that page cannot be made any more, the page of the error shows the words.

Passwords and files cannot be given back; it is said beside their fields.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from urllib.parse import unquote, urlsplit

from django.core.exceptions import PermissionDenied
from django.core.handlers.wsgi import WSGIRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import Resolver404, resolve

from xueji.core.errors import XuejiError
from xueji.web.access import LIBRARY_VIEWS, access_of, is_open_to
from xueji.web.asking import came_from
from xueji.web.controls import MACHINERY, filled, sent_form

Answer = Callable[[HttpRequest], HttpResponse]
_KEPT = ("user", "session", "applicant", "sign_in", "_messages", "htmx", "csp_nonce", "_csp_nonce", "axes_ip_address")
NUL = "\x00"
_UNREAD = frozenset({411, 413})
_LONGEST_SHOWN = 4000  # characters of one value on the page of an error


class GiveBack:
    """Fill in the form of every page that refuses what was sent."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on; look at what comes back."""
        answer = self.get_response(request)
        if request.method == "POST" and _refuses(request, answer):
            give_back(request, answer, page=request.path)
        return answer


def _refuses(request: HttpRequest, answer: HttpResponse) -> bool:
    """Whether an answer is a page that refuses; the sign-in library says so with 200.

    A body that was refused for its length stays unread: it is not looked into for what to give back.
    """
    if answer.status_code in _UNREAD or answer.streaming or not answer.get("Content-Type", "").startswith("text/html"):
        return False
    name = request.resolver_match.url_name if request.resolver_match else None
    return answer.status_code >= 400 or (answer.status_code == 200 and name in LIBRARY_VIEWS)


def give_back(request: HttpRequest, answer: HttpResponse, *, page: str) -> bool:
    """Fill the form that was sent into a page; False when the page has no such form."""
    html = answer.content.decode(answer.charset)
    form = sent_form(html, page, request.path, request.POST)
    if form is None:
        return False
    answer.content = filled(html, form, request.POST, request.FILES).encode(answer.charset)
    if answer.has_header("Content-Length"):
        answer["Content-Length"] = str(len(answer.content))
    return True


def page_again(request: HttpRequest, error: XuejiError) -> HttpResponse | None:
    """Return the page a refused form was sent from, the refusal on top and the form filled in; None where there is none."""
    if request.method != "POST" or getattr(request, "htmx", False) or error.http_status in {403, 404, 503}:
        return None
    source = urlsplit(came_from(request))
    answer = _visited(request, source.path, source.query, error)
    if answer is None or not give_back(request, answer, page=source.path):
        return None
    answer.status_code = error.http_status
    return answer


def _visited(request: HttpRequest, path: str, query: str, error: XuejiError) -> HttpResponse | None:
    """Return the page of an address as this person would see it now; None when they would not, or it is no page."""
    path = unquote(path)
    if NUL in path + unquote(query):
        return None  # such an address is refused before any page
    visit = WSGIRequest(
        {**request.META, "REQUEST_METHOD": "GET", "PATH_INFO": path.encode().decode("latin-1"), "QUERY_STRING": query, "CONTENT_LENGTH": "0",
         "CONTENT_TYPE": "", "wsgi.input": BytesIO()}
    )  # fmt: skip
    visit.__dict__.update({name: request.__dict__[name] for name in _KEPT if name in request.__dict__})
    visit.refusal = error
    try:
        match = resolve(path)
        visit.resolver_match = match
        access = access_of(match.func, match.url_name)
        if access is None or not is_open_to(access, visit):
            return None
        answer: HttpResponse = match.func(visit, *match.args, **match.kwargs)
    except (XuejiError, Resolver404, Http404, PermissionDenied):
        return None
    if answer.status_code != 200 or answer.streaming or not answer.get("Content-Type", "").startswith("text/html"):
        return None
    return answer


def words_sent(request: HttpRequest) -> list[str]:
    """Return the words that were typed into a refused form, for a page that cannot show the form again."""
    if request.method != "POST":
        return []
    typed = (
        value.strip()
        for name, values in request.POST.lists()
        if name not in MACHINERY and "password" not in name
        for value in values
    )
    return list(
        dict.fromkeys(value[:_LONGEST_SHOWN] for value in typed if any(ord(character) > 0x2E80 for character in value))
    )
