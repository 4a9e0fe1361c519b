"""Whether somebody graduates: the findings on the facts, and what they come to under the pack."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from xueji.core.facts import GraduateFacts, Surroundings
from xueji.core.findings import Finding, errors_of
from xueji.core.packs import PackView
from xueji.core.rules import check_graduate

MARKS_RULE = "graduate.marks_passed"


class Outcome(StrEnum):
    """What the study comes to."""

    GRADUATE = "graduate"
    COMPLETION = "completion"
    NOT_YET = "not_yet"

    @property
    def label(self) -> str:
        """The Chinese word of the decision."""
        return {"graduate": "毕业", "completion": "结业", "not_yet": "暂不能毕业"}[self.value]


@dataclass(frozen=True, slots=True)
class GraduationDecision:
    """The outcome with every finding that led to it."""

    outcome: Outcome
    findings: tuple[Finding, ...]


def decide_graduation(facts: GraduateFacts, view: PackView, surroundings: Surroundings) -> GraduationDecision:
    """Decide by the pack: no error is graduation; failed marks alone are what the pack makes of them.

    The pack's value `failed_marks_lead_to` is «completion» where a completion certificate exists and «not_yet»
    where the notice knows graduates only. Any other error is a matter to put right first, hence not yet.
    """
    findings = tuple(check_graduate(facts, view, surroundings))
    errors = errors_of(findings)
    if not errors:
        return GraduationDecision(Outcome.GRADUATE, findings)
    if all(finding.rule == MARKS_RULE for finding in errors):
        return GraduationDecision(Outcome(str(view.value("failed_marks_lead_to"))), findings)
    return GraduationDecision(Outcome.NOT_YET, findings)
