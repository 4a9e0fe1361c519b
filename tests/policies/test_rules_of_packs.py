"""Each rule a pack switches on lets good facts pass, refuses bad ones, and shows a clause of that pack's own notice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from xueji.ask import ask
from xueji.core.decisions.changes import papers_of_change
from xueji.core.facts import AuditLine, FormFacts, GraduateList, HandOutFacts, VocationalCertificateFacts
from xueji.core.months import Month
from xueji.core.rules import check_forms, check_hand_out
from xueji.core.rules.graduates import season_of_month
from xueji.core.status.territories import territory_of
from xueji.policy import get_library

LIBRARY = get_library()
SEASON = {"season_year": 2022, "season_term": "autumn"}
COMMON = {
    "name": "林小明", "resident_id": "350102200405030027", "sex": "女", "birth_date": "2004-05-03", "programme": "护理",
    "duration_years": 3, "study_mode": "全日制", "entry_month": "2019-09", "graduation_month": "2022-07", **SEASON,
}  # fmt: skip
GOOD: dict[str, dict[str, Any]] = {
    "edu/shaanxi-weinan": {
        **COMMON, "political_status": "共青团员", "overall_mark": "良好", "conduct_mark": "优秀", "internship_mark": "85",
    },
    "hrss/fujian": {**COMMON, "overall_mark": "85", "details": {"graduate_level": "高级工班"}},
    "edu/guangxi": {
        **COMMON, "conduct_mark": "优秀", "internship_mark": "合格",
        "details": {"admission_category": "普通中专", "general_mark": "60", "skills_mark": "良好"},
    },
    "edu/henan": {**COMMON, "overall_mark": "良好"},
}  # fmt: skip

EVERYWHERE: tuple[tuple[str, Mapping[str, Any]], ...] = (
    ("graduate.required_given", {"name": None}),
    ("graduate.resident_id_valid", {"resident_id": "350102200405030028", "birth_date": "2004-05-03"}),
    ("graduate.document_type_known", {"id_document_type": "学生证"}),
    ("graduate.resident_id_current_form", {"resident_id": "350102040503002", "birth_date": None}),
    ("graduate.birth_date_matches_id", {"birth_date": "2004-05-30"}),
    ("graduate.sex_matches_id", {"sex": "男"}),
    ("graduate.sex_known", {"sex": "不详"}),
    ("graduate.age_plausible", {"birth_date": "1904-05-03", "resident_id": None}),
    ("graduate.name_usual", {"name": "林小明7"}),
    ("graduate.name_acceptable", {"name": "林\u200b小明"}),
    ("graduate.duration_allowed", {"duration_years": 7, "entry_month": "2015-09"}),
    ("graduate.graduates_in_season", {"graduation_month": "2022-03", "entry_month": "2019-03"}),
)
_GUANGXI = {"admission_category": "普通中专", "general_mark": "60", "skills_mark": "良好"}
OWN: dict[str, tuple[tuple[str, Mapping[str, Any]], ...]] = {
    "edu/shaanxi-weinan": (
        ("graduate.codes_known", {"political_status": "骨干"}),
        ("graduate.delay_explained", {"entry_month": "2018-09"}),
        ("graduate.delay_noted", {"entry_month": "2018-09", "details": {"delay_reason": "休学"}}),
        ("graduate.marks_readable", {"overall_mark": "甲上"}),
        ("graduate.marks_passed", {"conduct_mark": "不合格"}),
    ),
    "hrss/fujian": (
        ("graduate.codes_known", {"details": {"graduate_level": "大专班"}}),
        ("graduate.delay_explained", {"entry_month": "2018-09"}),
        (
            "graduate.delay_noted",
            {"entry_month": "2018-09", "details": {"graduate_level": "高级工班", "delay_reason": "留级"}},
        ),
        ("graduate.marks_readable", {"overall_mark": "甲上"}),
        ("graduate.outcome_follows_marks", {"overall_mark": "59"}),
    ),
    "edu/guangxi": (
        ("graduate.delay_explained", {"entry_month": "2018-09"}),
        ("graduate.delay_noted", {"entry_month": "2018-09", "details": {**_GUANGXI, "delay_reason": "保留学籍"}}),
        (
            "graduate.marks_readable",
            {"details": {"admission_category": "普通中专", "general_mark": "甲", "skills_mark": "1"}},
        ),
        ("graduate.outcome_follows_marks", {"internship_mark": "不合格"}),
    ),
    "edu/henan": (
        ("graduate.delay_explained", {"entry_month": "2018-09"}),
        ("graduate.repeat_within_limit", {"entry_month": "2015-09", "details": {"delay_reason": "留级"}}),
        ("graduate.marks_readable", {"overall_mark": "甲上"}),
        ("graduate.outcome_follows_marks", {"overall_mark": "59"}),
    ),
}
NOT_BY_FACTS_ALONE = {  # they need the school, the fonts or the table of divisions beside the facts
    "graduate.characters_printable", "graduate.programme_known", "graduate.resident_id_region_known",
}  # fmt: skip
BAD = [
    pytest.param(pack, rule, changes, id=f"{pack}-{rule}")
    for pack, of_pack in OWN.items()
    for rule, changes in (*EVERYWHERE, *of_pack)
]


def graduation(pack: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    return ask({"pack": pack, "question": "graduation", "facts": facts}, LIBRARY)


@pytest.mark.parametrize("pack", GOOD)
def test_good_facts_pass_every_rule(pack):
    reply = graduation(pack, GOOD[pack])
    assert (reply["answer"]["outcome"], reply["findings"]) == ("graduate", [])


@pytest.mark.parametrize(("pack", "rule", "changes"), BAD)
def test_bad_facts_are_found_with_the_clause(pack, rule, changes):
    found = [finding for finding in graduation(pack, {**GOOD[pack], **changes})["findings"] if finding["rule"] == rule]
    assert found
    numbers = {source.number for source in LIBRARY.pack(pack).sources.values()}
    assert all(cite["source"] in numbers for finding in found for cite in finding["cites"])
    assert all(finding["cites"] for finding in found)


@pytest.mark.parametrize("pack", GOOD)
def test_no_rule_of_a_graduate_is_left_without_an_example(pack):
    switched = {switch.rule for switch in LIBRARY.pack(pack).on(date(2022, 7, 1)).rules("graduate")}
    shown = {rule for rule, _ in (*EVERYWHERE, *OWN[pack])}
    assert switched - shown == NOT_BY_FACTS_ALONE


def number(serial: int) -> str:
    return f"桂教中专毕字（2022）{serial:06d}"


GROUP = {"programme": "护理", "entry_month": Month(2019, 9), "duration_years": Decimal(3), "study_mode": "全日制"}
LIST = GraduateList(**GROUP, admission_category="普通中专", count=2, numbers=(number(1), number(2)))
LINE = AuditLine(**GROUP, count=2, ranges=((number(1), number(2)),))
FORMS = FormFacts(lists=(LIST,), lines=(LINE,), receipt_total=2, audit_total=2)
UNEQUAL = [
    pytest.param("forms.total_equals_receipt", {"receipt_total": 3}, id="附件 1 and 附件 3"),
    pytest.param("forms.lines_add_up", {"audit_total": 3, "receipt_total": 3}, id="the total of 附件 3"),
    pytest.param("forms.lines_equal_lists", {"lines": (replace(LINE, study_mode="函授"),)}, id="附件 2 and 附件 3"),
    pytest.param(
        "forms.ranges_equal_numbers", {"lines": (replace(LINE, ranges=((number(1), number(3)),)),)}, id="ranges"
    ),
]


@pytest.mark.requirement("S4-13")
def test_forms_that_agree_are_let_through():
    assert check_forms(FORMS, LIBRARY.pack("edu/guangxi").on(date(2022, 6, 20))) == []


@pytest.mark.requirement("S4-13")
@pytest.mark.parametrize(("rule", "changes"), UNEQUAL)
def test_forms_that_do_not_agree_are_found_before_anyone_travels(rule, changes):
    found = check_forms(replace(FORMS, **changes), LIBRARY.pack("edu/guangxi").on(date(2022, 6, 20)))
    assert rule in {finding.rule for finding in found}
    assert all(cite.source == "guangxi-2022-205" for finding in found for cite in finding.cites)
    assert all(finding.severity == "error" for finding in found)


HELD = VocationalCertificateFacts
HAND_OUT = [
    pytest.param("高级工班", (), False, id="none yet"),
    pytest.param("高级工班", (HELD("1", "中级工"),), False, id="a lower level"),
    pytest.param("高级工班", (HELD("1", "高级工"),), True, id="the level"),
    pytest.param("中级技工班", (HELD("1", "高级工"),), True, id="a higher level"),
    pytest.param("预备技师班", (HELD("1", "高级工"),), False, id="not yet a technician"),
    pytest.param("预备技师班", (HELD("1", "高级工"), HELD("2", "预备技师")), True, id="one of two"),
]


@pytest.mark.requirement("S3-10")
@pytest.mark.parametrize(("level", "held_certificates", "is_handed_out"), HAND_OUT)
def test_a_diploma_waits_for_the_certificate_of_its_level(level, held_certificates, is_handed_out):
    view = LIBRARY.pack("hrss/fujian").on(date(2022, 7, 1))
    findings = check_hand_out(HandOutFacts("林小明", level, held_certificates), view)
    assert (findings == []) is is_handed_out
    assert all(cite.clause == "三·职业资格证书" for finding in findings for cite in finding.cites)


@pytest.mark.requirement("S3-10")
def test_what_is_warned_about_when_filed_is_what_is_refused_at_hand_out():
    view = LIBRARY.pack("hrss/fujian").on(date(2022, 7, 1))
    (at_filing,) = [r.params["levels"] for r in view.rules("record") if r.rule == "record.vocational_level_fits"]
    (at_hand_out,) = [r.params["levels"] for r in view.rules("hand_out")]
    words = set(view.table("vocational_levels").values())
    warned = {level: set(fitting) & words for level, fitting in at_hand_out.items()}  # type: ignore[attr-defined]  # a table
    assert warned == {level: set(fitting) for level, fitting in at_filing.items()}  # type: ignore[attr-defined]  # a table


@pytest.mark.requirement("S3-10")
@pytest.mark.parametrize("pack", ["edu/guangxi", "edu/henan", "edu/shaanxi-weinan"])
def test_elsewhere_no_certificate_is_waited_for(pack):
    view = LIBRARY.pack(pack).on(date(2022, 7, 1))
    assert view.rules("hand_out") == ()
    assert check_hand_out(HandOutFacts("林小明", ""), view) == []


@pytest.mark.parametrize("pack", ["edu/shaanxi-weinan", "edu/guangxi", "edu/henan", "hrss/fujian"])
def test_whoever_graduates_in_whatever_month_belongs_to_one_class(pack: str) -> None:
    """No month is left without a class, and its reading says so: graduates of October to April stood nowhere."""
    view = LIBRARY.pack(pack).on(date(2023, 6, 1))
    (switch,) = [switch for switch in view.rules("graduate") if switch.rule == "graduate.graduates_in_season"]
    given = [month for key in ("spring", "autumn", "year_before") for month in switch.params[key]]
    assert sorted(given) == list(range(1, 13))
    assert {month: season_of_month(Month(2026, month), switch.params) for month in (4, 5, 9, 10, 12)} == {
        4: (2026, "spring"), 5: (2026, "autumn"), 9: (2026, "autumn"), 10: (2027, "spring"), 12: (2027, "spring"),
    }  # fmt: skip
    assert view.readings_of("rules.graduate.graduates_in_season")


def test_one_reading_is_found_by_the_entry_that_several_versions_share() -> None:
    """`[[windows.x]]` is written in versions; who asks for the entry's reading knows nothing of their count."""
    view = LIBRARY.pack("edu/shaanxi-weinan").on(date(2021, 7, 8))
    assert ["2019" in reading.text for reading in view.readings_of("windows.sealing_later")] == [True]
    assert view.readings_of("windows.sealing_earlier") == []


@pytest.mark.parametrize(
    ("code", "level"), [("419001", "city"), ("410181", "city"), ("429004", "city"), ("410102", "county")]
)
def test_a_county_directly_under_a_province_acts_as_a_city(code: str, level: str) -> None:
    """By its code (…90…), or by the table of the counties that a province took over."""
    view = LIBRARY.pack("edu/henan").on(date(2022, 3, 1))
    assert territory_of(code, view).level == level


@pytest.mark.requirement("S2-20", "S2-28")
def test_the_papers_of_a_change_are_those_of_its_clause_and_none_where_no_clause_knows_it() -> None:
    henan, weinan = (LIBRARY.pack(key).on(date(2023, 3, 1)) for key in ("edu/henan", "edu/shaanxi-weinan"))
    assert [paper.key for paper in papers_of_change("转学", henan)] == ["handwritten_application"]
    assert [paper.key for paper in papers_of_change("转学", henan, "技工学校")] == ["status_proof"]
    assert len(papers_of_change("信息变更", henan)) == 3
    assert papers_of_change("信息变更", weinan) == ()
