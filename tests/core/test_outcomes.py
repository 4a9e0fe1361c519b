"""Rules that only some packs switch on; the packs here are made of nothing but the rule under test."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from types import MappingProxyType

import pytest

from xueji.core.errors import RuleViolation
from xueji.core.facts import (
    AuditLine,
    FormFacts,
    GraduateFacts,
    GraduateList,
    HandOutFacts,
    Surroundings,
    VocationalCertificateFacts,
)
from xueji.core.findings import Citation, Severity
from xueji.core.graduation import Entitlement, decide_graduation
from xueji.core.months import Month
from xueji.core.numbering import format_number
from xueji.core.packs import Dated, PackItem, PackView, RuleSwitch
from xueji.core.rules import REGISTRY, check_forms, check_graduate, check_hand_out
from xueji.policy import get_library

DATED = Dated(date(2000, 1, 1))
CITE = Citation("a-notice", "一")
FIELDS = {"fields": ["overall_mark", "details.skills_mark"], "failing": ["不合格"], "pass_mark": 60}


def a_view(*switched: tuple[str, dict[str, object]], **values: str) -> PackView:
    """A pack with these rules on top of the fictional one's forms and numbers."""
    base = get_library().pack("fictional/freedonia")
    kept = tuple(item for layer in base.lineage() for item in layer.items if item.kind != "rule")
    rules = tuple(
        PackItem("rule", name, RuleSwitch(name, REGISTRY[name].topic, DATED, (CITE,), Severity.ERROR, params), DATED)
        for name, params in switched
    )
    items = tuple(PackItem("value", key, value, DATED) for key, value in values.items())
    pack = replace(base, id="fictional/own", parent=None, items=(*kept, *rules, *items), sources=MappingProxyType({}))
    return pack.on(date(2022, 6, 20))


GOOD = GraduateFacts(
    name="王小明",
    programme="护理",
    duration_years=Decimal(3),
    entry_month=Month(2019, 9),
    graduation_month=Month(2022, 7),
    overall_mark="合格",
    details={"skills_mark": "60"},
)


def with_details(facts: GraduateFacts = GOOD, **details: str) -> GraduateFacts:
    return replace(facts, details={**facts.details, **details})


# -- when: repeats and suspensions (S2-36)

DELAYS = a_view(
    ("graduate.delay_explained", {"short": 3, "long": 2, "reasons": ["留级", "休学"], "suspension": ["休学"]}),
    ("graduate.repeat_within_limit", {"words": ["留级"], "years": 3, "long": 2}),
)


def late(years: int, **details: str) -> GraduateFacts:
    return with_details(replace(GOOD, graduation_month=Month(2022 + years, 7)), **details)


@pytest.mark.requirement("S2-36")
@pytest.mark.parametrize(
    "facts",
    [
        pytest.param(GOOD, id="on time"),
        pytest.param(late(1, delay_reason="留级"), id="repeated a year"),
        pytest.param(late(3, delay_reason="留级"), id="repeated three years"),
        pytest.param(late(1, delay_reason="休学", suspension_months="12"), id="suspended a year"),
        pytest.param(late(5, delay_reason="休学"), id="suspended, months not told"),
        pytest.param(late(4, delay_reason="留级、休学", suspension_months="12"), id="both"),
        pytest.param(replace(GOOD, duration_years=None), id="duration not told"),
        pytest.param(replace(GOOD, entry_month=None, details={"delay_reason": "留级"}), id="entry not told"),
    ],
)
def test_a_delay_with_its_reason_is_accepted(facts):
    assert check_graduate(facts, DELAYS, Surroundings()) == []


@pytest.mark.requirement("S2-36")
@pytest.mark.parametrize(
    ("facts", "rule_id", "words"),
    [
        (late(4, delay_reason="留级"), "graduate.repeat_within_limit", "留级延期 46 个月，超过 3 年"),
        (
            late(6, delay_reason="留级,休学", suspension_months="12"),
            "graduate.repeat_within_limit",
            "留级延期 58 个月，超过 3 年",
        ),
        (late(1), "graduate.delay_explained", "共 46 个月，学制 3 年，超过学制而没有延期原因"),
        (late(2, delay_reason="休学", suspension_months="12"), "graduate.delay_explained", "休学 12 个月"),
        (late(1, delay_reason="休学", suspension_months="一年"), "graduate.delay_explained", "休学月数「一年」读不懂"),
        (
            late(1, delay_reason="休学", suspension_months="12 months"),
            "graduate.delay_explained",
            "「12 months」读不懂",
        ),
        (late(1, delay_reason="休学", suspension_months="①②"), "graduate.delay_explained", "休学月数「①②」读不懂"),
        (late(1, delay_reason="生病"), "graduate.delay_explained", "延期原因「生病」读不懂"),
        (replace(GOOD, graduation_month=Month(2021, 7)), "graduate.delay_explained", "不足学制"),
        (replace(GOOD, graduation_month=Month(2019, 9)), "graduate.delay_explained", "不在入学年月 2019-09 之后"),
    ],
)
def test_a_delay_without_ground_is_pointed_out(facts, rule_id, words):
    (finding,) = check_graduate(facts, DELAYS, Surroundings())
    assert finding.rule == rule_id
    assert words in finding.message
    assert str(RuleViolation([finding])) == finding.message
    assert finding.cites == (CITE,)


# -- what: graduation, completion, not yet

OUTCOMES = a_view(
    ("graduate.outcome_follows_marks", {**FIELDS, "graduation": ["毕业"], "completion": ["结业", "结业证书"]}),
    ("graduate.name_acceptable", {}),
    failed_marks_lead_to="completion",
)


@pytest.mark.requirement("S2-33", "S3-14")
@pytest.mark.parametrize(
    ("facts", "outcome", "fields"),
    [
        pytest.param(GOOD, Entitlement.GRADUATE, [], id="passed, nothing claimed"),
        pytest.param(with_details(outcome="毕业"), Entitlement.GRADUATE, [], id="passed, graduation"),
        pytest.param(with_details(outcome="结业"), Entitlement.NOT_YET, ["details.outcome"], id="passed, completion"),
        pytest.param(
            with_details(outcome="结业", skills_mark="59"), Entitlement.COMPLETION, [], id="failed, for completion"
        ),
        pytest.param(
            with_details(skills_mark="59"),
            Entitlement.COMPLETION,
            ["details.skills_mark"],
            id="failed, nothing claimed",
        ),
        pytest.param(
            with_details(outcome="毕业", skills_mark="不合格"),
            Entitlement.COMPLETION,
            ["details.skills_mark"],
            id="failed, graduation",
        ),
        pytest.param(with_details(outcome="肄业"), Entitlement.NOT_YET, ["details.outcome"], id="another word"),
        pytest.param(
            with_details(replace(GOOD, name="王\u200b明"), outcome="结业", skills_mark="59"),
            Entitlement.NOT_YET,
            ["name"],
            id="something else is wrong",
        ),
    ],
)
def test_the_outcome_follows_the_marks(facts, outcome, fields):
    decision = decide_graduation(facts, OUTCOMES, Surroundings())
    assert decision.outcome is outcome
    assert [finding.field for finding in decision.findings] == fields
    assert all(finding.message and finding.remedy for finding in decision.findings)


def test_a_pack_without_completion_takes_no_word_for_it():
    view = a_view(("graduate.marks_passed", FIELDS), failed_marks_lead_to="not_yet")
    assert decide_graduation(with_details(outcome="结业"), view, Surroundings()).outcome is Entitlement.GRADUATE
    failed = with_details(outcome="结业", skills_mark="59")
    assert decide_graduation(failed, view, Surroundings()).outcome is Entitlement.NOT_YET


# -- handing out (S3-10)

HAND_OUT = a_view(("hand_out.vocational_certificate_held", {"levels": {"高级工班": ["三级", "高级工"]}}))
HELD = VocationalCertificateFacts("1513000000300001", "三级")


@pytest.mark.requirement("S3-10")
@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (HandOutFacts("王小明", "高级工班", (HELD,)), ""),
        (HandOutFacts("王小明", "高级工班", (replace(HELD, level="四级"), HELD)), ""),
        (HandOutFacts("王小明", "中级技工班", (HELD,)), ""),
        (HandOutFacts("王小明", "高级工班"), "尚未取得职业资格证书，毕业证书暂不发放"),
        (HandOutFacts("王小明", "高级工班", (replace(HELD, level="四级"),)), "等级为四级，不是相应等级"),
        (HandOutFacts("王小明", "高级工班", (replace(HELD, level=""),)), "未登记等级"),
    ],
)
def test_a_diploma_waits_for_the_vocational_certificate(facts, words):
    findings = check_hand_out(facts, HAND_OUT)
    assert len(findings) == bool(words)
    assert all(words in f.message and f.is_error and f.cites == (CITE,) for f in findings)
    assert check_hand_out(facts, a_view()) == []


# -- forms that must agree (S4-13)

FORM_RULES = {
    "forms.total_equals_receipt": {"receipt": "附件1", "audit": "附件3"},
    "forms.lines_equal_lists": {"list": "附件2", "audit": "附件3"},
    "forms.lines_add_up": {"audit": "附件3"},
    "forms.ranges_equal_numbers": {"list": "附件2", "audit": "附件3", "numbering": "graduation"},
}
FORM_VIEW = a_view(*FORM_RULES.items())
NUMBERING = FORM_VIEW.numbering("graduation")


def number(serial: int) -> str:
    parts = dict.fromkeys((part.name for part in NUMBERING.shape.parts), 1)
    return format_number(NUMBERING.shape, {**parts, **NUMBERING.fixed, NUMBERING.serial_part: serial})


def a_list(programme: str, category: str, serials: range) -> GraduateList:
    numbers = tuple(number(serial) for serial in serials)
    return GraduateList(programme, Month(2019, 9), Decimal(3), "全日制", category, len(serials), numbers)


NURSING = AuditLine("护理", Month(2019, 9), Decimal(3), "全日制", 5, ((number(1), number(3)), (number(7), number(8))))
CARS = AuditLine("汽修", Month(2019, 9), Decimal(3), "全日制", 2, ((number(4), number(5)),))
LISTS = (
    a_list("护理", "统招", range(1, 4)),
    a_list("护理", "联办", range(7, 9)),
    a_list("汽修", "统招", range(4, 6)),
)
FORMS = FormFacts(LISTS, (NURSING, CARS), receipt_total=7, audit_total=7)


@pytest.mark.requirement("S4-13")
def test_forms_that_agree_have_no_finding():
    assert check_forms(FORMS, FORM_VIEW) == []
    unnumbered = replace(
        FORMS,
        lists=tuple(replace(graduate_list, numbers=()) for graduate_list in LISTS),
        lines=(replace(NURSING, ranges=()), replace(CARS, ranges=())),
    )
    assert check_forms(unnumbered, FORM_VIEW) == []
    assert check_forms(replace(FORMS, receipt_total=None, audit_total=None), FORM_VIEW) == []


FORM_CASES = [
    ("forms.total_equals_receipt", {"receipt_total": 8}, "附件3的毕业生总数为 7，附件1填报的毕业生总数为 8"),
    ("forms.lines_add_up", {"audit_total": 8}, "附件3的毕业生总数为 8，各行相加为 7"),
    ("forms.lines_add_up", {"lines": (NURSING, replace(CARS, count=0))}, "附件3第 2 行（汽修，2019-09，3年，全日制）"),
    ("forms.lines_equal_lists", {"lines": (NURSING, replace(CARS, count=3))}, "毕业人数为 3，附件2为 2 人"),
    ("forms.lines_equal_lists", {"lines": (NURSING, replace(CARS, study_mode="业余"))}, "附件3第 2 行"),
    ("forms.lines_equal_lists", {"lines": (NURSING,)}, "附件2第 3 份（汽修，2019-09，3年，全日制，2 人）在附件3中没有"),
    ("forms.lines_equal_lists", {"lines": (NURSING, CARS, CARS)}, "第 3 行（汽修，2019-09，3年，全日制）与第 2 行相同"),
    (
        "forms.ranges_equal_numbers",
        {"lines": (NURSING, replace(CARS, ranges=((number(4), number(4)),)))},
        f"不含附件2上的编号 {number(5)}",
    ),
    (
        "forms.ranges_equal_numbers",
        {"lines": (NURSING, replace(CARS, ranges=((number(4), number(6)),)))},
        f"多出附件2上没有的编号 {number(6)}",
    ),
    (
        "forms.ranges_equal_numbers",
        {"lines": (NURSING, replace(CARS, ranges=((number(4), number(5)), (number(5), number(5)))))},
        "互相重叠",
    ),
    (
        "forms.ranges_equal_numbers",
        {"lines": (NURSING, replace(CARS, ranges=((number(5), number(4)),)))},
        "不成一段",
    ),
    ("forms.ranges_equal_numbers", {"lines": (NURSING, replace(CARS, ranges=(("4", "5"),)))}, "附件3第 2 行"),
    (
        "forms.ranges_equal_numbers",
        {"lists": (*LISTS[:2], replace(LISTS[2], numbers=(number(4), number(3))))},
        f"编号 {number(3)} 在附件2中出现多次",
    ),
]


@pytest.mark.requirement("S4-13")
@pytest.mark.parametrize(("rule_id", "changes", "words"), FORM_CASES)
def test_forms_that_differ_name_form_and_row(rule_id, changes, words):
    messages = [f.message for f in check_forms(replace(FORMS, **changes), FORM_VIEW) if f.rule == rule_id]
    assert any(words in message for message in messages), messages
