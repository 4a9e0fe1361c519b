"""Small filters of the authorities' pages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template

from xueji.web.clauses import shown_clauses

register = template.Library()


@register.filter
def clauses(cites: Iterable[Any]) -> list[dict[str, str]]:
    """Citations with number and words."""
    return shown_clauses(cites)
