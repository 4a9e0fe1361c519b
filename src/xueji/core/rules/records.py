"""Rules on one line of a record about a graduate, and on the lines of one file together.

A rule that a pack switches on sees every kind of record the pack imports; `kinds` says which it speaks of where it does
not speak of all. Each stays silent about what is missing: that something required is missing is one rule's word.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import cast

from xueji.core.identifiers import eighteen_digits, parse_resident_id
from xueji.core.names import normalise_name
from xueji.core.record_facts import RECORD_KINDS, RecordFacts
from xueji.core.rules.graduates import legal_date
from xueji.core.rules.registry import CheckResult, Given, Problem, rule

Rows = Sequence[RecordFacts]
_NAMED = 3
_OUTCOMES = {"graduation": "毕业", "completion": "结业"}


def _speaks_of(facts: RecordFacts, given: Given) -> bool:
    return facts.kind in cast("list[str]", given.params["kinds"])


@rule("record.required_given", topic="record")
def required_given(facts: RecordFacts, given: Given) -> CheckResult:
    """Everything that the form requires is given."""
    columns = given.view.workbook(facts.kind).columns
    missing = [column for column in columns if column.required and facts.value(column.field) in (None, "")]
    return [Problem(f"「{c.header}」没有填写", c.field, f"请填写「{c.header}」") for c in missing] or None


@rule("record.resident_id_valid", topic="record", field="resident_id")
def resident_id_valid(facts: RecordFacts, given: Given) -> CheckResult:
    """The ID number of eighteen characters has the right check character and a possible birth date.

    Numbers of other documents have other shapes; whether they are a graduate's is told by the register.
    """
    number = facts.text("resident_id")
    if len(number) != 18:
        return None
    problem = parse_resident_id(number, on=legal_date(given)).problem
    return Problem(problem, remedy="请与身份证原件逐位核对") if problem else None


@rule("record.name_matches", topic="record", field="name")
def name_matches(facts: RecordFacts, given: Given) -> CheckResult:
    """The name is the one the graduate has in the register."""
    if facts.graduate is None or not facts.graduate.name or not facts.text("name"):
        return None
    if normalise_name(facts.text("name")) == facts.graduate.name:
        return None
    return Problem(f"姓名与学籍不符：学籍中为「{facts.graduate.name}」", remedy="请核对是否填错了人")


@rule("record.words_known", topic="record")
def words_known(facts: RecordFacts, given: Given) -> CheckResult:
    """Each column with a table of its own holds one of its words."""
    problems = []
    for column in given.view.workbook(facts.kind).columns:
        word = facts.text(column.field)
        if not column.table or not word:
            continue
        words = tuple(dict.fromkeys(given.view.table(column.table).values()))
        if word not in words:
            problems.append(
                Problem(f"「{column.header}」没有「{word}」这一项", column.field, f"可以填：{'、'.join(words)}")
            )
    return problems or None


@rule("record.dates_not_ahead", topic="record", params={"kinds": list})
def dates_not_ahead(facts: RecordFacts, given: Given) -> CheckResult:
    """No date of the record lies after the day it is filed."""
    if not _speaks_of(facts, given):
        return None
    today = legal_date(given)
    ahead = [name for name in RECORD_KINDS[facts.kind].fields if _is_after(facts.value(name), today)]
    return [Problem(f"日期 {facts.text(name)} 在今天（{today}）之后", name, "请核对日期") for name in ahead] or None


def _is_after(value: object, day: date) -> bool:
    return isinstance(value, date) and value > day


@rule("record.vocational_level_fits", topic="record", field="level", params={"levels": dict})
def vocational_level_fits(facts: RecordFacts, given: Given) -> CheckResult:
    """A vocational certificate is of a level that belongs to the graduate level (相应等级)."""
    if facts.kind != "vocational" or facts.graduate is None or not facts.text("level"):
        return None
    graduate_level = facts.graduate.details.get("graduate_level", "")
    words = cast("dict[str, list[str]]", given.params["levels"]).get(graduate_level)
    if words is None or facts.text("level") in words:
        return None
    return Problem(
        f"「{facts.text('level')}」不是「{graduate_level}」的相应等级", remedy=f"相应等级为：{'、'.join(words)}"
    )


@rule("record.outcome_matches", topic="record", field="outcome")
def outcome_matches(facts: RecordFacts, given: Given) -> CheckResult:
    """What the national system says of the graduate (毕业, 结业) is what the batch says."""
    word = _OUTCOMES.get(facts.outcome)
    if facts.kind != "efile" or word is None or facts.text("outcome") in ("", word):
        return None
    return Problem(f"全国系统中为「{facts.text('outcome')}」，本批次为「{word}」", remedy="请先在全国系统办理")


@rule("record.college_class", topic="record", field="resident_id", params={"entry_year": int, "exam_year": int})
def college_class(facts: RecordFacts, given: Given) -> CheckResult:
    """Somebody on a college's list entered in the year of the class that sat the entrance examination of the pack's year."""
    month = facts.graduate.entry_month if facts.graduate else None
    entry_year = cast("int", given.params["entry_year"])
    if facts.kind != "college" or month is None or month.year == entry_year:
        return None
    return Problem(
        f"入学年份为 {month.year}，不是 {entry_year} 级",
        remedy=f"只填报通过 {given.params['exam_year']} 年高职对口中职自主招生考试的 {entry_year} 级学生",
    )


@rule("record.college_of_this_school", topic="record", field="source_school")
def college_of_this_school(facts: RecordFacts, given: Given) -> CheckResult:
    """The school of origin a college names is the school the list was returned to."""
    source_school = facts.text("source_school")
    if facts.kind != "college" or not facts.school or source_school in ("", facts.school):
        return None
    return Problem(
        f"来源学校为「{source_school}」，不是「{facts.school}」", remedy="请退回高职院校改正，或删去不属于本校的学生"
    )


@rule("records.lines_once", topic="records", field="resident_id")
def lines_once(rows: Rows, given: Given) -> CheckResult:
    """Nobody has two lines that say the same thing: one certificate, one subject, one destination each."""
    places: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for index, facts in enumerate(rows):
        number = facts.text("resident_id")
        if number:
            places[eighteen_digits(number), *(facts.text(name) for name in RECORD_KINDS[facts.kind].keys)].append(index)
    return [
        Problem(f"与本文件另外 {len(indices) - 1} 行重复", remedy="请只留一行", row=index)
        for indices in places.values()
        if len(indices) > 1
        for index in indices
    ] or None


@rule("records.certificate_numbers_once", topic="records", field="certificate_number")
def certificate_numbers_once(rows: Rows, given: Given) -> CheckResult:
    """No vocational certificate stands with two persons."""
    holders: dict[str, set[str]] = defaultdict(set)
    places: dict[str, list[int]] = defaultdict(list)
    for index, facts in enumerate(rows):
        if facts.kind == "vocational" and facts.text("certificate_number") and facts.text("resident_id"):
            holders[facts.text("certificate_number")].add(facts.text("resident_id"))
            places[facts.text("certificate_number")].append(index)
    return [
        Problem(f"证书编号「{number}」填在 {len(holders[number])} 个人名下：{_names(rows, indices)}", row=index)
        for number, indices in places.items()
        if len(holders[number]) > 1
        for index in indices
    ] or None


def _names(rows: Rows, indices: Sequence[int]) -> str:
    names = list(dict.fromkeys(rows[index].text("name") for index in indices))
    return "、".join(names[:_NAMED]) + ("等" if len(names) > _NAMED else "")
