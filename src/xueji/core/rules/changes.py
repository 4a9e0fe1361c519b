"""Rules on changes of status (异动): whence they start, and what keeps somebody from them (S2 第十二, 十三, 十七条)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import cast

from xueji.core.intakes import months_after
from xueji.core.rules.registry import CheckResult, Given, Problem, rule
from xueji.core.status.facts import ChangeFacts, required
from xueji.core.status_specs import ChangeSpec
from xueji.core.status_words import (
    CHANGE_MODE,
    CHANGE_PROGRAMME,
    FULL_TIME,
    JUNIOR_HIGH,
    REPEAT,
    SENIOR_HIGH,
    TECHNICIAN,
    TRANSFER,
    WITHDRAW,
)

ABSENCE, EXPULSION = "absence", "expulsion"
REASONS = (ABSENCE, EXPULSION)


def _moves_in(facts: ChangeFacts, *schools: str) -> bool:
    return facts.change == TRANSFER and facts.from_school in schools


@rule("change.from_status", topic="change", field="status")
def from_status(facts: ChangeFacts, given: Given) -> CheckResult:
    """The change may start from the status the student has."""
    spec = given.view.entry("change", facts.change, ChangeSpec)
    if spec.starts_from(facts.status):
        return None
    allowed = "、".join([*spec.allowed, *(status for status, is_let in spec.silent.items() if is_let)]) or "无"
    return Problem(f"「{facts.status}」的学生不能办理{facts.change}", remedy=f"可以办理{facts.change}的：{allowed}")


@rule("change.programme_not_in_graduating_year", topic="change", field="graduating_year")
def programme_not_in_graduating_year(facts: ChangeFacts, given: Given) -> CheckResult:
    """Nobody changes the programme in the graduating year."""
    if facts.change != CHANGE_PROGRAMME or not facts.graduating_year:
        return None
    return Problem("毕业年级学生不允许转专业", remedy="按原专业毕业")


@rule("change.absence_over_three_months", topic="change", field="absent_since", params={"months": int})
def absence_over_three_months(facts: ChangeFacts, given: Given) -> CheckResult:
    """Who is withdrawn for absence was away without leave for longer than the pack says."""
    if facts.change != WITHDRAW or facts.reason != ABSENCE:
        return None
    since, months = required(facts, "absent_since", date), cast("int", given.params["months"])
    if required(facts, "leave_granted", bool):
        return Problem("学生履行了请假手续，不按退学处理", "leave_granted", "请假期满仍未返校的，另行核实")
    ends = months_after(since, months)
    if facts.on > ends:
        return None
    return Problem(
        f"未请假离校尚未超过 {months} 个月（至 {ends:%Y-%m-%d}）", remedy="继续联系学生和监护人，超过后再办理"
    )


@rule("change.compulsory_not_expelled", topic="change", field="compulsory")
def compulsory_not_expelled(facts: ChangeFacts, given: Given) -> CheckResult:
    """Nobody leaves school who has not completed compulsory schooling."""
    if facts.change != WITHDRAW or not facts.compulsory:
        return None
    act = {EXPULSION: "开除", ABSENCE: "按退学处理"}.get(facts.reason or "", "退学")
    return Problem(f"学生尚未完成义务教育，不得{act}", remedy="与学生的监护人和原初中学校联系，帮助完成义务教育")


@rule("change.repeat_within_limit", topic="change", field="delayed_years", params={"most": int})
def repeat_within_limit(facts: ChangeFacts, given: Given) -> CheckResult:
    """Repeating a year delays nobody's graduation by more years than the pack lets it."""
    most = cast("int", given.params["most"])
    if facts.change != REPEAT or facts.delayed_years + 1 <= most:
        return None
    return Problem(
        f"已因留级延期 {facts.delayed_years} 年，再留级将超过 {most} 年", remedy="不能再留级，按结业或退学办理"
    )


@rule("change.before_autumn_term", topic="change", field="on")
def before_autumn_term(facts: ChangeFacts, given: Given) -> CheckResult:
    """Who comes from a senior high or a technician school applies before the autumn term starts."""
    if not _moves_in(facts, SENIOR_HIGH, TECHNICIAN):
        return None
    starts = required(facts, "autumn_term_starts", date)
    if facts.on < starts:
        return None
    return Problem(f"须在秋季学期开始（{starts:%Y-%m-%d}）前办理", remedy="下一年秋季学期开始前再办理")


@rule("change.remaining_study", topic="change", field="remaining_years", params={"least": Decimal})
def remaining_study(facts: ChangeFacts, given: Given) -> CheckResult:
    """Who comes from a senior high or a technician school has long enough to study."""
    if not _moves_in(facts, SENIOR_HIGH, TECHNICIAN):
        return None
    remaining, least = required(facts, "remaining_years", Decimal), cast("Decimal", given.params["least"])
    if remaining >= least:
        return None
    return Problem(f"剩余学习时间 {remaining} 年，不得少于 {least} 年", remedy="不符合转入条件")


@rule("change.junior_term", topic="change", field="junior_term", params={"terms": list})
def junior_term(facts: ChangeFacts, given: Given) -> CheckResult:
    """A pupil of a junior high school comes over in one of the terms the pack names."""
    if not _moves_in(facts, JUNIOR_HIGH):
        return None
    term, terms = required(facts, "junior_term", int), cast("list[int]", given.params["terms"])
    if term in terms:
        return None
    names = "、".join(str(term) for term in terms)
    return Problem(f"初中学生只能在第 {names} 学期进入，现为第 {term} 学期", remedy="学期符合后再办理")


@rule("change.junior_full_time", topic="change", field="study_mode")
def junior_full_time(facts: ChangeFacts, given: Given) -> CheckResult:
    """Who has not completed compulsory schooling studies full-time."""
    if _moves_in(facts, JUNIOR_HIGH) and facts.study_mode != FULL_TIME:
        return Problem("未毕业的初中学生只能注册全日制学籍", remedy="按全日制注册")
    if facts.change == CHANGE_MODE and facts.compulsory:
        return Problem("学生尚未完成义务教育，保持全日制学籍", "compulsory", "完成义务教育以后再办理")
    return None
