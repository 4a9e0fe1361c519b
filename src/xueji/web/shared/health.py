"""For whoever watches the processes: is it up, can it serve, in what condition is the place. Nothing of the data."""

from __future__ import annotations

import hmac

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from xueji.core.errors import NotFound
from xueji.web.access import open_to_all
from xueji.web.condition import condition
from xueji.web.figures import prometheus_text

_LOOPBACK = frozenset({"127.0.0.1", "::1"})


@open_to_all("for the machine that watches the process")
@never_cache
@require_safe
def alive(request: HttpRequest) -> JsonResponse:  # noqa: ARG001  # Django's signature
    """Answer: this process runs."""
    return JsonResponse({"alive": True})


@open_to_all("for the machine that watches the process")
@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Answer whether work can be done here, 503 when it cannot; how things stand in figures, to watchers alone."""
    is_watched = is_watcher(request)
    found = condition(numbers=is_watched)
    figures = found.for_watchers() if is_watched else found.for_strangers()
    return JsonResponse(figures, status=503 if found.problems else 200)


@open_to_all("for the machine that watches the process: from this machine or with its token, else «not found»")
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer with figures in Prometheus' text form."""
    if not is_watcher(request):
        raise NotFound
    return HttpResponse(
        prometheus_text(condition(numbers=True)), content_type="text/plain; version=0.0.4; charset=utf-8"
    )


def is_watcher(request: HttpRequest) -> bool:
    """Whether somebody asks from this machine, or knows the token (`XUEJI_METRICS_TOKEN`)."""
    token = settings.METRICS_TOKEN
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token and hmac.compare_digest(given.encode(), token.encode()):
        return True
    return request.META.get("REMOTE_ADDR") in _LOOPBACK
