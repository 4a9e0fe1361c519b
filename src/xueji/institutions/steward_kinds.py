"""Schools for which another place acts (代管): an app above tells how its name is found, and which people act for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import BooleanField, CharField, Expression, Value
from django.db.models.expressions import Combinable

from xueji.institutions.models import Appointment

Find = Callable[[], Expression | Combinable]


@dataclass(frozen=True, slots=True)
class Stewards:
    """Of a post in a statement: the name of the place that acts for its school, whether its holder acts for another school.

    `posts` are the posts at other schools that the holder of a post has for that: never stored, over when it is over.
    """

    name: Find
    acts: Find
    posts: Callable[[Appointment], list[Appointment]]


_found: list[Stewards] = []


def register_stewards(stewards: Stewards) -> None:
    """Tell how it is found who acts for whom; once, while apps are loaded."""
    if stewards not in _found:
        _found.append(stewards)


def steward_name() -> Expression | Combinable:
    """Return, for an annotation of posts, the name of the place that acts for the post's school; null where it acts itself."""
    return _found[0].name() if _found else Value(None, CharField())


def acts_elsewhere() -> Expression | Combinable:
    """Return, for an annotation of posts, whether the holder of the post acts for another school."""
    return _found[0].acts() if _found else Value(False, BooleanField())


def posts_elsewhere(post: Appointment) -> list[Appointment]:
    """Return the posts at other schools that the holder of a post acts in."""
    return _found[0].posts(post) if _found else []
