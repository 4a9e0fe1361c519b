"""A form of ours is done once, however often its button is pressed (docs/adr/0015).

Every form that carries the token against forgery carries a second one besides (`templatetags/once.py`): which page it
stands on. The first time a page is sent with certain values its key is claimed in one transaction with the act; sent
again as it is — a second click, a reload, «back» and «send» — it leads where the first led and does nothing. A form
that was refused, or that only showed something, may be sent again. Other values on the same page are another act, and
so is a file with other contents, whatever its name and size.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib import messages
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.crypto import salted_hmac

from xueji.accounts.sent_actions import claim_form, led_to, release_form, settle_form
from xueji.web.persons import person_of
from xueji.web.uploads import digest_of

View = TypeVar("View", bound=Callable[..., Any])
_NOT_SAID = {"csrfmiddlewaretoken", "once", "came_from"}
_SAID = "这一页已经提交过，没有重复办理；需要再办一次的，请重新填写"


def once_by_nature(reason: str) -> Callable[[View], View]:
    """Declare that a view needs no claim: why sending it twice cannot act twice."""

    def mark(view: View) -> View:
        view.once_by_nature = reason  # type: ignore[attr-defined]  # read by the middleware
        return view

    return mark


class Once:
    """Let a form that was done lead where it led."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Claim the form that is sent, or pass the request on."""
        if request.method != "POST" or person_of(request) is None or not _is_claimed(request):
            return self.get_response(request)
        key = _key(request)
        with transaction.atomic():
            if claim_form(key=key, user=person_of(request), at=timezone.now()):
                return self._done(request, key)
        messages.info(request, _SAID)
        return HttpResponseRedirect(led_to(key=key))

    def _done(self, request: HttpRequest, key: str) -> HttpResponse:
        """Let the view act inside the claim's transaction; what fails takes the claim with it."""
        answer = self.get_response(request)
        if answer.status_code >= 500 or connection.needs_rollback:
            transaction.set_rollback(True)
        elif 300 <= answer.status_code < 400:
            settle_form(key=key, location=answer["Location"])
        else:
            release_form(key=key)
        return answer


def _is_claimed(request: HttpRequest) -> bool:
    try:
        view = resolve(request.path_info).func
    except Resolver404:
        return False
    return not hasattr(view, "once_by_nature") and bool(request.POST.get("once"))


def _key(request: HttpRequest) -> str:
    """Return a keyed digest of who sends which page where with which values: short, and telling nothing."""
    fields = [(name, values) for name, values in sorted(request.POST.lists()) if name not in _NOT_SAID]
    files = [(name, file.name, digest_of(file)) for name, many in sorted(request.FILES.lists()) for file in many]
    text = repr((person_of(request).pk, request.get_full_path(), request.POST["once"], fields, files))
    return salted_hmac("xueji.web.once", text, algorithm="sha256").hexdigest()
