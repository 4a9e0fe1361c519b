"""A record over time: its changes, and the record as it stood on any day, by what was known at any time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from xueji.core.status.fold import DecidedChange, Value, as_it_stood, status_from
from xueji.institutions.queries.succession import school_called_on
from xueji.registry.models import (
    ENROLMENT_VALUES,
    REGISTRATION_VALUES,
    Enrolment,
    EnrolmentStatus,
    Registration,
    StatusChange,
)


@dataclass(frozen=True, slots=True)
class RecordThen:
    """A record as it stood: its status, None before there was a record, and what changes move, by name."""

    status: EnrolmentStatus | None
    values: dict[str, Value]


def changes_of(enrolment: Enrolment) -> list[StatusChange]:
    """Return the changes of a record in their order, the undone and the undoing among them."""
    rows = StatusChange.objects.filter(enrolment=enrolment).order_by("ordinal")
    return list(rows.select_related("by", "case", "counters", "countered_by", "moves_to__school"))


def came_by(enrolment: Enrolment) -> tuple[StatusChange, str] | None:
    """Return the transfer that began a record, and its school of before as it was called on the last day there."""
    change = StatusChange.objects.filter(moves_to=enrolment).select_related("by", "enrolment", "countered_by").first()
    if change is None:
        return None
    return change, school_called_on(change.enrolment.school_id, change.effective_on - timedelta(days=1))


def passed_from(change: StatusChange) -> str:
    """Return the school a record was at when it went along with it, as it was called then; nothing for other changes."""
    stated = change.after if change.counters_id else change.before
    key = stated.get("school_id")
    return "" if key is None else school_called_on(key, change.effective_on - timedelta(days=1))


def record_on(enrolment: Enrolment, on: date, *, known: datetime | None = None) -> RecordThen:
    """Return a record as it stood on a day, as far as was known at a time (now, unless said)."""
    rows = list(StatusChange.objects.filter(enrolment=enrolment).order_by("ordinal"))
    ordinals = {row.pk: row.ordinal for row in rows}
    changes = [
        DecidedChange(
            ordinal=row.ordinal, kind=row.kind, from_status=row.from_status, to_status=row.to_status,
            effective_on=row.effective_on, recorded_at=row.recorded_at,
            counters=ordinals[row.counters_id] if row.counters_id else None, before=row.before, after=row.after,
        )
        for row in rows
    ]  # fmt: skip
    registration = Registration.objects.filter(pk=enrolment.pk).first()
    began = registration.entered_on if registration else date.fromisoformat(f"{enrolment.entry_month}-01")
    first = rows[0].from_status if rows else enrolment.status
    status = EnrolmentStatus(status_from(first, changes, on=on, known=known)) if on >= began else None
    return RecordThen(status, as_it_stood(_present(enrolment, registration), changes, on=on, known=known))


def _present(enrolment: Enrolment, registration: Registration | None) -> dict[str, Value]:
    values = {name: getattr(enrolment, name) for name in ENROLMENT_VALUES}
    values["duration_years"] = f"{enrolment.duration_years:f}"
    if registration is not None:
        values |= {name: getattr(registration, name) for name in REGISTRATION_VALUES}
    return values
