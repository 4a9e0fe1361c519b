"""Schools for which another place acts (代管): an app above tells how its name is found, for every post at such a school."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import CharField, Expression, Value
from django.db.models.expressions import Combinable

Find = Callable[[str], Expression | Combinable]

_found: list[Find] = []


def register_stewards(find: Find) -> None:
    """Tell how to find, for the school in a column, the name of the place that acts for it; once, while apps are loaded."""
    if find not in _found:
        _found.append(find)


def steward_name(school: str) -> Expression | Combinable:
    """Return, for an annotation, the name of the place that acts for the school in a column; null where it acts itself."""
    return _found[0](school) if _found else Value(None, CharField())
