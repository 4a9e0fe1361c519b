"""The table of what jobs can do: apps register a runner under a kind; the queue only knows kinds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Runner = Callable[..., dict[str, Any]]
_RUNNERS: dict[str, Runner] = {}


def job_runner(kind: str) -> Callable[[Runner], Runner]:
    """Register the function that does jobs of `kind`: `run(progress, **arguments) -> result`.

    It may be started again from the beginning after its worker died, so it must be idempotent: what it wrote the
    first time is found or replaced, never doubled.
    """

    def register(runner: Runner) -> Runner:
        if kind in _RUNNERS and _RUNNERS[kind] is not runner:
            raise ValueError(f"two runners for {kind}")
        _RUNNERS[kind] = runner
        return runner

    return register


def runner_of(kind: str) -> Runner:
    """Return the runner of a kind; KeyError when no app registered one."""
    return _RUNNERS[kind]
