"""Rules on what a replacement certificate says: a passing and a failing example each, and silence where a fact is missing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from xueji.core.facts import GraduateFacts, Surroundings
from xueji.core.months import Month
from xueji.core.packs import PackView
from xueji.core.rules import replacements, run_rules
from xueji.policy import get_library

DAY = date(2019, 7, 8)
VIEW: PackView = get_library().pack("edu/henan").on(DAY)
GOOD = {
    "name": "王小明", "sex": "男", "birth_date": date(1968, 3, 7), "resident_id": "110101196803070016", "programme": "普师",
    "duration_years": Decimal(3), "study_mode": "全日制", "entry_month": Month(1984, 9), "graduation_month": Month(1987, 7),
    "details": {"original_number": "*****", "loss": "丢失", "category": "普通中师"},
}  # fmt: skip


def rules_of(**changes: object) -> list[str]:
    facts = GraduateFacts(**(GOOD | changes))  # type: ignore[arg-type]  # a mapping of mixed values
    uncovered = frozenset("\uf8ff")
    return [
        found.rule for _, found in run_rules(VIEW, replacements.TOPIC, facts, Surroundings(on=DAY, uncovered=uncovered))
    ]


@pytest.mark.requirement("S0-14")
@pytest.mark.parametrize(
    ("changes", "found"),
    [
        pytest.param({}, [], id="in order, its number lost"),
        pytest.param({"sex": None}, ["replacement_paper.required_given"], id="a fact missing"),
        pytest.param({"resident_id": "110101196803070018"}, ["replacement_paper.resident_id_valid"], id="a digit wrong"),
        pytest.param({"resident_id": "H12345678", "id_document_type": "港澳居民来往内地通行证"}, [], id="no resident card"),
        pytest.param({"graduation_month": Month(1984, 10)}, [], id="a month after entering"),
        pytest.param({"graduation_month": Month(1984, 9)}, ["replacement_paper.years_in_order"], id="as they entered"),
        pytest.param({"graduation_month": Month(2019, 7)}, [], id="graduated this month"),
        pytest.param({"graduation_month": Month(2019, 8)}, ["replacement_paper.years_in_order"], id="in a time to come"),
        pytest.param({"programme": "普师\uf8ff"}, ["replacement_paper.characters_printable"], id="no font prints it"),
    ],
)  # fmt: skip
def test_what_a_replacement_certificate_says_is_judged_before_it_is_queued(changes: dict, found: list[str]) -> None:
    assert rules_of(**changes) == found
