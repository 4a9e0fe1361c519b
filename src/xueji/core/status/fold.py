"""Student status is what the decided changes come to: on any day, by what was known at any time (S2 第十一条 on).

Two clocks: a change is true from the day it takes effect, and known from the moment it was recorded. One that was
undone counts as never made from the moment the undoing was recorded; what was known before stays what was known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

Value = str | int | None  # what a change moves beside the status, in the form JSON keeps it


@dataclass(frozen=True, slots=True)
class DecidedChange:
    """A change of one record, in the words of the register. `ordinal` counts the changes of the record."""

    ordinal: int
    kind: str
    from_status: str
    to_status: str
    effective_on: date
    recorded_at: datetime
    counters: int | None = None  # the ordinal of the change it undoes
    before: Mapping[str, Value] = field(default_factory=dict)
    after: Mapping[str, Value] = field(default_factory=dict)


def in_force(
    changes: Iterable[DecidedChange], *, on: date | None = None, known: datetime | None = None
) -> list[DecidedChange]:
    """Return the changes that count, in the order they took effect: on a day, as far as was known at a time.

    Without `on` all that have been decided, without `known` all that is known now.
    """
    known_then = [change for change in changes if known is None or change.recorded_at <= known]
    undone = {change.counters for change in known_then if change.counters is not None}
    counting = [
        change
        for change in known_then
        if change.counters is None and change.ordinal not in undone and (on is None or change.effective_on <= on)
    ]
    return sorted(counting, key=lambda change: (change.effective_on, change.ordinal))


def status_from(
    first: str, changes: Iterable[DecidedChange], *, on: date | None = None, known: datetime | None = None
) -> str:
    """Return the status: `first`, the one the record began with, unless a change moved it."""
    counting = in_force(changes, on=on, known=known)
    return counting[-1].to_status if counting else first


def as_it_stood(
    present: Mapping[str, Value],
    changes: Iterable[DecidedChange],
    *,
    on: date | None = None,
    known: datetime | None = None,
) -> dict[str, Value]:
    """Return what a record said on a day: taken back to how it began, then moved by what counted then.

    `present` is the record as it is today, by the names that changes use in `before` and `after`.
    """
    every, values = list(changes), dict(present)
    for change in reversed(in_force(every)):
        values |= change.before
    for change in in_force(every, on=on, known=known):
        values |= change.after
    return values
