"""The checks of `xueji audit` one after another, or several at a time: each is a question to the database, or arithmetic of our own."""

from __future__ import annotations

import gc
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from xueji.cli.audit_asking import session

Result = dict[str, Any]
Part = Callable[[], Result | list[Result]]
_parts: list[Part] = []  # of a child, inherited from its parent


def results_of(parts: Sequence[Part], processes: int) -> list[Result]:
    """Return what every part found, in their order; parts of the same check become one, a part may be of two checks.

    A process of its own sees only what is committed, so a caller inside a transaction stays with one.
    """
    merged: dict[str, Result] = {}
    found = _in_turn(parts) if processes == 1 else _side_by_side(parts, processes)
    for result in (result for answer in found for result in (answer if isinstance(answer, list) else [answer])):
        known = merged.setdefault(result["check"], result)
        if known is not result:
            known["mismatches"] += result["mismatches"]
            known["looked_at"] += result["looked_at"]
    return list(merged.values())


def _in_turn(parts: Sequence[Part]) -> list[Result | list[Result]]:
    with session(), _uncollected():
        return [part() for part in parts]


def _side_by_side(parts: Sequence[Part], processes: int) -> list[Result | list[Result]]:
    """Ask in processes of their own, the last parts first: they are the long ones."""
    from django.db import connection

    connection.close()
    connection.close_pool()
    _parts[:] = parts
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        return pool.map(_ask, range(len(parts) - 1, -1, -1), chunksize=1)[::-1]


def _ask(place: int) -> Result | list[Result]:
    with session(), _uncollected():
        return _parts[place]()


@contextmanager
def _uncollected() -> Iterator[None]:
    """Look for no circles of objects meanwhile: rows by the million make none, and looking took a tenth of the whole."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
