"""Rules of the negative list (负面清单): each item says when a school is found to have hit it (S2-45 … S2-52)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from xueji.core.rules.registry import CheckResult, Given, Problem, rule
from xueji.core.status.negative import JUDGES, ListedFacts


def _hit(item: str, facts: ListedFacts, given: Given, message: str, remedy: str) -> CheckResult:
    if facts.item != item or JUDGES[item](facts, cast("Mapping[str, int]", given.params)) is not True:
        return None
    return Problem(message, remedy=remedy)


@rule("supervision.fm1", topic="supervision")
def fm1(facts: ListedFacts, given: Given) -> CheckResult:
    """Nobody is registered with information that the person's papers contradict."""
    return _hit("FM1", facts, given, "身份证、户口簿或居住证与学籍备案信息不一致", "核实后变更学生信息，查明责任")


@rule("supervision.fm2", topic="supervision")
def fm2(facts: ListedFacts, given: Given) -> CheckResult:
    """A school admits with a licence, to programmes on file, under its own name, in words that mislead nobody."""
    return _hit(
        "FM2", facts, given, "未经备案开展招生，或招生宣传与公布的招生资质不一致", "停止招生，更正宣传，办理资质备案"
    )


@rule("supervision.fm3", topic="supervision", params={"reminders": int})
def fm3(facts: ListedFacts, given: Given) -> CheckResult:
    """A duplicate is explained by attendance, or reported and cleared when reminded."""
    return _hit(
        "FM3",
        facts,
        given,
        "学籍重复而学生不在校，或多次提醒仍不申报、不删除",
        "申报学籍重复信息，由实际就读学校保留学籍",
    )


@rule("supervision.fm4", topic="supervision", params={"months": int, "checks": int})
def fm4(facts: ListedFacts, given: Given) -> CheckResult:
    """A full-time student who is enrolled is at school, or has leave, or the status was changed."""
    return _hit(
        "FM4",
        facts,
        given,
        "全日制在校生未履行请假手续长期不在校，学籍未作处理",
        "办理休学、退学，或变更为非全日制学籍",
    )


@rule("supervision.fm5", topic="supervision", params={"percent": int})
def fm5(facts: ListedFacts, given: Given) -> CheckResult:
    """The two systems agree but for a small share of all students."""
    share = f"{facts.differing} / {facts.total}"
    return _hit(
        "FM5",
        facts,
        given,
        f"两个系统不一致的学生 {share}，超过学籍总人数的 {given.params['percent']}%",
        "逐人核对，更新学籍信息模块",
    )


@rule("supervision.fm6", topic="supervision")
def fm6(facts: ListedFacts, given: Given) -> CheckResult:
    """Admission and teaching take place at sites on record."""
    return _hit("FM6", facts, given, "在未登记备案的校区招生或开展教学活动", "停止该处的招生和教学，办理备案")


@rule("supervision.fm7", topic="supervision")
def fm7(facts: ListedFacts, given: Given) -> CheckResult:
    """Who could not be filed is neither registered nationally nor taught as a student."""
    return _hit(
        "FM7",
        facts,
        given,
        "未能备案的学生在全国学生系统注册学籍，或以中职生名义在校学习",
        "在全国学生系统注销学籍，妥善安置学生",
    )


@rule("supervision.fm8", topic="supervision", params={"intake": int, "enrolled": int})
def fm8(facts: ListedFacts, given: Given) -> CheckResult:
    """A licensed school has intake and students enough, or not too few two years running."""
    words = f"连续两年招生不足 {given.params['intake']} 人，或在校生不足 {given.params['enrolled']} 人"
    return _hit("FM8", facts, given, words, "由省教育厅核查招生资质")
