"""The side menu: what a person's posts let them reach. One table; a portal adds its lines here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from xueji.accounts.permissions import Permission as P
from xueji.institutions.posts import PERMISSIONS_OF
from xueji.institutions.queries import posts_of


@dataclass(frozen=True, slots=True)
class Line:
    """One entry: shown to who holds `permission` in a post of that audience (school | authority)."""

    section: str
    label: str
    icon: str  # lucide
    url_name: str
    audience: str
    permission: P


MENU: tuple[Line, ...] = ()


def menu_for(request: HttpRequest) -> dict[str, Any]:
    """Return the menu of the signed-in person by section, and where they work."""
    posts = list(posts_of(request.user))
    may = {
        audience: {p for post in posts if _audience(post) == audience for p in PERMISSIONS_OF[post.post]}
        for audience in ("school", "authority")
    }
    sections: dict[str, list[dict[str, Any]]] = {"": [_entry("工作台", "layout-dashboard", "desk")]}
    for line in MENU:
        if line.permission in may[line.audience]:
            sections.setdefault(line.section, []).append(_entry(line.label, line.icon, line.url_name))
    _mark_current(request, [entry for entries in sections.values() for entry in entries])
    places = dict.fromkeys(str(post.school or post.authority) for post in posts)
    titles = dict.fromkeys(post.get_post_display() for post in posts)
    return {
        "menu": [{"title": title, "entries": entries} for title, entries in sections.items()],
        "place": " · ".join([*places, *titles]),
        "posts": posts,
        "may": {permission.name.lower(): True for permission in may["school"] | may["authority"]},
    }


def _audience(post: Any) -> str:
    return "school" if post.school_id else "authority"


def _entry(label: str, icon: str, url_name: str) -> dict[str, Any]:
    return {"label": label, "icon": icon, "url": reverse(url_name), "current": False}


def _mark_current(request: HttpRequest, entries: list[dict[str, Any]]) -> None:
    """Mark the entry whose path is the longest beginning of the page's own."""
    fitting = [entry for entry in entries if request.path.startswith(entry["url"])]
    if fitting:
        max(fitting, key=lambda entry: len(entry["url"]))["current"] = True
