"""The page for what nobody foresaw: a bug says so, a database that is away says «later», a full disk says that it is full.

None of them may need the database.
"""

from __future__ import annotations

import errno
import shutil
import sys
from collections.abc import Iterator

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

_RETRY_SECONDS = 5
_DISK_FULL = "53100"  # SQLSTATE
_LEAST_FREE = 8 * 1024 * 1024  # bytes; below, the database cannot even write its log


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer an unhandled exception: 503 while there is no room or no database, else 500.

    Django calls this inside its `except`, also for what middleware raised before a view was reached. No context
    processor runs: they would ask the database who is signed in.
    """
    why = why_out_of_service(sys.exc_info()[1])
    context = {"why": why, "path": request.path, "number": getattr(request, "number", "")}
    answer = HttpResponse(render_to_string("errors/outage.html", context), status=503 if why else 500)
    if why:
        answer.headers["Retry-After"] = str(_RETRY_SECONDS)
    return answer


def why_out_of_service(error: BaseException | None) -> str:
    """Return «full» when there is no room left, «away» when the database does not answer, «» for a bug.

    A database that stopped for want of room answers nobody: then the disk itself is asked.
    """
    chain = list(_causes(error))
    if any(_is_full(error) for error in chain):
        return "full"
    if not isinstance(error, OperationalError | InterfaceError):
        return ""
    return "full" if shutil.disk_usage(settings.HOME).free < _LEAST_FREE else "away"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _is_full(error: BaseException) -> bool:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    return getattr(error, "sqlstate", None) == _DISK_FULL
