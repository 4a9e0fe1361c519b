"""Rules on the forms of one school together: the same people, the same combinations, the same numbers on each."""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal

from xueji.core.errors import BadInput
from xueji.core.facts import AuditLine, FormFacts, GraduateList
from xueji.core.months import Month
from xueji.core.numbering import format_number, parse_number
from xueji.core.packs import NumberingSpec
from xueji.core.rules.registry import CheckResult, Given, Problem, rule

Combination = tuple[str, Month | None, Decimal | None, str]
_NAMED = 5  # numbers that one message names


@rule("forms.total_equals_receipt", topic="forms", params={"receipt": str, "audit": str})
def total_equals_receipt(forms: FormFacts, given: Given) -> CheckResult:
    """The audit form has as many graduates as the receipt promised."""
    if forms.receipt_total is None:
        return None
    total = forms.audit_total if forms.audit_total is not None else sum(line.count for line in forms.lines)
    if total == forms.receipt_total:
        return None
    receipt, audit = given.params["receipt"], given.params["audit"]
    return Problem(
        f"{audit}的毕业生总数为 {total}，{receipt}填报的毕业生总数为 {forms.receipt_total}",
        remedy=f"请核对人数；人数确有变化的，先更正{receipt}",
    )


@rule("forms.lines_add_up", topic="forms", params={"audit": str})
def lines_add_up(forms: FormFacts, given: Given) -> CheckResult:
    """The total of the audit form is the sum of its lines, and no line counts nobody."""
    audit = given.params["audit"]
    problems = [
        Problem(f"{audit}第 {row} 行（{_named(line)}）的毕业人数为 {line.count}")
        for row, line in enumerate(forms.lines, start=1)
        if line.count < 1
    ]
    together = sum(line.count for line in forms.lines)
    if forms.audit_total not in (None, together):
        problems.append(Problem(f"{audit}的毕业生总数为 {forms.audit_total}，各行相加为 {together}"))
    return problems or None


@rule("forms.lines_equal_lists", topic="forms", params={"list": str, "audit": str})
def lines_equal_lists(forms: FormFacts, given: Given) -> CheckResult:
    """Programme, entry, duration, study mode and head-count of each line of the audit form are those of the lists."""
    named, audit = given.params["list"], given.params["audit"]
    counted: Counter[Combination] = Counter()
    for graduate_list in forms.lists:
        counted[_combination(graduate_list)] += graduate_list.count
    seen: dict[Combination, int] = {}
    problems = []
    for row, line in enumerate(forms.lines, start=1):
        key, place = _combination(line), f"{audit}第 {row} 行（{_named(line)}）"
        if key in seen:
            problems.append(Problem(f"{place}与第 {seen[key]} 行相同，应合为一行"))
        elif key not in counted:
            problems.append(Problem(f"{place}在{named}中没有：专业名称、入学时间、学制、教学形式须一致"))
        elif counted[key] != line.count:
            problems.append(Problem(f"{place}的毕业人数为 {line.count}，{named}为 {counted[key]} 人"))
        seen.setdefault(key, row)
    for number, graduate_list in enumerate(forms.lists, start=1):
        if _combination(graduate_list) not in seen:
            problems.append(
                Problem(f"{named}第 {number} 份（{_named(graduate_list)}，{graduate_list.count} 人）在{audit}中没有")
            )
    return problems or None


@rule("forms.ranges_equal_numbers", topic="forms", params={"list": str, "audit": str, "numbering": str})
def ranges_equal_numbers(forms: FormFacts, given: Given) -> CheckResult:
    """The ranges on each line of the audit form hold exactly the numbers that stand on its lists, none of them twice."""
    spec = given.view.numbering(str(given.params["numbering"]))
    listed: dict[Combination, list[str]] = defaultdict(list)
    for graduate_list in forms.lists:
        listed[_combination(graduate_list)].extend(graduate_list.numbers)
    problems = _numbers_twice(forms, str(given.params["list"]))
    for row, line in enumerate(forms.lines, start=1):
        place = f"{given.params['audit']}第 {row} 行（{_named(line)}）"
        try:
            in_ranges = [number for pair in line.ranges for number in _numbers_of(pair, spec)]
        except BadInput as unreadable:
            problems.append(Problem(f"{place}：{unreadable.message}"))
            continue
        if message := _difference(in_ranges, listed[_combination(line)], str(given.params["list"])):
            problems.append(Problem(f"{place}的起止号{message}"))
    return problems or None


def _numbers_twice(forms: FormFacts, named: str) -> list[Problem]:
    times = Counter(number for graduate_list in forms.lists for number in graduate_list.numbers)
    twice = [number for number, count in times.items() if count > 1]
    return [Problem(f"编号 {_some(twice)} 在{named}中出现多次")] if twice else []


def _difference(in_ranges: list[str], listed: list[str], named: str) -> str:
    lacking, excess = sorted(set(listed) - set(in_ranges)), sorted(set(in_ranges) - set(listed))
    if len(set(in_ranges)) != len(in_ranges):
        return "互相重叠"
    if lacking:
        return f"不含{named}上的编号 {_some(lacking)}"
    return f"多出{named}上没有的编号 {_some(excess)}" if excess else ""


def _numbers_of(pair: tuple[str, str], spec: NumberingSpec) -> list[str]:
    """Return every number from the first to the last of a range; BadInput when the two are of different counters."""
    first, last = (parse_number(spec.shape, number) for number in pair)
    part = spec.serial_part
    low, high = int(first[part]), int(last[part])
    if low > high or any(first[name] != last[name] for name in first if name != part):
        raise BadInput(f"编号 {pair[0]} 至 {pair[1]} 不成一段")
    return [format_number(spec.shape, {**first, part: serial}) for serial in range(low, high + 1)]


def _combination(line: GraduateList | AuditLine) -> Combination:
    return line.programme, line.entry_month, line.duration_years, line.study_mode


def _named(line: GraduateList | AuditLine) -> str:
    years = "" if line.duration_years is None else f"{line.duration_years.normalize():f}年"
    parts = (line.programme, str(line.entry_month or ""), years, line.study_mode)
    return "，".join(word for word in parts if word)


def _some(numbers: list[str]) -> str:
    more = f"等 {len(numbers)} 个" if len(numbers) > _NAMED else ""
    return "、".join(numbers[:_NAMED]) + more
