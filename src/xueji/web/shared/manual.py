"""The pages of the manual: for staff those of their posts first, for everybody what graduates and strangers need."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from xueji.institutions.queries import posts_of
from xueji.web.access import open_to_all, signed_in
from xueji.web.manual import MANUALS, OPEN, Manual, address_of, manuals_of
from xueji.web.manual_pages import page_of_manual
from xueji.web.persons import frame_of


@require_GET
@signed_in("how one's work is done is no secret among staff")
def manual(request: HttpRequest) -> HttpResponse:
    """List the manuals, those of the person's own posts first."""
    mine = manuals_of(posts_of(request.user))
    context = {"mine": [_line(m) for m in mine], "others": [_line(m) for m in MANUALS if m not in mine]}
    return render(request, "shared/manual.html", context)


@require_GET
@signed_in("how one's work is done is no secret among staff")
def one_manual(request: HttpRequest, manual_key: str) -> HttpResponse:
    """Show one manual of staff."""
    return _shown(request, manual_key, is_open=False)


@require_GET
@open_to_all("what graduates and strangers read before they sign in, or never do")
def open_manual(request: HttpRequest, open_manual_key: str) -> HttpResponse:
    """Show one manual that everybody may read, in the frame of who reads."""
    return _shown(request, open_manual_key, is_open=True)


def _shown(request: HttpRequest, key: str, *, is_open: bool) -> HttpResponse:
    page = page_of_manual(key, is_open=is_open)
    context = {"page": page, "frame": frame_of(request), "open_manuals": [_line(m) for m in OPEN]}
    return render(request, "shared/one_manual.html", context)


def _line(manual: Manual) -> dict[str, Any]:
    """Return a manual as a line of a list: its title, its sections, its address."""
    page = page_of_manual(manual.key, is_open=manual.is_open)
    return {"title": page.title, "headings": page.headings, "url": address_of(manual.key)}
