"""The side menu: what a person's posts let them reach."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest


def menu_for(request: HttpRequest) -> dict[str, Any]:
    """Return the menu entries of the signed-in person."""
    return {"menu": []}
