"""Student status in Henan: which change starts from which status, and that every rule of it is shown by an example."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.policies.test_examples import check_question

from xueji.ask import ask
from xueji.core.packs import Pack, RuleSwitch
from xueji.core.status_words import CHANGES, STATUSES
from xueji.policy import find_directory, get_library

HENAN = "edu/henan"
EXAMPLES = [
    find_directory() / HENAN / "examples" / name for name in ("学籍.toml", "负面清单.toml", "学历证明书和认证.toml")
]
# From the text (第十一至十四条): what must be allowed, what must not, and where it is silent; the rest is refused.
ALLOWED = {
    "在读": "留级 跳级 转专业 转学习形式 转学 休学 退学 注销 死亡 信息变更", "休学": "复学 退学 死亡 信息变更",
    "退学": "恢复学籍 注销",
}  # fmt: skip
SILENT = {
    "休学": "留级 跳级 转专业 转学习形式 转学 休学 注销", "退学": "死亡 信息变更", "注销": "恢复学籍 死亡 信息变更",
    "转出": "恢复学籍 注销 死亡 信息变更", "毕业": "注销 死亡 信息变更", "结业": "注销 死亡 信息变更",
    "死亡": "注销 信息变更",
}  # fmt: skip


def changed(status: str, change: str, **facts: object) -> dict:
    """Ask about a change inside one school, or between two of one county."""
    places = {"from_authority": "410184", "to_authority": "410184"} if change == "转学" else {"authority": "410184"}
    asked = {"status": status, "change": change, "on": "2022-03-01", **places, **facts}
    return ask({"pack": HENAN, "question": "change", "facts": asked}, get_library())


@pytest.mark.requirement("S2-19", "S2-26")
@pytest.mark.parametrize(("status", "change"), list(product(STATUSES, CHANGES)))
def test_each_change_starts_where_the_text_lets_it(status: str, change: str) -> None:
    reply = changed(status, change)
    if change in ALLOWED.get(status, "").split():
        assert reply["answer"]["allowed"] is True
        return
    is_silent = change in SILENT.get(status, "").split()
    assert is_silent == any(reading["key"] == f"changes.{change}.readings.{status}" for reading in reply["readings"])
    if not reply["answer"]["allowed"]:
        assert [finding["rule"] for finding in reply["findings"]] == ["change.from_status"]
        assert reply["answer"] == {"allowed": False, "to_status": None, "route": [], "evidence": []}
    else:
        assert is_silent


@pytest.mark.parametrize(
    ("status", "change", "facts", "key"),
    [
        ("在读", "转学", {"graduating_year": True}, "changes.转学.readings.graduating_year"),
        ("在读", "跳级", {"graduating_year": True}, "changes.跳级.readings.graduating_year"),
        ("在读", "转学习形式", {"compulsory": True}, "changes.转学习形式.readings.compulsory"),
        ("在读", "退学", {"compulsory": True}, "changes.退学.readings.compulsory"),
    ],
)
def test_where_the_text_is_silent_our_reading_is_told(status: str, change: str, facts: dict, key: str) -> None:
    assert key in [reading["key"] for reading in changed(status, change, **facts)["readings"]]
    assert key not in [reading["key"] for reading in changed(status, change)["readings"]]


def test_every_answer_cites_the_text_and_every_reading_says_something() -> None:
    for status, change in product(STATUSES, CHANGES):
        reply = changed(status, change)
        assert {cite["source"] for cite in reply["cites"]} == {"教职成〔2021〕115号"}
        assert all(len(reading["text"]) > 10 for reading in reply["readings"])


# -- every rule is shown by an example: with it switched off one of them comes out otherwise

RULES = [
    rule
    for topic in ("duration", "change", "filing", "supervision", "authority", "papers")
    for rule in get_library().pack(HENAN).on(date(2022, 3, 1)).rules(topic)
]


def without(pack: Pack, rule: str) -> Pack:
    return replace(pack, items=tuple(i for i in pack.items if not (isinstance(i.value, RuleSwitch) and i.key == rule)))


@pytest.mark.parametrize("rule", [switch.rule for switch in RULES])
def test_a_rule_switched_off_is_missed_by_an_example(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    library = get_library()
    examples = tomllib.loads("\n".join(path.read_text(encoding="utf-8") for path in EXAMPLES))
    pack = library.pack(HENAN)
    lame = without(pack, rule)
    monkeypatch.setattr(type(library), "pack", lambda _self, _key: lame)
    missed = []
    for name, example in examples.items():
        try:
            check_question(pack, example)
        except (AssertionError, KeyError):
            missed.append(name)
    assert missed != []
    assert len(missed) < len(examples) / 2


# -- nothing that can be asked ends in a traceback

WORDS = st.sampled_from(
    [
        *STATUSES,
        *CHANGES,
        "普通高中",
        "初中",
        "全日制",
        "非全日制",
        "absence",
        "2021-09-01",
        "2021-autumn",
        "410184",
        "410000",
        "419001",
        "999999",
        "other",
        "senior_high",
        "none",
        "filing",
    ]
)
VALUES = (
    WORDS | st.booleans() | st.integers(-1, 40) | st.floats(allow_nan=True) | st.none() | st.lists(WORDS, max_size=2)
)
FACTS = [
    "status", "change", "on", "from_school", "from_authority", "to_authority", "authority", "students", "compulsory",
    "province_managed", "graduating_year", "reason", "absent_since", "leave_granted", "delayed_years", "window", "intake",
    "remaining_years", "autumn_term_starts", "junior_term", "study_mode", "origin", "entered", "birth_date", "approved",
    "duration_years", "early_years", "credit_system", "credits_complete", "authority_approved", "original_duration",
    "approved_duration", "licensed", "information_correct", "correctable", "duplicate", "authorities", "both_approve",
    "item", "hits", "current", "total", "differing", "enrolled", "category", "procedure", "diploma", "graduated", "place",
    "admission_form", "mismatch", "territory", "at", "forged", "programme", "health_major",
]  # fmt: skip


@given(
    st.sampled_from(
        [
            "duration",
            "change",
            "window",
            "filing",
            "duplicate",
            "supervision",
            "rating",
            "authority",
            "evidence",
            "office",
            "sanction",
        ]
    ),
    st.dictionaries(st.sampled_from(FACTS), VALUES, max_size=9),
)
def test_no_facts_about_status_make_a_question_raise(question: str, facts: dict) -> None:
    reply = ask({"pack": HENAN, "question": question, "facts": facts}, get_library())
    assert set(reply) in ({"error"}, {"answer", "cites", "findings", "readings"})


@given(
    st.sampled_from(["420106", "410184", "410000", "410881", "411481"]),
    st.sampled_from(["410221", "410100", "419001", "410000"]),
    st.integers(1, 60),
)
@pytest.mark.requirement("S2-21", "S2-54")
def test_a_transfer_asks_each_office_once_and_the_province_only_where_the_text_says(
    sending: str, receiving: str, students: int
) -> None:
    reply = changed("在读", "转学", from_authority=sending, to_authority=receiving, students=students)
    route = reply["answer"]["route"]
    offices = [(step["territory"], step["act"] == "record") for step in route if step["territory"]]
    assert [step["by"] for step in route][:2] == ["out_school", "in_school"]
    assert all(step["working_days"] == 10 for step in route[:4] if step["act"] != "record")
    places = {"410881": "419001"}.get(sending, sending), receiving
    if sending[:2] != "41":
        assert [office for office, on_record in offices if on_record] == [f"{sending[:2]}0000", "410000"]
        return
    cities = {
        None if code == "410000" else code if code in ("419001", "411481") else f"{code[:4]}00" for code in places
    }
    is_escalated = students >= 30 or len(cities - {None}) > 1
    provincial = [office for office, _ in offices if office == "410000"]
    assert bool(provincial) == (is_escalated or "410000" in places)
    if is_escalated:
        assert (route[-1]["territory"], route[-1]["act"]) == ("410000", "decide")
