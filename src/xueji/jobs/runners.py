"""The table of what jobs can do: apps register a runner under a kind; the queue only knows kinds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Runner = Callable[..., dict[str, Any]]


def _nothing(**_arguments: Any) -> None:
    """Most kinds hold nothing back while they wait."""


@dataclass(frozen=True, slots=True)
class JobKind:
    """How jobs of a kind are done, and what is set right around them.

    `failed(message=…, at=…, **arguments)` runs in the transaction in which a job is given up: whatever waited for it is
    let go there. `again(by=…, at=…, **arguments)` runs in the one in which it is started once more, and refuses with
    Conflict when that makes no sense any longer.
    """

    run: Runner
    failed: Callable[..., None] = _nothing
    again: Callable[..., None] = _nothing


_KINDS: dict[str, JobKind] = {}


def job_runner(
    kind: str, *, failed: Callable[..., None] = _nothing, again: Callable[..., None] = _nothing
) -> Callable[[Runner], Runner]:
    """Register the function that does jobs of `kind`: `run(progress, **arguments) -> result`.

    It may be started again from the beginning after its worker died, so it must be idempotent: what it wrote the
    first time is found or replaced, never doubled.
    """

    def register(runner: Runner) -> Runner:
        if kind in _KINDS and _KINDS[kind].run is not runner:
            raise ValueError(f"two runners for {kind}")
        _KINDS[kind] = JobKind(runner, failed, again)
        return runner

    return register


def kind_of(kind: str) -> JobKind:
    """Return what was registered under a kind; KeyError when no app did."""
    return _KINDS[kind]
