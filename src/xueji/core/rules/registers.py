"""Rules on a sealing register: what its counts must satisfy among themselves and against the range of numbers.

The inequalities are read out of the printed form, not quoted from a clause: packs record them as readings.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from xueji.core.errors import BadInput
from xueji.core.facts import RegisterFacts, RegisterLineFacts
from xueji.core.numbering import parse_number
from xueji.core.rules.registry import CheckResult, Given, Problem, rule

_COUNTS = {"planned": "招生计划", "admitted": "实际录取", "graduated": "实际毕业", "sealed": "验印人数"}


@rule("register.not_empty", topic="register")
def not_empty(register: RegisterFacts, given: Given) -> CheckResult:
    """The register has at least one line, and every count of it is filled in.

    A programme with two durations has two lines; plan and admissions stand on one of them.
    """
    if not register.lines:
        return "登记册没有一个专业"
    planned = {line.programme for line in register.lines if line.planned is not None and line.admitted is not None}
    empty = [
        Problem(f"专业「{line.programme}」没有填写{label}", field)
        for line in register.lines
        for field, label in _COUNTS.items()
        if getattr(line, field) is None and not (field in {"planned", "admitted"} and line.programme in planned)
    ]
    return empty or None


@rule("register.admitted_within_plan", topic="register", field="admitted")
def admitted_within_plan(register: RegisterFacts, given: Given) -> CheckResult:
    """No programme admitted more than its plan."""
    return _not_more(register, ("planned", "admitted"))


@rule("register.counts_descend", topic="register")
def counts_descend(register: RegisterFacts, given: Given) -> CheckResult:
    """In every programme admitted is at least graduated, and graduated at least sealed; no count is negative."""
    negative = [
        Problem(f"专业「{line.programme}」的{label}是负数", field)
        for line in register.lines
        for field, label in _COUNTS.items()
        if (getattr(line, field) or 0) < 0
    ]
    return [*negative, *(_not_more(register, ("admitted", "graduated", "sealed")) or ())] or None


def _not_more(register: RegisterFacts, fields: tuple[str, ...]) -> list[Problem] | None:
    """Compare the counts of each programme, over all its durations; a count nobody gave is not compared."""
    problems = []
    for programme in dict.fromkeys(line.programme for line in register.lines):
        lines = [line for line in register.lines if line.programme == programme]
        sums = _sum_of(programme, lines)
        given = {field for field in fields if any(getattr(line, field) is not None for line in lines)}
        for upper, lower in pairwise(fields):
            most, count = getattr(sums, upper), getattr(sums, lower)
            if {upper, lower} <= given and count > most:
                message = f"专业「{programme}」的{_COUNTS[lower]}（{count}）多于{_COUNTS[upper]}（{most}）"
                problems.append(Problem(message, lower))
    return problems or None


@rule("register.totals_add_up", topic="register")
def totals_add_up(register: RegisterFacts, given: Given) -> CheckResult:
    """The printed totals are the sums of the lines."""
    if register.printed_totals is None:
        return None
    totals = register_totals(register)
    return [
        Problem(f"总计的{label}为 {printed}，各专业相加为 {getattr(totals, field)}", field)
        for field, label in _COUNTS.items()
        if (printed := getattr(register.printed_totals, field)) is not None and printed != getattr(totals, field)
    ] or None


@rule("register.range_equals_sealed", topic="register", field="sealed", params={"numbering": str})
def range_equals_sealed(register: RegisterFacts, given: Given) -> CheckResult:
    """The range of numbers holds exactly as many as were sealed, within one year and unit."""
    if register.first_number is None or register.last_number is None:
        return None
    spec = given.view.numbering(str(given.params["numbering"]))
    try:
        first, last = parse_number(spec.shape, register.first_number), parse_number(spec.shape, register.last_number)
    except BadInput as unreadable:
        return unreadable.message
    if any(first[part] != last[part] for part in spec.counter_parts):
        return f"起止编号 {register.first_number} 至 {register.last_number} 不在同一年度、同一单位之内"
    count = int(last[spec.serial_part]) - int(first[spec.serial_part]) + 1
    sealed = register_totals(register).sealed
    return None if count == sealed else f"起止编号共 {count} 个，验印人数总计 {sealed}"


@rule("register.roster_equals_sealed", topic="register", field="sealed")
def roster_equals_sealed(register: RegisterFacts, given: Given) -> CheckResult:
    """The roster names as many graduates as the register counts as sealed."""
    sealed = register_totals(register).sealed
    if register.roster_count in (None, sealed):
        return None
    return f"名单共 {register.roster_count} 人，登记册验印人数总计 {sealed}"


def register_totals(register: RegisterFacts) -> RegisterLineFacts:
    """Return the line of totals (总计); a count left empty adds nothing."""
    return _sum_of("总计", register.lines)


def _sum_of(programme: str, lines: Iterable[RegisterLineFacts]) -> RegisterLineFacts:
    lines = tuple(lines)
    sums: dict[str, int] = {field: sum(getattr(line, field) or 0 for line in lines) for field in _COUNTS}
    return RegisterLineFacts(
        programme,
        planned=sums["planned"],
        admitted=sums["admitted"],
        graduated=sums["graduated"],
        sealed=sums["sealed"],
    )
