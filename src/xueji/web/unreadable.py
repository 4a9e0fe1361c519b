"""What no page can read is refused in one place, before anybody asks the database with it.

A NUL is no character of any text: PostgreSQL takes none, file names take none, no keyboard sends one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote

from django.http import HttpRequest, HttpResponse

from xueji.core.errors import BadInput
from xueji.web.givenback import NUL
from xueji.web.middleware import error_page


class RefuseNul:
    """Answer 400 to a NUL in the address, the query or a cookie."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Look at what stands in the head of the request."""
        head = (request.path_info, unquote(request.META.get("QUERY_STRING", "")), *request.COOKIES.values())
        return _refused(request) if _has_nul(head) else self.get_response(request)


class RefuseNulInForms:
    """Answer 400 to a NUL in any field or file name of a form; stands where it is known who may send one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on; a body is read only for whom its page is."""
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., Any],  # noqa: ARG002  # Django's signature
        args: tuple[Any, ...],  # noqa: ARG002  # Django's signature
        kwargs: dict[str, Any],  # noqa: ARG002  # Django's signature
    ) -> HttpResponse | None:
        """Look at the fields of a form that was sent."""
        if request.method != "POST":
            return None
        fields = (text for name, texts in request.POST.lists() for text in (name, *texts))
        files = (text for name, found in request.FILES.lists() for file in found for text in (name, file.name or ""))
        return _refused(request) if _has_nul((*fields, *files)) else None


def _has_nul(texts: Iterable[str]) -> bool:
    return any(NUL in text for text in texts)


def _refused(request: HttpRequest) -> HttpResponse:
    return error_page(request, BadInput("送来的内容里有看不见的空字符，读不出；请重新输入，不要从别处粘贴"))
