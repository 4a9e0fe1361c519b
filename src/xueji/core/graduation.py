"""Whether somebody graduates: the findings on the facts, and what they come to under the pack."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import cast

from xueji.core.facts import GraduateFacts, Surroundings
from xueji.core.findings import Finding, errors_of
from xueji.core.packs import PackView
from xueji.core.rules import check_graduate
from xueji.core.rules.outcomes import CLAIM, claims_completion

OUTCOME_RULE = "graduate.outcome_follows_marks"
MARKS_RULES = frozenset({"graduate.marks_passed", OUTCOME_RULE})


class Entitlement(StrEnum):
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

    outcome: Entitlement
    findings: tuple[Finding, ...]


def decide_graduation(facts: GraduateFacts, view: PackView, surroundings: Surroundings) -> GraduationDecision:
    """Decide by the pack: no error is graduation (or completion, where the row is for it); failed marks alone are what
    the pack makes of them.

    The pack's value `failed_marks_lead_to` is «completion» where a completion certificate exists and «not_yet»
    where the notice knows graduates only. Any other error is a matter to put right first, hence not yet.
    """
    findings = tuple(check_graduate(facts, view, surroundings))
    errors = errors_of(findings)
    if not errors:
        outcome = Entitlement.COMPLETION if is_for_completion(facts, view) else Entitlement.GRADUATE
        return GraduationDecision(outcome, findings)
    if all(finding.rule in MARKS_RULES and finding.field != CLAIM for finding in errors):
        return GraduationDecision(Entitlement(str(view.value("failed_marks_lead_to"))), findings)
    return GraduationDecision(Entitlement.NOT_YET, findings)


def is_for_completion(facts: GraduateFacts, view: PackView) -> bool:
    """Whether the school itself enters the row for completion, in a word of the pack; never where the pack has none."""
    for switch in view.rules("graduate"):
        if switch.rule == OUTCOME_RULE:
            return claims_completion(facts, cast("list[str]", switch.params["completion"]))
    return False
