"""Case, CaseParty, Step, Proposal, Decision, Evidence: every request that people decide, whatever its subject."""

from xueji.cases.models.cases import Case, CaseParty, CaseState
from xueji.cases.models.steps import ClockPause, Decision, Evidence, Proposal, Step, StepState, Verdict

__all__ = [
    "Case", "CaseParty", "CaseState", "ClockPause", "Decision", "Evidence", "Proposal", "Step", "StepState", "Verdict",
]  # fmt: skip
