"""Rules on records: a passing and a failing example each, and silence where a fact is missing."""

from __future__ import annotations

from datetime import date

import pytest

from xueji.core.facts import GraduateFacts, Surroundings
from xueji.core.months import Month
from xueji.core.record_facts import RECORD_KINDS, RecordFacts, record_fields
from xueji.core.rules import check_record, check_records
from xueji.policy import get_library

HERE = Surroundings(on=date(2022, 6, 1))
ID = "11010519491231002X"


def rules_of(facts: RecordFacts, pack: str = "edu/guangxi") -> set[str]:
    return {finding.rule for finding in check_record(facts, get_library().pack(pack).on(date(2022, 6, 1)), HERE)}


def college(entry: Month | None, source: str = "甲校") -> RecordFacts:
    values = {
        "name": "张三",
        "resident_id": ID,
        "college": "某学院",
        "college_programme": "护理",
        "source_school": source,
    }
    return RecordFacts("college", values, GraduateFacts(name="张三", entry_month=entry), school="甲校")


@pytest.mark.requirement("S4-15")
@pytest.mark.parametrize(
    ("entry", "found"),
    [
        pytest.param(Month(2019, 9), set(), id="the class"),
        pytest.param(Month(2020, 9), {"record.college_class"}, id="the class after"),
        pytest.param(None, set(), id="not known"),
    ],
)
def test_only_the_class_that_sat_the_examination_stands_on_a_college_list(entry: Month | None, found: set[str]) -> None:
    assert rules_of(college(entry)) == found


def test_college_names_the_school_the_list_came_back_to() -> None:
    assert rules_of(college(Month(2019, 9), "乙校")) == {"record.college_of_this_school"}


@pytest.mark.requirement("S4-07")
@pytest.mark.parametrize(
    ("message", "outcome", "found"),
    [
        pytest.param("毕业", "graduation", set(), id="graduated"),
        pytest.param("结业", "completion", set(), id="completed"),
        pytest.param("在籍", "graduation", {"record.outcome_matches"}, id="not processed"),
        pytest.param("毕业", "", set(), id="not known here"),
        pytest.param("跑了", "", {"record.words_known"}, id="no such word"),
    ],
)
def test_state_of_the_electronic_file_is_that_of_the_batch(message: str, outcome: str, found: set[str]) -> None:
    facts = RecordFacts("efile", {"name": "张三", "resident_id": ID, "outcome": message}, outcome=outcome)
    assert rules_of(facts) == found


@pytest.mark.parametrize(
    ("values", "found"),
    [
        pytest.param({}, {"record.required_given"}, id="nothing given"),
        pytest.param({"name": "张三", "resident_id": "110105194912310021", "outcome": "毕业"}, {"record.resident_id_valid"}, id="wrong check character"),
        pytest.param({"name": "张三", "resident_id": ID, "outcome": "毕业", "processed_on": date(2022, 6, 2)}, {"record.dates_not_ahead"}, id="tomorrow"),
        pytest.param({"name": "张三", "resident_id": ID, "outcome": "毕业", "processed_on": date(2022, 6, 1)}, set(), id="today"),
    ],
)  # fmt: skip
def test_what_every_record_must_say(values: dict[str, object], found: set[str]) -> None:
    assert rules_of(RecordFacts("efile", values)) == found


def test_name_is_the_one_of_the_register() -> None:
    values = {"name": "张山", "resident_id": ID, "outcome": "毕业"}
    assert rules_of(RecordFacts("efile", values, GraduateFacts(name="张三"))) == {"record.name_matches"}
    assert rules_of(RecordFacts("efile", {**values, "name": " 张三 "}, GraduateFacts(name="张三"))) == set()


@pytest.mark.requirement("S3-10")
@pytest.mark.parametrize(
    ("graduate_level", "level", "fits"),
    [
        ("中级技工班", "中级工", True),
        ("中级技工班", "技师", True),
        ("高级工班", "中级工", False),
        ("预备技师班", "预备技师", True),
        ("", "初级工", True),
    ],
)
def test_level_of_a_vocational_certificate_belongs_to_the_graduate_level(
    graduate_level: str, level: str, fits: bool
) -> None:
    values = {"name": "张三", "resident_id": ID, "occupation": "电工", "level": level, "certificate_number": "1"}
    facts = RecordFacts("vocational", values, GraduateFacts(name="张三", details={"graduate_level": graduate_level}))
    assert ("record.vocational_level_fits" not in rules_of(facts, "hrss/fujian")) is fits


def test_lines_of_one_file_do_not_repeat_themselves_nor_share_a_certificate() -> None:
    view = get_library().pack("hrss/fujian").on(date(2022, 6, 1))

    def record(number: str, certificate: str) -> RecordFacts:
        return RecordFacts("vocational", {"name": "张三", "resident_id": number, "certificate_number": certificate})

    assert check_records([record(ID, "A"), record(ID, "B")], view, HERE) == []
    twice = check_records([record(ID, "A"), record(ID, "A")], view, HERE)
    assert [(index, finding.rule) for index, finding in twice] == [(0, "records.lines_once"), (1, "records.lines_once")]
    shared = check_records([record(ID, "A"), record("11010519491231003X", "A")], view, HERE)
    assert {finding.rule for _, finding in shared} == {"records.certificate_numbers_once"}
    nameless = [record("", "A"), record(ID, ""), record("11010519491231003X", "")]
    assert not {"records.certificate_numbers_once"} & {
        f.rule for _, f in check_records([record(ID, "A"), *nameless], view, HERE)
    }
    old, new = "110105491231002", ID
    assert [index for index, _ in check_records([record(old, "C"), record(new, "C")], view, HERE)][:2] == [0, 1]


def test_every_kind_names_its_keys_among_its_fields() -> None:
    for kind in RECORD_KINDS.values():
        assert set(kind.keys) <= set(kind.fields)
        assert record_fields(kind.key)[:2] == ("name", "resident_id")
