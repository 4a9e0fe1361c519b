"""Rules on what a replacement certificate says: its facts come from a diploma of any year and an applicant of today."""

from __future__ import annotations

from xueji.core.facts import GraduateFacts
from xueji.core.identifiers import parse_resident_id
from xueji.core.rules.graduates import document_shape, legal_date
from xueji.core.rules.registry import CheckResult, Given, Problem, rule

TOPIC = "replacement_paper"
KIND = "replacement"
_PRINTED = {
    "name": "姓名", "sex": "性别", "birth_date": "出生日期", "resident_id": "身份证号", "programme": "专业",
    "duration_years": "学制", "study_mode": "学习形式", "entry_month": "入学年月", "graduation_month": "毕业年月",
    "details.original_number": "原毕业证书编号", "details.loss": "丢失或损毁", "details.category": "毕业证类型",
}  # fmt: skip


@rule("replacement_paper.required_given", topic=TOPIC)
def required_given(facts: GraduateFacts, given: Given) -> CheckResult:
    """Everything a replacement certificate prints is given."""
    del given
    missing = [name for name in _PRINTED if facts.value(name) in (None, "")]
    return [Problem(f"「{_PRINTED[name]}」没有填写", name, f"请填写「{_PRINTED[name]}」") for name in missing] or None


@rule("replacement_paper.resident_id_valid", topic=TOPIC, field="resident_id")
def resident_id_valid(facts: GraduateFacts, given: Given) -> CheckResult:
    """The ID number of today's card has the right check character and a possible birth date."""
    document = facts.id_document_type
    if facts.resident_id is None or (document is not None and document_shape(given.view, document) != "resident"):
        return None
    read = parse_resident_id(facts.resident_id, on=legal_date(given))
    return Problem(read.problem, remedy="请与身份证原件逐位核对") if read.problem else None


@rule("replacement_paper.years_in_order", topic=TOPIC, field="graduation_month")
def years_in_order(facts: GraduateFacts, given: Given) -> CheckResult:
    """Its holder graduated after entering, and the paper is not of a time to come."""
    if facts.entry_month is None or facts.graduation_month is None:
        return None
    if facts.graduation_month <= facts.entry_month:
        return Problem("毕业年月不晚于入学年月", remedy="请核对毕业证明上的学习起止年月")
    on = legal_date(given)
    if (facts.graduation_month.year, facts.graduation_month.month) > (on.year, on.month):
        return Problem("毕业年月还没有到", remedy="请核对毕业证明上的学习起止年月")
    return None


@rule("replacement_paper.characters_printable", topic=TOPIC)
def characters_printable(facts: GraduateFacts, given: Given) -> CheckResult:
    """Every character of the name and the programme has a font that prints it."""
    text = "".join((facts.name or "", facts.programme or "", *facts.details.values()))
    lacking = [c for c in dict.fromkeys(text) if c in given.surroundings.uncovered]
    if not lacking:
        return None
    return Problem(
        f"{'、'.join(f'「{c}」（U+{ord(c):04X}）' for c in lacking)}没有字体可以打印", remedy="请报告系统管理员"
    )
