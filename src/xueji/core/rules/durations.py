"""Rules on how long somebody studies (学制): the row that is theirs, approval, terms, credits."""

from __future__ import annotations

from decimal import Decimal
from typing import cast

from xueji.core.rules.registry import CheckResult, Given, Problem, rule
from xueji.core.status.durations import SHORTEST, durations_of, shortened
from xueji.core.status.facts import StudyFacts, required
from xueji.core.status_words import ORIGINS

_CREDITS = {
    "credit_system": "备案实行学分制", "credits_complete": "修完全部规定学分", "authority_approved": "学籍主管部门批准",
}  # fmt: skip


def lacking_credits(facts: StudyFacts) -> list[str]:
    """Return what somebody lacks who would graduate early, in words."""
    return [words for name, words in _CREDITS.items() if not required(facts, name, bool)]


@rule("duration.primary_arts_approved", topic="duration", field="approved")
def primary_arts_approved(facts: StudyFacts, given: Given) -> CheckResult:
    """Who comes from primary school comes to an arts programme the province approved."""
    if facts.origin != "primary_leaver" or required(facts, "approved", bool):
        return None
    return Problem("招收小学毕业起点艺术类专业学生须经省教育厅批准", remedy="先取得批准，再按 5 年或 6 年注册")


@rule("duration.junior_term", topic="duration", field="junior_term")
def junior_term(facts: StudyFacts, given: Given) -> CheckResult:
    """A pupil of a junior high school comes over in a term for which there is a duration."""
    if facts.origin != "junior_high_pupil" or durations_of(facts, given.view).intervals:
        return None
    return Problem(f"初中学生不能在第 {facts.junior_term} 学期进入", remedy="只能在第五、第六学期进入")


@rule("duration.remaining_study", topic="duration", field="remaining_years", params={"least": Decimal, "origins": list})
def remaining_study(facts: StudyFacts, given: Given) -> CheckResult:
    """Who moves in from another kind of school has long enough to study."""
    least = cast("Decimal", given.params["least"])
    if facts.origin not in cast("list[str]", given.params["origins"]) or facts.remaining_years is None:
        return None
    if facts.remaining_years >= least:
        return None
    return Problem(f"剩余学习时间 {facts.remaining_years} 年，不得少于 {least} 年", remedy="不符合转入条件，不能注册")


@rule("duration.early_by_credits", topic="duration", field="early_years")
def early_by_credits(facts: StudyFacts, given: Given) -> CheckResult:
    """Who graduates early studies by credits, has all of them, and the authority approved."""
    if not facts.early_years or not (missing := lacking_credits(facts)):
        return None
    return Problem(f"不能提前毕业：没有{'、'.join(missing)}", remedy="按原学制修完，或办妥后再申请提前毕业")


@rule("duration.early_at_most_one_year", topic="duration", field="early_years", params={"most": Decimal})
def early_at_most_one_year(facts: StudyFacts, given: Given) -> CheckResult:
    """Nobody graduates earlier than the pack lets them."""
    most = cast("Decimal", given.params["most"])
    if not facts.early_years or facts.early_years <= most:
        return None
    return Problem(f"提前 {facts.early_years} 年毕业，一般不超过 {most} 年", remedy=f"提前不超过 {most} 年")


@rule("duration.allowed_for_origin", topic="duration", field="duration_years")
def allowed_for_origin(facts: StudyFacts, given: Given) -> CheckResult:
    """The duration proposed is one of those for how somebody came, in whole or half years."""
    found = durations_of(facts, given.view)
    if facts.approved is False and any(row.follows == "approved_duration" for row in found.rows):
        return Problem("中、高职衔接的方案没有经省教育厅批准", "approved", "先取得批准，再按批准的学制注册")
    proposed = facts.duration_years
    if proposed is None or not found.intervals:
        return None
    is_early = facts.early_years and not lacking_credits(facts)
    intervals = shortened(found.intervals, facts.early_years or Decimal(0)) if is_early else found.intervals
    if any(proposed in interval for interval in intervals) and proposed % SHORTEST == 0:
        return None
    allowed = "、".join(str(interval) for interval in intervals)
    return Problem(f"{ORIGINS[facts.origin]}的学制为 {allowed} 年，现为 {proposed} 年", remedy="更正学制后再提交")
