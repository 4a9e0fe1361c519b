"""Around every request: a number by which it is found in the log, a line there, and how large it may be."""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Callable
from io import BytesIO
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from xueji.core.errors import XuejiError
from xueji.logs import current_request
from xueji.web.access import body_limit_of
from xueji.web.figures import count_request
from xueji.web.middleware import error_page

HEADER = "X-Request-ID"
_GIVEN = re.compile(r"[A-Za-z0-9-]{8,64}")
_QUIET = frozenset(
    {"healthz", "readyz", "metrics", "job", "inbox_count"}
)  # asked every few seconds by machines and waiting pages
_MB = 1048576

log = logging.getLogger("xueji.requests")


class BodyTooLarge(XuejiError):
    """More was sent than the page takes; nothing of it was read."""

    code = "body_too_large"
    http_status = 413


class LengthMissing(XuejiError):
    """A body came without its length: it cannot be held to a limit before it is read."""

    code = "length_missing"
    http_status = 411


class NumberedRequests:
    """Give every request its number, first of all and on every answer; write one line about it, without anybody's data."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Number, pass on, note what became of it."""
        given = request.headers.get(HEADER, "") if settings.PROXY else ""
        number = given if _GIVEN.fullmatch(given) else uuid.uuid4().hex[:16]
        request.number = number  # type: ignore[attr-defined]  # shown on the pages of errors
        token = current_request.set(number)
        started = time.perf_counter()
        try:
            answer = self.get_response(request)
            answer[HEADER] = number
            self._note(request, answer.status_code, time.perf_counter() - started)
        finally:
            current_request.reset(token)
        return answer

    def _note(self, request: HttpRequest, status: int, seconds: float) -> None:
        match = request.resolver_match
        route = match.view_name if match else "?"  # never the path: a stranger can write anything into it
        count_request(route=route, method=request.method or "?", status=status, seconds=seconds)
        if route not in _QUIET or status >= 400:
            line = {"route": route, "method": request.method, "status": status, "ms": round(seconds * 1000)}
            log.info("%s %s %s", request.method, route, status, extra=line)


class LimitedBodies:
    """Refuse a body that is larger than its page takes, before anything of it is read or put on the disk."""

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
        """Look at the length that was announced: the server reads no more than that."""
        announced = request.META.get("CONTENT_LENGTH") or ""
        if not announced.isdecimal():  # «²» is a digit and no number
            if request.META.get("HTTP_TRANSFER_ENCODING"):
                return _unread(request, LengthMissing("提交的内容没有说明长度，没有读取；请用浏览器的表单提交"))
            return None
        limit = body_limit_of(view)
        if int(announced) <= limit:
            return None
        message = f"提交的内容有 {int(announced) / _MB:.0f} MB，超过本页的上限 {limit / _MB:.0f} MB，没有读取"
        return _unread(request, BodyTooLarge(message))


def _unread(request: HttpRequest, error: XuejiError) -> HttpResponse:
    """Answer with the page of the refusal; whoever looks at the request after this finds no body to read."""
    request._stream = BytesIO()  # noqa: SLF001  # Django has no public way to drop a body
    request.META["CONTENT_LENGTH"] = "0"
    request.META.pop("HTTP_TRANSFER_ENCODING", None)
    return error_page(request, error)
