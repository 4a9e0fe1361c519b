"""The kinds of things the search box finds, each registered by its own file of this folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from itertools import islice
from pkgutil import iter_modules
from typing import Any

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission, Sight
from xueji.core.sought import Sought
from xueji.institutions.queries import permissions_of, posts_of, sight_of

MOST = 20  # of each kind; who looks for more is led to the list of the kind


@dataclass(frozen=True)
class Seeker:
    """Who searches: what their posts let them see decides what there is to find."""

    user: User

    @cached_property
    def may(self) -> frozenset[Permission]:
        """The permissions of all their posts."""
        return permissions_of(self.user)

    @cached_property
    def sight(self) -> Sight:
        """What they see of ID numbers."""
        return sight_of(self.user)

    @cached_property
    def is_of_school(self) -> bool:
        """Whether they work at a school: its portal has pages of its own."""
        return any(post.school_id for post in posts_of(self.user))


@dataclass(frozen=True, slots=True)
class FoundRow:
    """One thing found: what it is called, where its page is (empty: there is none for this person), what else is said."""

    title: str
    cells: tuple[object, ...]
    url: str = ""
    state: tuple[str, str] = ("", "")  # as `web.states` knows it, and its word
    person: Any = None  # whose identity is shown as far as the seeker sees it


@dataclass(frozen=True, slots=True)
class FindingKind:
    """A kind of things: the order in which it is shown, who may look for it, how it is found, where its whole list is."""

    label: str
    place: int
    heads: tuple[str, ...]
    permission: Permission | None
    find: Callable[[Seeker, Sought, int], Sequence[FoundRow]]
    list_url: Callable[[Seeker, Sought], str]
    has_person: bool = False


@dataclass(frozen=True, slots=True)
class FoundGroup:
    """What was found of one kind, and where there is more of it (empty: nowhere; the words must say more)."""

    kind: FindingKind
    rows: tuple[FoundRow, ...]
    is_cut: bool
    more_url: str

    @property
    def lines(self) -> list[tuple[FoundRow, list[tuple[str, object]]]]:
        """The rows, each with what else is said of it under its head."""
        return [(row, list(zip(self.kind.heads, row.cells, strict=True))) for row in self.rows]


_kinds: dict[str, FindingKind] = {}


def register_finding(kind: FindingKind) -> FindingKind:
    """Make a kind known; two of one label are a bug."""
    if kind.label in _kinds:
        raise ValueError(f"«{kind.label}» is found by two files")
    _kinds[kind.label] = kind
    return kind


def kinds_for(seeker: Seeker) -> list[FindingKind]:
    """Return the kinds somebody's posts let them look for, in the order they are shown."""
    allowed = (kind for kind in _kinds.values() if kind.permission is None or kind.permission in seeker.may)
    return sorted(allowed, key=lambda kind: kind.place)


def find_all(seeker: Seeker, sought: Sought) -> list[FoundGroup]:
    """Return what is found, kind by kind; kinds of which nothing is found are left out."""
    groups = []
    for kind in kinds_for(seeker):
        rows = tuple(islice(kind.find(seeker, sought, MOST + 1), MOST + 1))
        if rows:
            is_cut = len(rows) > MOST
            more = kind.list_url(seeker, sought) if is_cut else ""
            groups.append(FoundGroup(kind, rows[:MOST], is_cut, more))
    return groups


def discover() -> None:
    """Import every file that brings a kind."""
    folder = import_module("xueji.web.finding")
    for module in sorted(module.name for module in iter_modules(folder.__path__)):
        import_module(f"{folder.__name__}.{module}")
