"""Processes of one start belong together: none outlives the one that started it, and a silent one can be told from a busy one.

`kill -9` of `xueji serve` runs none of our code, so the kernel is asked beforehand: every child asks to be killed with
its parent. Without that the next start would share its port and its queue with the orphans of the last.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

PARENT = "XUEJI_PARENT"  # the process that must live for this one to live
BEAT = "XUEJI_BEAT"  # the pipe on which a child says that it is not stuck
_PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Have this process killed when its parent dies; nothing happens where nobody asked for it (`XUEJI_PARENT`).

    Whoever starts children of its own afterwards is the parent they look for.
    """
    parent = os.environ.get(PARENT)
    if not parent or not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(parent):  # it died before we asked
        os.kill(os.getpid(), signal.SIGKILL)
    os.environ[PARENT] = str(os.getpid())


def children_of(process: int) -> set[int]:
    """Return the living children of a process, as the kernel knows them; none where it does not say."""
    found: set[int] = set()
    for path in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(OSError):
            found.update(map(int, path.read_text().split()))
    return found


def beat() -> None:
    """Give a sign of life, by number, to whoever started this process; a full or closed pipe is no concern of ours."""
    if pipe := os.environ.get(BEAT):
        with suppress(BlockingIOError, BrokenPipeError):
            os.write(int(pipe), b"%d\n" % os.getpid())  # so short a line is written whole
