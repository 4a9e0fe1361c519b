"""What every page's frame needs: the person, their posts and the menu."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return the menu and the posts of the signed-in person (nothing for strangers)."""
    practice = {"practice": settings.PRACTICE, "second_factor_required": settings.SECOND_FACTOR_REQUIRED}
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        return practice
    from xueji.web.menu import menu_for  # imported late: the menu reads the URL table, which imports views

    if request.user.must_change_password:
        return practice  # nothing but the change of password is open yet
    return joined(practice, menu_for(request))


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
