"""Every rule has a passing and a failing example here; a rule without both fails the last test."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from xueji.core.errors import PolicyError
from xueji.core.facts import GraduateFacts, RegisterFacts, RegisterLineFacts, Surroundings
from xueji.core.findings import Citation, Severity
from xueji.core.graduation import Entitlement, decide_graduation
from xueji.core.months import Month
from xueji.core.packs import Dated, PackItem, RuleSwitch
from xueji.core.rules import REGISTRY, check_graduate, check_register, check_roster, rule, run_rules
from xueji.core.rules.registers import register_totals
from xueji.policy import find_directory, get_library

VIEW = get_library().pack("edu/shaanxi-weinan").on(date(2019, 7, 8))
AUTUMN = Surroundings(
    season_year=2019,
    season_term="autumn",
    programmes=frozenset({"护理", "农村医学"}),
    durations_by_programme={"护理": frozenset({Decimal(3)})},
    on=date(2019, 7, 8),
)
GOOD = GraduateFacts(
    resident_id="610502200105030020",
    name="王小明",
    sex="女",
    birth_date=date(2001, 5, 3),
    political_status="共青团员",
    ethnicity="汉族",
    programme="护理",
    duration_years=Decimal(3),
    entry_month=Month(2016, 9),
    graduation_month=Month(2019, 7),
    overall_mark="良好",
    conduct_mark="优秀",
    internship_mark="85",
)


def messages_by_rule(facts: GraduateFacts, surroundings: Surroundings = AUTUMN) -> dict[str, str]:
    return {f.rule: f.message for f in check_graduate(facts, VIEW, surroundings)}


def test_a_graduate_in_order_has_no_finding():
    assert check_graduate(GOOD, VIEW, AUTUMN) == []


CASES = [
    ("graduate.required_given", {"political_status": None}, "「政治面貌」没有填写"),
    ("graduate.required_given", {"name": ""}, "「姓名」没有填写"),
    ("graduate.required_given", {"internship_mark": None}, "「实习成绩」没有填写"),
    ("graduate.resident_id_valid", {"resident_id": "610502200105030021"}, "校验码"),
    ("graduate.resident_id_valid", {"id_document_type": "护照", "resident_id": "E1"}, "证件号码"),
    ("graduate.document_type_known", {"id_document_type": "学生证"}, "不在代码表"),
    ("graduate.resident_id_region_known", {"resident_id": "61999920010503002X"}, "前六位不在行政区划代码表"),
    ("graduate.resident_id_current_form", {"resident_id": "610502010503002"}, "15 位"),
    ("graduate.birth_date_matches_id", {"birth_date": date(2001, 5, 4)}, "出生日期与身份证号中的不一致"),
    ("graduate.sex_matches_id", {"sex": "男"}, "不一致"),
    ("graduate.sex_known", {"sex": "其他"}, "读不懂"),
    ("graduate.age_plausible", {"birth_date": date(2009, 5, 3)}, "年龄不在"),
    ("graduate.name_acceptable", {"name": "王\u200b明"}, "U+200B"),
    ("graduate.name_usual", {"name": "王2明"}, "数字"),
    ("graduate.codes_known", {"political_status": "红领巾"}, "政治面貌「红领巾」"),
    ("graduate.codes_known", {"ethnicity": "火星族"}, "民族「火星族」"),
    ("graduate.programme_known", {"programme": "护士"}, "不是本校专业"),
    ("graduate.duration_allowed", {"duration_years": Decimal(7)}, "不在允许"),
    ("graduate.duration_allowed", {"duration_years": Decimal("NaN")}, "不在允许"),
    ("graduate.duration_allowed", {"duration_years": Decimal("3.5")}, "学制是 3 年"),
    ("graduate.delay_explained", {"entry_month": Month(2019, 9)}, "不在入学年月"),
    ("graduate.delay_explained", {"entry_month": Month(2017, 9)}, "不足学制"),
    ("graduate.delay_explained", {"entry_month": Month(2015, 9)}, "没有延期原因"),
    ("graduate.delay_noted", {"entry_month": Month(2015, 9), "details": {"delay_reason": "休学"}}, "延期原因：休学"),
    ("graduate.graduates_in_season", {"graduation_month": Month(2019, 1)}, "不属于 2019 届秋季"),
    ("graduate.graduates_in_season", {"graduation_month": Month(2018, 7)}, "不属于 2019 届秋季"),
    ("graduate.marks_readable", {"overall_mark": "还行"}, "毕业成绩总评「还行」"),
    ("graduate.marks_readable", {"overall_mark": "101"}, "101"),
    ("graduate.marks_passed", {"overall_mark": "不合格"}, "不合格"),
    ("graduate.marks_passed", {"conduct_mark": "59.5"}, "操行总评"),
    ("graduate.marks_passed", {"internship_mark": "未通过"}, "实习成绩"),
]


@pytest.mark.requirement("S1-02", "S1-06")
@pytest.mark.parametrize(("rule_id", "changes", "words"), CASES, ids=[f"{c[0]}-{n}" for n, c in enumerate(CASES)])
def test_a_graduate_out_of_order_is_pointed_out(rule_id, changes, words):
    assert words in messages_by_rule(replace(GOOD, **changes))[rule_id]


def test_a_character_without_a_font_is_named():
    message = messages_by_rule(replace(GOOD, name="王𬱖"), replace(AUTUMN, uncovered=frozenset("𬱖")))[
        "graduate.characters_printable"
    ]
    assert "U+2CC56" in message


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"political_status": "03"}, id="code instead of name"),
        pytest.param({"political_status": "团员"}, id="usual short form"),
        pytest.param({"ethnicity": None}, id="what is not required"),
        pytest.param({"id_document_type": "护照", "resident_id": "E12345678"}, id="passport"),
        pytest.param({"id_document_type": "居民身份证"}, id="document named"),
        pytest.param({"resident_id": "830000200105030021", "id_document_type": "港澳台居民居住证"}, id="permit"),
        pytest.param({"id_document_type": "台湾居民来往大陆通行证", "resident_id": "12345678"}, id="Taiwan permit"),
        pytest.param(
            {"id_document_type": "港澳居民来往内地通行证", "resident_id": "H12345678"}, id="home return permit"
        ),
        pytest.param(
            {"id_document_type": "外国人永久居留身份证", "resident_id": "USA110010112345"}, id="old residence card"
        ),
        pytest.param(
            {"id_document_type": "境外永久居住证", "resident_id": "GBR110010112345"}, id="its name of the standard"
        ),
        pytest.param(
            {"programme": "农村医学", "duration_years": Decimal("2.5"), "entry_month": Month(2017, 1)}, id="2.5"
        ),
        pytest.param({"internship_mark": "60"}, id="just passed"),
    ],
)
def test_unusual_and_right_is_accepted(changes):
    facts = replace(GOOD, **changes)
    assert messages_by_rule(facts) == {}


def test_what_is_not_known_around_is_not_judged():
    assert messages_by_rule(replace(GOOD, programme="任何专业", graduation_month=Month(2019, 7)), Surroundings()) == {}


def test_every_missing_fact_is_said_once_and_only_once():
    findings = check_graduate(GraduateFacts(), VIEW, AUTUMN)
    assert {f.rule for f in findings} == {"graduate.required_given"}
    required = [c.field for c in VIEW.workbook("graduates").columns if c.required]
    assert [f.field for f in findings] == required


def test_findings_carry_severity_clause_field_and_remedy():
    (finding,) = check_graduate(replace(GOOD, sex="男"), VIEW, AUTUMN)
    assert (finding.severity, finding.field, bool(finding.remedy)) == (Severity.ERROR, "sex", True)
    source, text = VIEW.clause(finding.cites[0])
    assert source.number == "渭教职成〔2019〕22号"
    assert "性别" in text


@pytest.mark.requirement("S1-10")
def test_the_small_x_of_an_id_number_is_refused_as_read():
    assert "大写 X" in messages_by_rule(replace(GOOD, resident_id="11010519491231002x"))["graduate.resident_id_valid"]


# -- rosters

OTHER = replace(GOOD, name="李四", resident_id="610502200105030047")


def roster(*rows: GraduateFacts) -> list[tuple[int, str]]:
    return [(index, finding.rule) for index, finding in check_roster(rows, VIEW, AUTUMN)]


def test_a_roster_in_order_has_no_finding():
    assert roster(GOOD, OTHER) == []


def test_an_empty_roster_is_refused():
    assert roster() == [(0, "roster.not_empty")]


def test_a_repeated_id_names_both_rows():
    again = replace(OTHER, name="王五", birth_date=date(2001, 5, 4), resident_id=GOOD.resident_id)
    found = check_roster([GOOD, OTHER, again], VIEW, AUTUMN)
    assert [(index, f.rule) for index, f in found] == [(0, "roster.ids_unique"), (2, "roster.ids_unique")]
    assert "第 3 名（王五）" in found[0][1].message
    assert GOOD.resident_id[-4:] not in found[0][1].message


def test_an_old_number_and_its_new_form_are_the_same_person():
    new, old = (replace(GOOD, resident_id=number) for number in ("610502198105030020", "610502810503002"))
    assert roster(new, old) == [(0, "roster.ids_unique"), (1, "roster.ids_unique")]


def test_a_number_pasted_into_every_row_keeps_the_messages_short():
    found = check_roster([GOOD] * 500, VIEW, AUTUMN)
    assert len(found) == 500
    assert "等共 499 名" in found[0][1].message
    assert len(found[0][1].message) < 200


def test_two_people_of_one_name_and_birth_are_doubted():
    found = check_roster([GOOD, replace(OTHER, name="王小明")], VIEW, AUTUMN)
    assert [(index, f.rule, f.severity) for index, f in found] == [
        (0, "roster.persons_distinct", Severity.WARNING),
        (1, "roster.persons_distinct", Severity.WARNING),
    ]


def test_a_second_class_in_the_file_is_pointed_out_where_it_stands():
    rows = [GOOD, replace(OTHER, graduation_month=Month(2019, 1)), replace(OTHER, resident_id="x", name="赵六")]
    assert roster(*rows) == [(1, "roster.one_class")]


# -- registers

LINE = RegisterLineFacts("护理", Decimal(3), "中专", planned=50, admitted=48, graduated=40, sealed=38)
TOTALS = RegisterLineFacts("总计", planned=50, admitted=48, graduated=40, sealed=38)
REGISTER = RegisterFacts((LINE,), "20190600001", "20190600038", TOTALS, roster_count=38)


def register(**changes: object) -> list[str]:
    return [f.rule for f in check_register(replace(REGISTER, **changes), VIEW)]


@pytest.mark.requirement("S1-18", "S1-21")
def test_a_register_in_order_has_no_finding():
    assert register() == []


REGISTER_CASES = [
    ("register.not_empty", {"lines": (), "first_number": None, "printed_totals": None, "roster_count": None}),
    ("register.not_empty", {"lines": (replace(LINE, planned=None),), "printed_totals": None}),
    ("register.admitted_within_plan", {"lines": (replace(LINE, planned=47),), "printed_totals": None}),
    ("register.counts_descend", {"lines": (replace(LINE, graduated=49),), "printed_totals": None}),
    ("register.counts_descend", {"lines": (replace(LINE, graduated=37),), "printed_totals": None}),
    ("register.totals_add_up", {"printed_totals": replace(TOTALS, admitted=49)}),
    ("register.range_equals_sealed", {"last_number": "20190600039"}),
    ("register.range_equals_sealed", {"last_number": "20200600038"}),
    ("register.range_equals_sealed", {"last_number": "38"}),
    ("register.roster_equals_sealed", {"roster_count": 37}),
]


@pytest.mark.requirement("S1-21")
@pytest.mark.parametrize(("rule_id", "changes"), REGISTER_CASES)
def test_a_register_out_of_order_is_pointed_out(rule_id, changes):
    assert register(**changes) == [rule_id]


def test_a_negative_count_is_refused():
    line = replace(LINE, sealed=-1)
    found = check_register(RegisterFacts((line,)), VIEW)
    assert any("负数" in f.message for f in found)


def test_a_programme_of_two_durations_is_counted_together():
    short, long = (RegisterLineFacts("护理", duration_years=Decimal(years), level="中专") for years in (2, 3))
    lines = (replace(short, planned=3, admitted=3, graduated=1, sealed=1), replace(long, graduated=2, sealed=2))
    assert check_register(RegisterFacts(lines), VIEW) == []
    assert register_totals(RegisterFacts(lines)).planned == 3


# -- the decision


@pytest.mark.parametrize(
    ("pack", "changes", "outcome"),
    [
        pytest.param("edu/shaanxi-weinan", {}, Entitlement.GRADUATE, id="in order"),
        pytest.param(
            "edu/shaanxi-weinan", {"overall_mark": "不合格"}, Entitlement.NOT_YET, id="failed, graduates only"
        ),
        pytest.param(
            "fictional/freedonia", {"overall_mark": "未通过"}, Entitlement.COMPLETION, id="failed, completion"
        ),
        pytest.param(
            "fictional/freedonia", {"overall_mark": "未通过", "name": None}, Entitlement.NOT_YET, id="two errors"
        ),
        pytest.param("edu/shaanxi-weinan", {"name": "王2明"}, Entitlement.GRADUATE, id="a warning does not stop"),
    ],
)
@pytest.mark.requirement("S1-02")
def test_the_decision_follows_the_pack(pack, changes, outcome):
    view = get_library().pack(pack).on(date(2019, 7, 8))
    marks = (
        {"overall_mark": "通过", "conduct_mark": None, "internship_mark": None} if pack.startswith("fictional") else {}
    )
    decision = decide_graduation(replace(GOOD, **{**marks, **changes}), view, Surroundings())
    assert decision.outcome is outcome


# -- the registry


def test_two_rules_of_one_name_are_a_bug():
    with pytest.raises(ValueError, match="sex_known"):
        rule("graduate.sex_known", topic="graduate")(lambda facts, given: None)


def test_a_rule_that_core_lacks_is_an_error_of_the_pack():
    dated = Dated(date(2000, 1, 1))
    switch = RuleSwitch("no.such", "graduate", dated, (Citation("a", "1"),), Severity.ERROR, {})
    pack = replace(get_library().pack("edu/national"), items=(PackItem("rule", "no.such", switch, dated),))
    with pytest.raises(PolicyError, match=r"no\.such"):
        run_rules(pack.on(date(2019, 7, 8)), "graduate", GOOD, AUTUMN)


def test_every_rule_speaks_a_sentence_and_is_switched_on_with_a_failing_example():
    failing = {c[0] for c in CASES} | {c[0] for c in REGISTER_CASES}
    failing |= {"graduate.characters_printable", "roster.not_empty", "roster.ids_unique"}
    failing |= {"roster.persons_distinct", "roster.one_class"}
    assert {s.rule for topic in ("graduate", "roster", "register") for s in VIEW.rules(topic)} == failing
    # What only other packs switch on has its passing and failing examples in a file of its own, or beside the pack.
    files = [path for path in Path(__file__).parents[1].rglob("test_*.py") if path.name != "test_rules.py"]
    beside = "".join(path.read_text() for path in [*files, *find_directory().rglob("examples/*.toml")])
    assert [name for name in sorted(set(REGISTRY) - failing) if f'"{name}"' not in beside] == []
    assert all((known.check.__doc__ or "").strip().splitlines()[0].endswith((".", "。")) for known in REGISTRY.values())


def test_the_outcomes_are_distinct():
    assert all(entitlement is not other for entitlement, other in pairwise(Entitlement))
    assert [outcome.label for outcome in Entitlement] == ["毕业", "结业", "暂不能毕业"]


@pytest.mark.parametrize("text", ["henan-2021-115:第二十三条", "henan-2019-266 三（四）3"])
def test_a_clause_is_read_as_rows_keep_it(text):
    assert Citation.read(text) == Citation(*text.replace(":", " ").split())
    with pytest.raises(ValueError, match="unpack"):
        Citation.read(text.replace(":", "").replace(" ", ""))
