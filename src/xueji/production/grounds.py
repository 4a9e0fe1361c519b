"""Why something is refused here, each with the clause the pack gives for it."""

from __future__ import annotations

from collections.abc import Iterable

from xueji.core.errors import RuleViolation
from xueji.core.findings import Citation, Finding, Severity
from xueji.core.packs import PackView
from xueji.graduation.models import Batch


def refusal(rule: str, message: str, *, cites: Iterable[Citation] = (), remedy: str = "") -> RuleViolation:
    """Return the error of a single rule, ready to be raised."""
    return RuleViolation([Finding(rule, Severity.ERROR, message, remedy=remedy, cites=tuple(cites))])


def deferral_cites(view: PackView) -> tuple[Citation, ...]:
    """Return the clauses on deferring a sealing (暂缓验印): the last of each step of the batch that may defer.

    A pack states the measure where it grants the verdict; there is no second place to keep in step with it.
    """
    steps = view.workflow("graduation_batch").steps
    return tuple(step.cites[-1] for step in steps if "defer" in step.verdicts and step.cites)


def counting_cites(view: PackView, batch: Batch) -> tuple[Citation, ...]:
    """Return the clauses on counting what is sealed: of the register where the pack has one, else of the stage."""
    keys = view.keys("document")
    for key in (["late_register"] if batch.is_late else []) + ["register"]:
        if key in keys:
            return view.document(key).cites
    return stage_cites(view, "seal")


def stage_cites(view: PackView, stage: str) -> tuple[Citation, ...]:
    """Return the clauses of a stage of the pack; none where it has no such stage."""
    stages = view.process().stages if "graduation" in view.keys("process") else ()
    return next((one.cites for one in stages if one.key == stage), ())
