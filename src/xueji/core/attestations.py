"""What a school attests of a graduate (毕业证明), and what is wrong with it: the facts of its form, held to the lists of the pack."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import cast

from xueji.core.findings import Finding, Severity
from xueji.core.identifiers import normalise_resident_id, parse_resident_id
from xueji.core.months import Month
from xueji.core.packs import PackView

DOCUMENT = "attestation"  # the form, and with it the clauses that a finding cites
_LONGEST_YEARS, _YOUNGEST = 8, 12  # bounds of what can be meant, not of what the law allows


@dataclass(frozen=True, slots=True)
class AttestationFacts:
    """The facts of one attestation, as they are printed; `is_health` is asked beside them and printed nowhere."""

    name: str
    sex: str
    resident_id: str
    native_province: str
    native_place: str
    birth_month: Month
    study_from: Month
    study_until: Month
    programme: str
    plan_category: str
    duration_years: Decimal
    study_form: str
    original_number: str
    contact_name: str
    contact_phone: str
    is_health: bool = False


def plan_categories(view: PackView) -> list[str]:
    """Return what the plan category may be."""
    return cast("list[str]", view.value("attestation_categories"))


def study_forms(view: PackView) -> list[str]:
    """Return what the form of study may be."""
    return cast("list[str]", view.value("attestation_study_forms"))


def lost_number(view: PackView) -> str:
    """Return what stands where the number of the lost diploma is not known."""
    return str(view.value("attestation_lost_number"))


def check_attestation(facts: AttestationFacts, view: PackView, today: date) -> list[Finding]:
    """Return what stands in the way of attesting: a word that is not the form's, months that cannot be, an ID number of somebody else."""
    cites = view.document(DOCUMENT).cites
    wrong = [*_words(facts, view), *_months(facts, today), *_identity(facts, today)]
    return [
        Finding(f"attestation.{rule}", Severity.ERROR, message, field=field, cites=cites)
        for rule, field, message in wrong
    ]


def _words(facts: AttestationFacts, view: PackView) -> Iterator[tuple[str, str, str]]:
    for field, label, value, words in (
        ("plan_category", "计划类别", facts.plan_category, plan_categories(view)),
        ("study_form", "学习形式", facts.study_form, study_forms(view)),
    ):
        if value not in words:
            yield field, field, f"{label}「{value}」不在规定之列：请从{'、'.join(words)}中选择"
    number = facts.original_number
    if number != lost_number(view) and not any(character.isdigit() for character in number):
        yield "original_number", "original_number", f"原毕业证书编号应按原编号全称填写；号码遗失的填{lost_number(view)}"


def _months(facts: AttestationFacts, today: date) -> Iterator[tuple[str, str, str]]:
    studied = facts.study_from.months_until(facts.study_until)
    if not 0 < studied <= _LONGEST_YEARS * 12:
        yield "study_period", "study_until", f"学习时间 {facts.study_from} 至 {facts.study_until} 不对：请核对起止年月"
    elif facts.duration_years * 12 > studied + 12:
        yield (
            "duration",
            "duration_years",
            f"学制 {facts.duration_years} 年与学习时间 {facts.study_from} 至 {facts.study_until} 不相称",
        )
    if facts.study_until > Month.of(today):
        yield "graduated", "study_until", f"毕业年月 {facts.study_until} 还没有到：毕业以后才能开具毕业证明"
    if facts.birth_month.months_until(facts.study_from) < _YOUNGEST * 12:
        yield "birth_month", "birth_month", f"出生年月 {facts.birth_month} 与入学年月 {facts.study_from} 不相称"


def _identity(facts: AttestationFacts, today: date) -> Iterator[tuple[str, str, str]]:
    number = parse_resident_id(normalise_resident_id(facts.resident_id), on=today)
    if number.problem:
        yield "resident_id", "resident_id", number.problem
    elif number.sex and number.sex != facts.sex:
        yield "sex", "sex", f"身份证号码所示性别与所填「{facts.sex}」不一致，请核对"
