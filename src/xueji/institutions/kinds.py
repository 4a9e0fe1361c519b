"""What goes along when a school goes into another: each app counts and moves its own, and whoever enters it reads all of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from xueji.accounts.models import User
from xueji.institutions.models import Programme, School


@dataclass(frozen=True, slots=True)
class Handover:
    """From which school to which, which programme becomes which there, from what day and by which document."""

    school: School
    successor: School
    effective_on: date
    document_number: str
    programmes: Mapping[int, Programme] = field(default_factory=dict)  # by the key of the school's own programme

    def takes(self, programme_id: int) -> bool:
        """Whether the students of a programme go along."""
        return programme_id in self.programmes


Count = Callable[[School, Iterable[int]], int]
Move = Callable[[Handover, User, datetime], int]
Stay = Callable[[School], int]


@dataclass(frozen=True, slots=True)
class Movable:
    """A kind of record that goes along: what it is called, how many a school has in some programmes, how they are moved.

    `move` runs in the transaction of the merger or split, writes by the actions of its own app, and returns how many it
    moved; `give_back` runs in that of the withdrawal, or refuses it. `staying` counts what stays for now: it is in hand.
    """

    label: str
    count: Count
    move: Move
    give_back: Move
    staying: Stay


_kinds: dict[str, Movable] = {}


def register_movable(app: str, movable: Movable) -> None:
    """Tell what of an app goes along with its school."""
    if _kinds.setdefault(app, movable) is not movable:
        raise ValueError(f"what of {app!r} goes along is told twice")


def count_of(school: School, programmes: Iterable[int]) -> dict[str, int]:
    """Return how many records of each kind would go along with some programmes of a school."""
    keys = list(programmes)
    return {movable.label: movable.count(school, keys) for movable in _kinds.values()}


def staying_at(school: School) -> dict[str, int]:
    """Return how many records of each kind stay at a school for now, because something about them is under way."""
    return {movable.label: movable.staying(school) for movable in _kinds.values()}


def give_back(handover: Handover, *, by: User, at: datetime) -> dict[str, int]:
    """Bring back what went along; return how many of each kind. Conflict where something happened to one since."""
    return {movable.label: movable.give_back(handover, by, at) for movable in _kinds.values()}


def hand_over(handover: Handover, *, by: User, at: datetime) -> dict[str, int]:
    """Move what goes along; return how many of each kind."""
    return {movable.label: movable.move(handover, by, at) for movable in _kinds.values()}
