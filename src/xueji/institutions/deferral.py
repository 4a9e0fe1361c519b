"""The deferral of sealing (暂缓验印): while it stands against a school, neither numbers nor seals go to it."""

from __future__ import annotations

from django.utils import timezone

from xueji.core.errors import RuleViolation
from xueji.core.findings import Finding, Severity
from xueji.core.packs import PackView
from xueji.institutions.models import School
from xueji.institutions.queries import sealing_deferral


def deferral_findings(view: PackView, school: School) -> list[Finding]:
    """Return the deferral that keeps a school's numbers and seals back; the one refusal for both (S1-17).

    A pack states the measure where it grants the verdict: the last clause of a step of the batch that may defer.
    """
    sanction = sealing_deferral(school)
    if sanction is None:
        return []
    said = f"{school.name}自 {timezone.localdate(sanction.imposed_at):%Y-%m-%d} 起暂缓验印：{sanction.reason}"
    steps = view.workflow("graduation_batch").steps
    cites = tuple(step.cites[-1] for step in steps if "defer" in step.verdicts and step.cites)
    remedy = "解除暂缓验印后再办理"
    return [Finding("sealing.not_deferred", Severity.ERROR, said, remedy=remedy, cites=cites)]


def refuse_while_deferred(school: School, view: PackView) -> None:
    """Raise RuleViolation while sealing is deferred for the school (S1-17)."""
    if findings := deferral_findings(view, school):
        raise RuleViolation(findings)
