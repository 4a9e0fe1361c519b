"""Until an installation is set up there is one page: that of the set-up (`web/shared/setup.py`)."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from xueji.institutions import setup_code
from xueji.institutions.queries.area import is_set_up

_ANSWERS_BEFORE = ("/static/", "/healthz", "/readyz")


class FirstRun:
    """Lead every page of an installation nobody has set up to its first page; afterwards cost one look at a file."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on what is the set-up itself or asks how the machine is; send the rest to the set-up."""
        setup_url = reverse("setup")
        if (
            request.path == setup_url
            or request.path.startswith(_ANSWERS_BEFORE)
            or not setup_code.is_open(settings.HOME)
            or is_set_up()
        ):
            return self.get_response(request)
        return redirect(setup_url)
