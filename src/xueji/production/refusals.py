"""Why something is refused here, each with the clause the pack gives for it."""

from __future__ import annotations

from collections.abc import Iterable

from xueji.certificates.models import Issue
from xueji.certificates.stages import process_of
from xueji.core.errors import RuleViolation
from xueji.core.findings import Citation, Finding, Severity
from xueji.core.packs import PackView


def refusal(rule: str, message: str, *, cites: Iterable[Citation] = (), remedy: str = "") -> RuleViolation:
    """Return the error of a single rule, ready to be raised."""
    return RuleViolation([Finding(rule, Severity.ERROR, message, remedy=remedy, cites=tuple(cites))])


def counting_cites(view: PackView, issue: Issue) -> tuple[Citation, ...]:
    """Return the clauses on counting what is sealed: of the register where the pack has one, else of the stage."""
    keys = view.keys("document")
    for key in (["late_register"] if issue.is_late else []) + ["register"]:
        if key in keys:
            return view.document(key).cites
    return stage_cites(issue, "seal")


def approval_cites(issue: Issue) -> tuple[Citation, ...]:
    """Return the clauses of the approval an issue needs before anything is printed or sealed."""
    return issue.law.workflow(issue.case.kind).cites


def stage_cites(issue: Issue, stage: str) -> tuple[Citation, ...]:
    """Return the clauses of a stage of an issue; none where its pack has no such stage."""
    process = process_of(issue)
    return next((spec.cites for spec in (process.stages if process else ()) if spec.key == stage), ())
