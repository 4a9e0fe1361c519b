"""Rules on the filing of a registered student (学籍备案, S2 第六至八条)."""

from __future__ import annotations

from xueji.core.rules.registry import CheckResult, Given, Problem, rule
from xueji.core.status.facts import FilingFacts, required
from xueji.core.status_specs import ClosingSpec


@rule("filing.before_deadline", topic="filing", field="on")
def before_deadline(facts: FilingFacts, given: Given) -> CheckResult:
    """The student is filed by the last day of the intake."""
    last = given.view.entry("closing", "filing", ClosingSpec).day_for(facts.intake)
    if facts.on <= last:
        return None
    return Problem(f"本届备案已于 {last:%Y-%m-%d} 截止，不再办理", remedy="不能再备案；核实去向，办理退学并注销学籍")


@rule("filing.admission_licensed", topic="filing", field="licensed")
def admission_licensed(facts: FilingFacts, given: Given) -> CheckResult:
    """School and programme stand in the admission licences last published."""
    if facts.licensed:
        return None
    return Problem("学校或专业没有在省教育厅进行招生资质备案，不能备案", remedy="不符合备案要求，应予退学并注销学籍")


@rule("filing.information_correct", topic="filing", field="information_correct")
def information_correct(facts: FilingFacts, given: Given) -> CheckResult:
    """What was submitted of the student is right."""
    if facts.information_correct:
        return None
    remedy = "修改后再次提交备案" if required(facts, "correctable", bool) else "不能改正的应予退学，并注销学籍"
    return Problem("上报的信息有误，未通过备案", remedy=remedy)


@rule("filing.duplicate_resolved", topic="filing", field="duplicate")
def duplicate_resolved(facts: FilingFacts, given: Given) -> CheckResult:
    """A student who is registered twice was looked into before."""
    if facts.duplicate != "open":
        return None
    return Problem("学籍重复尚未查清，不能备案", remedy="完成学籍查重后，由实际就读学校提交备案")
