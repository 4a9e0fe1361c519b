"""What every page's frame needs: the person, their posts, what these see of an ID number, and the menu."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from xueji.accounts.permissions import Permission
from xueji.institutions.queries import permissions_of, sight_of
from xueji.web.manual import OPEN, help_address
from xueji.web.persons import applicant_of


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return the menu and the posts of the signed-in person (nothing for strangers)."""
    practice = {"practice": settings.PRACTICE, "second_factor_required": settings.SECOND_FACTOR_REQUIRED}
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        return joined(practice, _help_without_posts(request))
    from xueji.web.menu import menu_for  # imported late: the menu reads the URL table, which imports views

    if request.user.must_change_password:
        return practice  # nothing but the change of password is open yet
    return joined(practice, _sight(request), menu_for(request))


def joined(*parts: Mapping[str, Any]) -> dict[str, Any]:
    """Put what several hands know of one page together; two that mean different things by one name are a bug.

    The page of a step once showed the number of blanks still due as the days left to decide.
    """
    together: dict[str, Any] = {}
    for part in parts:
        if doubled := together.keys() & part.keys():
            raise ValueError(f"two meanings of one name on a page: {', '.join(sorted(doubled))}")
        together.update(part)
    return together


def _help_without_posts(request: HttpRequest) -> dict[str, Any]:
    """Return where the help of a page lies for a graduate or a stranger."""
    names = (request.resolver_match.view_name,) if request.resolver_match else ()
    readable = [manual for manual in OPEN if applicant_of(request) is None or manual.key == "graduates"]
    return {"help_url": help_address(names, sorted(readable, key=lambda manual: manual.key != "public"))}


def _sight(request: HttpRequest) -> dict[str, Any]:
    """Return what the person sees of ID numbers on every page, and whether they may look at a whole one."""
    return {
        "sight": sight_of(request.user),
        "may_reveal": Permission.REVEAL_IDENTITY in permissions_of(request.user),
        "may_fetch": Permission.FETCH_DOCUMENTS in permissions_of(request.user),
    }
