"""How long somebody may study, and whether the duration proposed is allowed (S2-17, S2-24, S2-26)."""

from __future__ import annotations

from dataclasses import dataclass

from xueji.core.facts import Surroundings
from xueji.core.findings import Citation, Finding, errors_of
from xueji.core.packs import PackView, Reading
from xueji.core.rules.durations import lacking_credits
from xueji.core.rules.registry import run_rules
from xueji.core.status.durations import durations_of, shortened
from xueji.core.status.facts import StudyFacts
from xueji.core.status_specs import Interval


@dataclass(frozen=True, slots=True)
class DurationDecision:
    """The intervals of years that are allowed; `allowed` is None where none was proposed and nothing speaks against it."""

    intervals: tuple[Interval, ...]
    allowed: bool | None
    findings: tuple[Finding, ...]
    cites: tuple[Citation, ...]
    readings: tuple[Reading, ...]


def decide_duration(facts: StudyFacts, view: PackView) -> DurationDecision:
    """Decide by the pack; BadInput where it says nothing of durations, or a fact is missing that its clause needs."""
    found = durations_of(facts, view)
    findings = tuple(finding for _, finding in run_rules(view, "duration", facts, Surroundings()))
    intervals = found.intervals
    cites = [cite for row in found.rows for cite in row.cites]
    if facts.early_years:
        early = ("duration.early_by_credits", "duration.early_at_most_one_year")
        cites += [cite for switch in view.rules("duration") if switch.rule in early for cite in switch.cites]
        if not lacking_credits(facts):
            intervals = shortened(intervals, facts.early_years)
    if any(finding.rule == "duration.primary_arts_approved" for finding in findings):
        intervals = ()
    proposed = facts.duration_years
    allowed = None if proposed is None else True
    readings = [*found.readings, *(reading for f in findings for reading in view.readings_of(f"rules.{f.rule}"))]
    is_inside = proposed is not None and not any(proposed in (interval.least, interval.most) for interval in intervals)
    if proposed is not None and is_inside and proposed % 1:
        readings += view.readings_of(f"durations.{found.rows[0].key}", "half_years")
    return DurationDecision(
        intervals, False if errors_of(findings) else allowed, findings, tuple(dict.fromkeys(cites)), tuple(readings)
    )
