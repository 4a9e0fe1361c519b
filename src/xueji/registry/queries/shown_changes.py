"""What pages show of a change of status: the values before and after, in words."""

from __future__ import annotations

from dataclasses import dataclass

from xueji.core.rules.changes import ABSENCE, EXPULSION
from xueji.core.status.fold import Value
from xueji.registry.models import Enrolment, StatusApplicant
from xueji.registry.queries.change_values import LABELS
from xueji.registry.queries.status_changes import JudgedWish, registration_of

REASON_WORDS = {ABSENCE: "未请假离校", EXPULSION: "开除"}


@dataclass(frozen=True, slots=True)
class ShownValue:
    """One value, before and after."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ShownApplicant:
    """A student of an application as a page shows it."""

    applicant: StatusApplicant
    values: tuple[ShownValue, ...]
    judged: JudgedWish


def shown_applicant(applicant: StatusApplicant, judged: JudgedWish) -> ShownApplicant:
    """Return a student with every value that moves: as the register has it now, or had it before the change was made."""
    record, done = applicant.enrolment, applicant.done_by
    if done is not None:
        moved = {name: (done.before[name], value) for name, value in done.after.items()}
        was, becomes = done.get_from_status_display(), done.get_to_status_display()
    elif applicant.undoes is not None:
        moved = {name: (applicant.undoes.after[name], value) for name, value in applicant.undoes.before.items()}
        was, becomes = record.get_status_display(), judged.to_status.label
    else:
        moved = {name: (_stands(record, name), value) for name, value in applicant.wanted.items()}
        was, becomes = record.get_status_display(), judged.to_status.label
    status = [ShownValue("学籍状态", was, becomes)] if was != becomes else []
    values = [
        ShownValue(LABELS.get(name, name), _worded(record, name, before), _worded(record, name, after))
        for name, (before, after) in moved.items()
        if before != after
    ]
    return ShownApplicant(applicant, tuple(status + values), judged)


def _stands(record: Enrolment, name: str) -> Value:
    holder = record if hasattr(record, name) else registration_of(record)
    stands = getattr(holder, name, None)
    return stands if stands is None or isinstance(stands, int | str) else f"{stands:f}"


def _worded(record: Enrolment, name: str, value: Value) -> str:
    if name == "programme_id":
        return next((row.name for row in record.school.programmes.all() if row.pk == value), "")
    if isinstance(value, bool):
        return "是" if value else "否"
    return "" if value is None else str(value)
