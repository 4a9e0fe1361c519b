"""What a change moves beside the status: which values each change takes, what they are unless said, what they may be."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType

from xueji.core.errors import BadInput
from xueji.core.findings import Citation, Finding, Severity
from xueji.core.intakes import months_after
from xueji.core.status.fold import Value
from xueji.core.status_words import (
    CANCEL,
    CHANGE_MODE,
    CHANGE_PROGRAMME,
    DIE,
    REINSTATE,
    REPEAT,
    RESUME,
    SKIP,
    STUDY_MODES,
    SUSPEND,
    WITHDRAW,
)
from xueji.institutions.models import Programme
from xueji.registry.models import ENROLMENT_VALUES, REGISTRATION_VALUES, Enrolment, Registration

_CLASS = ("grade", "class_name", "expected_graduation")
# The values of each change; those that are no value of the record are facts the law asks for.
VALUES_OF: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        REPEAT: _CLASS,
        SKIP: _CLASS,
        CHANGE_PROGRAMME: ("programme_id", "class_name"),
        CHANGE_MODE: ("study_mode",),
        SUSPEND: ("until", "expected_graduation"),
        RESUME: _CLASS,
        WITHDRAW: ("absent_since", "leave_granted"),
        REINSTATE: _CLASS,
        CANCEL: (),
        DIE: (),
    }
)
LABELS: Mapping[str, str] = MappingProxyType(
    {
        "grade": "年级", "class_name": "班级", "expected_graduation": "预计毕业年月", "programme_id": "专业",
        "study_mode": "学习形式", "until": "休学至", "absent_since": "未请假离校之日", "leave_granted": "履行了请假手续",
        "duration_years": "学制",
    }
)  # fmt: skip
NEEDED = frozenset({"programme_id", "study_mode", "until"})  # of the changes that take them
_MONTH = re.compile(r"[12][0-9]{3}-(0[1-9]|1[0-2])")
_YEAR = 12


def day_of(value: Value) -> date | None:
    """Return a day as it is kept with an application; BadInput for what is none."""
    if value in (None, ""):
        return None
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise BadInput(f"日期应为 2026-03-01 的形式，现为「{str(value)[:20]}」") from None


def completed_values(change: str, record: Enrolment, wanted: Mapping[str, Value], on: date) -> dict[str, Value]:
    """Return the values of a change with what follows from it; what was given stays as it was given.

    BadInput for a value that this change does not move.
    """
    strange = wanted.keys() - set(VALUES_OF[change])
    if strange:
        raise BadInput(f"{change}不涉及「{'、'.join(LABELS.get(name, name) for name in sorted(strange))}」")
    values: dict[str, Value] = {name: value for name, value in wanted.items() if value not in (None, "")}
    registration: Registration | None = getattr(record, "registration", None)
    if registration is None:
        return values
    if change in (REPEAT, SKIP):
        step = 1 if change == REPEAT else -1
        values.setdefault("grade", registration.grade + step)
        values.setdefault("expected_graduation", _moved(registration.expected_graduation, step))
    until = day_of(values.get("until"))
    if change == SUSPEND and until is not None and until > on:
        values.setdefault("expected_graduation", _moved(registration.expected_graduation, _years_begun(on, until)))
    return values


def moved_values(
    record: Enrolment, wanted: Mapping[str, Value], programmes: Mapping[int, Programme]
) -> dict[str, Value]:
    """Return of the values wanted those that the record itself holds: the facts the law asks for are none of them."""
    values = {name: value for name, value in wanted.items() if name in (*ENROLMENT_VALUES, *REGISTRATION_VALUES)}
    if (programme := programmes.get(_key(values.get("programme_id")))) is not None:
        values["duration_years"] = f"{programme.duration_years:f}"
    if getattr(record, "registration", None) is None:
        values = {name: value for name, value in values.items() if name in ENROLMENT_VALUES}
    return values


def value_problems(
    change: str,
    record: Enrolment,
    wanted: Mapping[str, Value],
    on: date,
    *,
    programmes: Mapping[int, Programme],
    cites: tuple[Citation, ...],
) -> list[Finding]:
    """Return what is wrong with the values: one missing, one that changes nothing, one that goes the wrong way.

    `programmes` are those of the school, by their keys.
    """
    problems = [(name, f"没有填写{LABELS[name]}") for name in VALUES_OF[change] if name in NEEDED - wanted.keys()]
    problems += [*_value_of_record(record, wanted, programmes), *_value_in_time(change, record, wanted, on)]
    return [
        Finding("status_change.values", Severity.ERROR, message, name, "更正后重新提交", cites)
        for name, message in problems
    ]


def _value_of_record(
    record: Enrolment, wanted: Mapping[str, Value], programmes: Mapping[int, Programme]
) -> Sequence[tuple[str, str]]:
    problems = []
    key = _key(wanted.get("programme_id"))
    if key == record.programme_id:
        problems.append(("programme_id", "转入的专业就是现在的专业"))
    elif "programme_id" in wanted and key not in programmes:
        problems.append(("programme_id", "本校没有登记这个专业"))
    mode = wanted.get("study_mode")
    if mode is not None and mode not in STUDY_MODES:
        problems.append(("study_mode", f"学习形式应为 {'、'.join(STUDY_MODES)} 之一"))
    elif mode == record.study_mode:
        problems.append(("study_mode", f"现在就是{mode}"))
    return problems


def _value_in_time(change: str, record: Enrolment, wanted: Mapping[str, Value], on: date) -> Sequence[tuple[str, str]]:
    problems = []
    until, expected, grade = day_of(wanted.get("until")), wanted.get("expected_graduation"), wanted.get("grade")
    registration: Registration | None = getattr(record, "registration", None)
    if until is not None and until <= on:
        problems.append(("until", f"休学至 {until:%Y-%m-%d}，不晚于生效日期"))
    if expected is not None and not _MONTH.fullmatch(str(expected)):
        problems.append(("expected_graduation", f"预计毕业年月应为 2027-07 的形式，现为「{str(expected)[:20]}」"))
    if registration is None or change not in (REPEAT, SKIP):
        return problems
    word, step = ("晚", 1) if change == REPEAT else ("早", -1)
    if isinstance(grade, int) and (grade - registration.grade) * step <= 0:
        problems.append(("grade", f"{change}后的年级应比现在的 {registration.grade} 级{word}"))
    if expected is not None and (str(expected) > registration.expected_graduation) != (step > 0):
        stands = registration.expected_graduation
        problems.append(("expected_graduation", f"{change}后的预计毕业年月应比现在的 {stands} {word}"))
    return problems


def _moved(month: str, years: int) -> str:
    return f"{int(month[:4]) + years}{month[4:]}"


def _years_begun(on: date, until: date) -> int:
    """Return how many years a suspension takes, one that is begun counted as whole."""
    years = 1
    while months_after(on, years * _YEAR) < until:
        years += 1
    return years


def _key(value: Value) -> int:
    """Return the key of a programme, 0 where none is given."""
    return int(value) if value not in (None, "") and str(value).isdigit() else 0
