"""Why something is refused here, each with the clause the pack gives for it."""

from __future__ import annotations

from collections.abc import Iterable

from xueji.core.errors import RuleViolation
from xueji.core.findings import Citation, Finding, Severity
from xueji.core.packs import PackView


def refusal(rule: str, message: str, *, cites: Iterable[Citation] = (), remedy: str = "") -> RuleViolation:
    """Return the error of a single rule, ready to be raised."""
    return RuleViolation([Finding(rule, Severity.ERROR, message, remedy=remedy, cites=tuple(cites))])


def deferral_cites(view: PackView) -> tuple[Citation, ...]:
    """Return the clauses on deferring a sealing (暂缓验印): the last of each step of the batch that may defer.

    A pack states the measure where it grants the verdict; there is no second place to keep in step with it.
    """
    steps = view.workflow("graduation_batch").steps
    return tuple(step.cites[-1] for step in steps if "defer" in step.verdicts and step.cites)
