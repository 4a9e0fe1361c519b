"""Whether a student is filed, what is next if not; the days of a window; who decides on somebody registered twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from xueji.core.errors import BadInput
from xueji.core.facts import Surroundings
from xueji.core.findings import Citation, Finding
from xueji.core.intakes import Intake
from xueji.core.packs import PackView, Reading
from xueji.core.routing import Office, Party, common_superior
from xueji.core.rules.registry import run_rules
from xueji.core.status.facts import FilingFacts
from xueji.core.status.territories import Territory, line_of
from xueji.core.status_specs import ClosingSpec
from xueji.core.term_checks import every_window

DUPLICATES = ("none", "open", "resolved")
CORRECT, RESOLVE, LEAVE = "correct_and_resubmit", "resolve_duplicate", "withdraw_and_cancel"


@dataclass(frozen=True, slots=True)
class Span:
    """A span of days, both ends in it; an end is None where the text names none."""

    opens: date | None
    closes: date | None
    cites: tuple[Citation, ...]
    readings: tuple[Reading, ...] = ()

    def __contains__(self, day: date) -> bool:
        return (self.opens is None or self.opens <= day) and (self.closes is None or day <= self.closes)


def span_of(key: str, on: date, intake: Intake | None, view: PackView) -> Span:
    """Return the days of a window: of an intake, or in the year of `on`; BadInput names the windows there are."""
    closings = {spec.key: spec for spec in view.every("closing", ClosingSpec)}
    if key in closings:
        if intake is None:
            raise BadInput(f"请给出「intake」：「{closings[key].label}」按入学的年份和季节截止，如 2021-autumn")
        return _closing(closings[key], intake, view)
    windows = every_window(view.pack)
    found = next((window for window in windows if window.key == key and window.opens.year == on.year), None)
    if found is None:
        choices = "、".join(dict.fromkeys([*closings, *(window.key for window in windows)]))
        raise BadInput(f"政策包 {view.pack.id} 在 {on.year} 年没有时段「{key[:40]}」；可用：{choices or '无'}")
    return Span(found.opens, found.closes, found.cites, tuple(view.readings_of(f"windows.{key}")))


def _closing(spec: ClosingSpec, intake: Intake, view: PackView) -> Span:
    last = spec.day_for(intake)
    readings = [] if view.calendar.is_working_day(last) else view.readings_of(f"closings.{spec.key}", "day_off")
    return Span(None, last, spec.cites, tuple(readings))


@dataclass(frozen=True, slots=True)
class FilingDecision:
    """Whether a student is filed and what is next; without filing there is no diploma (第七条)."""

    next: str | None
    findings: tuple[Finding, ...]
    cites: tuple[Citation, ...]
    readings: tuple[Reading, ...]

    @property
    def filed(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.findings


def decide_filing(facts: FilingFacts, view: PackView) -> FilingDecision:
    """Return whether a registered student is filed (S2-12, S2-13), with every reason why not.

    Of several reasons the one that cannot be mended says what is next.
    """
    findings = tuple(finding for _, finding in run_rules(view, "filing", facts, Surroundings()))
    rules = {finding.rule for finding in findings}
    span = _closing(view.entry("closing", "filing", ClosingSpec), facts.intake, view)
    readings = [*span.readings]
    if "filing.before_deadline" in rules:
        readings += view.readings_of("closings.filing", "after_it")
    cites = [*span.cites, *(cite for switch in view.rules("filing") for cite in switch.cites)]
    return FilingDecision(_next(rules, facts), findings, tuple(dict.fromkeys(cites)), tuple(readings))


def _next(rules: set[str], facts: FilingFacts) -> str | None:
    is_wrong = "filing.information_correct" in rules
    if rules & {"filing.admission_licensed", "filing.before_deadline"} or (is_wrong and not facts.correctable):
        return LEAVE
    if is_wrong:
        return CORRECT
    return RESOLVE if "filing.duplicate_resolved" in rules else None


def decider_of_duplicate(places: tuple[Territory, Territory], *, both_approve: bool) -> Office | None:
    """Return who decides on somebody registered at two schools: the common superior where both sides approved (S2-15).

    None: the authority that approves decides by itself. BadInput where nobody stands over both.
    """
    if not both_approve:
        return None
    found = common_superior([Party("school", line_of(place)) for place in places])
    if found is None:
        raise BadInput("双方学籍主管部门没有共同的上级：跨省的学籍重复由双方省教育厅处理")
    return found
