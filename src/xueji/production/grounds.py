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
