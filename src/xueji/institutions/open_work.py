"""What a school has under way: each app says what of its own is open, and whoever closes the school reads all of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from xueji.institutions.models import School


@dataclass(frozen=True, slots=True)
class OpenWork:
    """A kind of work that is not finished: how many, and the first of them by name."""

    label: str
    count: int
    names: tuple[str, ...] = ()


Find = Callable[[School], Iterable[OpenWork]]

_kinds: dict[str, Find] = {}


def register_open_work(app: str, find: Find) -> None:
    """Tell how the open work of an app is found at a school; what it yields with a count of nought is left out."""
    if _kinds.setdefault(app, find) is not find:
        raise ValueError(f"the open work of {app!r} is told twice")


def open_work_of(school: School) -> list[OpenWork]:
    """Return what a school has not finished, over all apps."""
    return [line for find in _kinds.values() for line in find(school) if line.count]
