"""What a stage costs: processor seconds of the program, its children and the database server, wall time, memory."""

from __future__ import annotations

import os
import resource
import time
from dataclasses import dataclass
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Reading:
    """Seconds used so far."""

    cpu: float
    server: float
    wall: float


def read_meter(postmaster: int | None) -> Reading:
    """Return what this process (with its ended children) and the server have used so far."""
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return Reading(
        sum(used.ru_utime + used.ru_stime for used in usage), server_seconds(postmaster), time.perf_counter()
    )


def server_seconds(postmaster: int | None) -> float:
    """Return the processor seconds of the database server: the postmaster, its children, and those that ended."""
    if postmaster is None:
        return 0.0
    return sum(_seconds(Path(f"/proc/{pid}"), ended=pid == postmaster) for pid in (postmaster, *_children(postmaster)))


def peak_mb() -> float:
    """Return the greatest memory of this process or one of its ended children."""
    return max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024


def _children(parent: int) -> list[int]:
    try:
        return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
    except OSError:
        return []


def _seconds(process: Path, *, ended: bool) -> float:
    """Return user and system time; `ended` adds that of children already waited for."""
    try:
        fields = (process / "stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return sum(int(ticks) for ticks in fields[11 : 15 if ended else 13]) / _TICK
