"""Who serves a home, and who serves from its database: locks on files, which fall with their process however it ends.

Nothing has to be tidied after a `kill -9`; what the file says is only for people. Children do not inherit the locks.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO
from zoneinfo import ZoneInfo

from xueji.core.errors import ServiceError

_HOME, _DATABASE = "serving.lock", "database.lock"
_held: dict[Path, IO[str]] = {}  # open as long as they are held: closing lets go


class HomeTaken(ServiceError):
    """Another process serves this home: two would run two workers, and one would stop the other's database."""

    code = "home_taken"


def hold_home(home: Path) -> None:
    """Hold a home for the life of this process; HomeTaken, with the other's number and since when, if another does."""
    path = home / _HOME
    if path in _held:
        return
    home.mkdir(parents=True, exist_ok=True)
    file = path.open("a+", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.seek(0)
        first_line = file.readline().strip()  # empty in the moment between taking and writing
        file.close()
        who = f"（{first_line}）" if first_line else ""
        raise HomeTaken(
            f"{home} 已经在运行{who}：同一个目录不能启动两次。请用已经打开的那一个，或先停下它，或用 XUEJI_HOME 另设目录"
        ) from error
    file.truncate(0)
    since = datetime.now(ZoneInfo("Asia/Shanghai"))
    print(f"进程 {os.getpid()}，{since:%Y-%m-%d %H:%M:%S} 启动", file=file, flush=True)
    _held[path] = file


def use_database(base: Path) -> None:
    """Be one of those who serve from the private database below a folder; wait while the last of them stops it."""
    path = base / _DATABASE
    if path not in _held:
        base.mkdir(parents=True, exist_ok=True)
        _held[path] = path.open("a+", encoding="utf-8")
        fcntl.flock(_held[path], fcntl.LOCK_SH)


@contextmanager
def last_of_database(base: Path) -> Iterator[bool]:
    """Serve no longer from the database; say whether nobody else does. Who comes meanwhile waits until the block is left."""
    with _held.pop(base / _DATABASE) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            alone = False
        else:
            alone = True
        yield alone
