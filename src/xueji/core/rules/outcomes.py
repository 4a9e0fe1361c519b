"""Rules on how study ends: repeats and suspensions move the date, marks decide between graduation and completion."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import cast

from xueji.core.facts import GraduateFacts
from xueji.core.rules.graduates import failed_marks, plain_years, printed_header, whole_months
from xueji.core.rules.registry import CheckResult, Given, Problem, rule

_APART = re.compile(r"[、，,;；/\s]+")
REASON, SUSPENDED, CLAIM = "details.delay_reason", "details.suspension_months", "details.outcome"


@rule(
    "graduate.delay_explained",
    topic="graduate",
    field="graduation_month",
    params={"short": int, "long": int, "reasons": list, "suspension": list},
)
def delay_explained(facts: GraduateFacts, given: Given) -> CheckResult:
    """Entry lies before graduation, the months between are the duration or more, and more has its reason.

    The pack's `reasons` move the date (留级, 休学); those that are also in `suspension` move it by the months of the
    suspension, where these are given and nothing else is claimed. Whether a repeat may move it so far is another rule's word.
    """
    if facts.entry_month is None or facts.graduation_month is None:
        return None
    months, planned = facts.entry_month.months_until(facts.graduation_month), whole_months(facts.duration_years)
    if months <= 0:
        return Problem(f"毕业年月 {facts.graduation_month} 不在入学年月 {facts.entry_month} 之后")
    if planned is None:
        return None
    short, long = cast("int", given.params["short"]), cast("int", given.params["long"])
    if months < planned - short:
        return Problem(
            _study(facts, months) + "，不足学制", remedy="请核对入学年月、毕业年月和学制；提前毕业的请附材料"
        )
    return _late_explained(facts, months, months - planned - long, given)


@rule("graduate.delay_noted", topic="graduate", field="graduation_month", params={"long": int})
def delay_noted(facts: GraduateFacts, given: Given) -> CheckResult:
    """Nobody graduates later than the duration says: who does for a reason that is given is for the officer to look at."""
    claimed, planned = _reasons(facts), whole_months(facts.duration_years)
    if not claimed or planned is None or facts.entry_month is None or facts.graduation_month is None:
        return None
    months = facts.entry_month.months_until(facts.graduation_month)
    if months <= planned + cast("int", given.params["long"]):
        return None
    remedy = "请学校在毕业生页面附证明材料；由审核人核对后决定"
    return Problem(_study(facts, months) + f"，超过学制，延期原因：{'、'.join(claimed)}", remedy=remedy)


def _late_explained(facts: GraduateFacts, months: int, late: int, given: Given) -> CheckResult:
    known, claimed = cast("list[str]", given.params["reasons"]), _reasons(facts)
    if unknown := [word for word in claimed if word not in known]:
        return Problem(f"延期原因「{'、'.join(unknown)}」读不懂", REASON, f"请填{'、'.join(known)}")
    if late > 0 and not claimed:
        return Problem(_study(facts, months) + "，超过学制而没有延期原因", remedy=f"请填延期原因：{'、'.join(known)}")
    return _suspension_covers(facts, claimed, late, given)


def _suspension_covers(facts: GraduateFacts, claimed: list[str], late: int, given: Given) -> CheckResult:
    """A date moved by suspension alone moves no further than the suspension lasted."""
    suspended = str(facts.value(SUSPENDED) or "")
    if not suspended:
        return None
    if not (suspended.isascii() and suspended.isdigit()):
        return Problem(f"休学月数「{suspended}」读不懂", SUSPENDED, "请填休学的月数，如 12")
    only_suspended = bool(claimed) and all(word in cast("list[str]", given.params["suspension"]) for word in claimed)
    if only_suspended and late > int(suspended):
        return Problem(f"休学 {int(suspended)} 个月，毕业却推迟了更久", remedy="请核对休学月数；另有留级的一并写明")
    return None


@rule(
    "graduate.repeat_within_limit",
    topic="graduate",
    field="graduation_month",
    params={"words": list, "years": int, "long": int},
)
def repeat_within_limit(facts: GraduateFacts, given: Given) -> CheckResult:
    """Who repeated a year graduates no later than the pack's years after the regular date.

    Months of suspension that are recorded beside the repeat do not count: the notice limits the repeat alone.
    """
    planned = whole_months(facts.duration_years)
    if planned is None or facts.entry_month is None or facts.graduation_month is None:
        return None
    if not set(_reasons(facts)) & set(cast("list[str]", given.params["words"])):
        return None
    suspended_text = str(facts.value(SUSPENDED) or "")
    suspended = int(suspended_text) if suspended_text.isascii() and suspended_text.isdigit() else 0
    late = facts.entry_month.months_until(facts.graduation_month) - planned - suspended
    years = cast("int", given.params["years"])
    if late <= years * 12 + cast("int", given.params["long"]):
        return None
    return Problem(f"留级延期 {late} 个月，超过 {years} 年", remedy="请核对入学年月、毕业年月、学制和休学月数")


@rule(
    "graduate.outcome_follows_marks",
    topic="graduate",
    params={"fields": list, "failing": list, "pass_mark": int, "graduation": list, "completion": list},
)
def outcome_follows_marks(facts: GraduateFacts, given: Given) -> CheckResult:
    """Who is named a graduate passed every mark that decides, and who is named for completion did not.

    An empty outcome is taken as graduation.
    """
    claim = str(facts.value(CLAIM) or "")
    graduation = cast("list[str]", given.params["graduation"])
    completion = cast("list[str]", given.params["completion"])
    if claim and claim not in graduation and claim not in completion:
        return Problem(f"毕（结）业「{claim}」读不懂", CLAIM, f"请填{'、'.join([*graduation, *completion])}")
    failed = failed_marks(facts, given)
    if claim in completion:
        message = f"各项成绩都合格，却填为{claim}"
        return None if failed else Problem(message, CLAIM, f"请核对成绩；合格的应为{graduation[0]}")
    return [
        Problem(
            f"{printed_header(given, field)}「{mark}」不合格，不能办理毕业证书",
            field,
            f"补考合格后更正成绩，或将毕（结）业改为{completion[0]}",
        )
        for field, mark in failed
    ] or None


def claims_completion(facts: GraduateFacts, words: Iterable[str]) -> bool:
    """Whether the row itself says that it is for completion."""
    return str(facts.value(CLAIM) or "") in set(words)


def _reasons(facts: GraduateFacts) -> list[str]:
    return [word for word in _APART.split(str(facts.value(REASON) or "")) if word]


def _study(facts: GraduateFacts, months: int) -> str:
    years = plain_years(facts.duration_years) if facts.duration_years is not None else ""
    return f"入学 {facts.entry_month} 至毕业 {facts.graduation_month} 共 {months} 个月，学制 {years} 年"
