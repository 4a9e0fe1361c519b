"""What the tests of a file begin with, built once: its rows lie in a transaction around theirs, its files are copied for each.

A test of such a file begins as if it had built everything itself: what it writes is undone with its own transaction, what
it does to files with its own folders. A test that wants none of it belongs into another file.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import override_settings
from pytest_django import DjangoDbBlocker
from tests import acting

from xueji.certificates import marks

World = TypeVar("World")
_FOLDERS = ("MEDIA_ROOT", "MARKS", "LEDGER_LOG")


@dataclass(frozen=True)
class Standing(Generic[World]):
    """What was built, and the folders in which its files lie."""

    world: World
    folders: dict[str, Path]

    def copied(self) -> World:
        """Lay its files into the folders of the running test."""
        for name, folder in self.folders.items():
            shutil.copytree(folder, getattr(settings, name), dirs_exist_ok=True)
        return self.world


@contextmanager
def standing(blocker: DjangoDbBlocker, folder: Path, build: Callable[[], World]) -> Iterator[Standing[World]]:
    """Build in a transaction that stays open until all tests of the file are done; its acts are judged like those of a test."""
    folders = {name: folder / name.lower() for name in _FOLDERS}
    for place in folders.values():
        place.mkdir()
    whole = transaction.atomic()
    whole._from_testcase = True  # as Django's own: what must be outermost may begin inside
    with blocker.unblock():
        whole.__enter__()
    try:
        with blocker.unblock(), override_settings(**folders), pytest.MonkeyPatch.context() as patch:
            patch.setattr(marks, "held_pack", founding(marks.held_pack))
            with acting.judged():
                world = build()
            with (
                connection.cursor() as cursor
            ):  # what waits for the end of a transaction is asked once, not by each test
                cursor.execute("set constraints all immediate")
                cursor.execute("set constraints all deferred")
        yield Standing(world, folders)
    finally:
        with blocker.unblock():
            transaction.set_rollback(True)
            whole.__exit__(None, None, None)


def founding(held_pack: Callable[[str], marks.Why | None]) -> Callable[[str], marks.Why | None]:
    """Return the question after marks of numbers of a database that was just made: the first number founds them."""

    def holds_any(pack: str) -> marks.Why | None:
        if not any(marks.folder().iterdir()):
            marks.adopt()
        return held_pack(pack)

    return holds_any
