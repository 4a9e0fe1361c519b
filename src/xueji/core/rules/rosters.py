"""Rules on the rows of one file together: the same person twice, an empty file, two classes in one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from xueji.core.facts import GraduateFacts
from xueji.core.identifiers import upgrade_resident_id
from xueji.core.rules.graduates import name_in_findings
from xueji.core.rules.registry import CheckResult, Given, Problem, rule

Rows = Sequence[GraduateFacts]
_NAMED = 3  # a number pasted into two thousand rows must not make two thousand messages of two thousand names


@rule("roster.not_empty", topic="roster")
def not_empty(rows: Rows, given: Given) -> CheckResult:
    """The file holds at least one graduate."""
    return None if rows else "名单中没有一名毕业生"


@rule("roster.ids_unique", topic="roster", field="resident_id")
def ids_unique(rows: Rows, given: Given) -> CheckResult:
    """No ID number stands in the file twice (small x is X, an old number of fifteen digits is its new form)."""
    places: dict[str, list[int]] = defaultdict(list)
    for index, facts in enumerate(rows):
        if facts.resident_id:
            places[_one_form(facts.resident_id)].append(index)
    return [
        Problem(
            f"身份证号重复：{others(rows, indices, index)}", remedy="请删去重复的一行，或改正填错的身份证号", row=index
        )
        for indices in places.values()
        if len(indices) > 1
        for index in indices
    ] or None


@rule("roster.student_numbers_unique", topic="roster", field="details.student_number")
def student_numbers_unique(rows: Rows, given: Given) -> CheckResult:
    """No student number stands with two persons; the number itself is not repeated, it may hold an ID number."""
    places: dict[str, list[int]] = defaultdict(list)
    for index, facts in enumerate(rows):
        if number := facts.details.get("student_number"):
            places[number.casefold()].append(index)
    return [
        Problem(
            f"学号重复：与{_named_others(rows, indices, index)}的学号相同",
            remedy="请按学籍改正填错的学号；同一人有两行的，删去一行",
            row=index,
        )
        for indices in places.values()
        if len(indices) > 1
        for index in indices
    ] or None


@rule("roster.persons_distinct", topic="roster", field="name")
def persons_distinct(rows: Rows, given: Given) -> CheckResult:
    """No two rows share name, sex and birth date under different ID numbers (one of them may be mistyped)."""
    places: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for index, facts in enumerate(rows):
        if facts.name and facts.birth_date:
            places[facts.name, facts.sex, facts.birth_date].append(index)
    return [
        Problem(f"同名同生日而身份证号不同：{others(rows, indices, index)}", remedy="请确认是两个人", row=index)
        for indices in places.values()
        if len({_one_form(rows[i].resident_id or "") for i in indices}) > 1
        for index in indices
    ] or None


@rule("roster.one_class", topic="roster", field="graduation_month")
def one_class(rows: Rows, given: Given) -> CheckResult:
    """All rows graduate in the same month; a row that does not is pointed out against the month of most rows."""
    months = Counter(facts.graduation_month for facts in rows if facts.graduation_month)
    if len(months) < 2:
        return None
    usual = max(months, key=lambda month: (months[month], month))
    return [
        Problem(f"毕业年月 {facts.graduation_month} 与本名单多数（{usual}）不同", row=index)
        for index, facts in enumerate(rows)
        if facts.graduation_month and facts.graduation_month != usual
    ]


def others(rows: Rows, indices: Sequence[int], row: int) -> str:
    """Return the other rows of a clash as people count them in the list (first graduate is number 1)."""
    clashing = [i for i in indices if i != row]
    named = [f"第 {i + 1} 名（{name_in_findings(rows[i])}）" for i in clashing[:_NAMED]]
    more = f"等共 {len(clashing)} 名" if len(clashing) > _NAMED else ""
    return f"第 {row + 1} 名与{'、'.join(named)}{more}"


def _named_others(rows: Rows, indices: Sequence[int], row: int) -> str:
    """Return the other rows by place in the list and name alone."""
    clashing = [i for i in indices if i != row]
    named = "、".join(f"第 {i + 1} 名（{rows[i].name or '无姓名'}）" for i in clashing[:_NAMED])
    return f"{named}等共 {len(clashing)} 名" if len(clashing) > _NAMED else named


def _one_form(number: str) -> str:
    is_old = len(number) == 15 and number.isascii() and number.isdigit()
    return upgrade_resident_id(number) if is_old else number.upper()
