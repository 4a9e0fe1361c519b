"""The page for what nobody foresaw: a bug says so, a database that is away says «later» — neither may need the database."""

from __future__ import annotations

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

_RETRY_SECONDS = 5


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer an unhandled exception: 503 while the database cannot be reached, else 500.

    Django calls this inside its `except`, also for what middleware raised before a view was reached. No context
    processor runs: they would ask the database who is signed in.
    """
    is_away = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    page = render_to_string(
        "errors/outage.html", {"is_away": is_away, "path": request.path, "number": getattr(request, "number", "")}
    )
    answer = HttpResponse(page, status=503 if is_away else 500)
    if is_away:
        answer.headers["Retry-After"] = str(_RETRY_SECONDS)
    return answer
