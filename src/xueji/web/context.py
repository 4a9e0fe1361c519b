"""What every page's frame needs: the person, their posts and the menu."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return the menu and the posts of the signed-in person (nothing for strangers)."""
    practice = {"practice": settings.PRACTICE}
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        return practice
    from xueji.web.menu import menu_for  # imported late: the menu reads the URL table, which imports views

    return practice | menu_for(request)
