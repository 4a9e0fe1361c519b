"""Changes of status take effect: many records at once, each with its row, its event and the fold that follows (S2 第十一条 on)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from xueji.accounts.models import User
from xueji.cases.kinds import require_approved
from xueji.cases.models import Case
from xueji.core.errors import Conflict
from xueji.core.identifiers import tail_of
from xueji.core.packs import PackView
from xueji.core.status.fold import Value
from xueji.ledger.actions import event_of, record_events
from xueji.ledger.copying import copy_rows
from xueji.ledger.models import Event
from xueji.ledger.tags import EventTag
from xueji.registry.models import (
    ACTIVE,
    ENROLMENT_VALUES,
    REGISTRATION_VALUES,
    Enrolment,
    EnrolmentStatus,
    Person,
    Registration,
    StatusChange,
)
from xueji.registry.models.enrolments import tail_index
from xueji.sealing.rows import store_signed

Moved = Value | Decimal
_NAMED = 5  # how many names a refusal lists


@dataclass(frozen=True, slots=True)
class Move:
    """What becomes of one record: its status, and values by the names above; `counters` is the change it takes back."""

    enrolment: Enrolment
    to_status: EnrolmentStatus
    values: Mapping[str, Moved] = field(default_factory=dict)
    reason: str = ""
    moves_to: Enrolment | None = None
    counters: StatusChange | None = None


def record_status_changes(
    *,
    kind: str,
    moves: Sequence[Move],
    effective_on: date,
    by: User,
    at: datetime,
    case: Case | None = None,
    view: PackView | None = None,
) -> list[StatusChange]:
    """Store what was decided of records, in their order, and bring the records in line. For the actions that decide it.

    Conflict names everybody whose status is no longer the one the decision was about, and nothing is stored. Which
    change may start from which status is the law's, and asked before, by the kind of case; a case is approved, or nothing
    comes of it.
    """
    if case is not None:
        require_approved(case)
    with transaction.atomic():
        locked = _lock([move.enrolment for move in moves])
        _require_unmoved(moves, locked)
        counted = StatusChange.objects.filter(enrolment__in=list(locked)).order_by()
        last = dict(counted.values_list("enrolment").annotate(Max("ordinal")))
        registrations = {row.pk: row for row in Registration.objects.filter(pk__in=list(locked))}
        changes = []
        for move in moves:
            record = locked[move.enrolment.pk]
            before, after = _moved(record, registrations.get(record.pk), move)
            changes.append(
                StatusChange(
                    enrolment=record, ordinal=last.get(record.pk, 0) + 1, kind=kind, from_status=record.status,
                    to_status=move.to_status, effective_on=effective_on, recorded_at=at, by=by, case=case,
                    reason=move.reason[:200], before=before, after=after, counters=move.counters,
                    moves_to=move.moves_to,
                )
            )  # fmt: skip
        copy_rows(changes)
        _bring_in_line(changes, locked, registrations)
        record_events([_event(change, by, at, view) for change in changes])
    return changes


def undo_status_changes(
    *,
    changes: Sequence[StatusChange],
    reason: str,
    effective_on: date,
    by: User,
    at: datetime,
    case: Case | None = None,
    view: PackView | None = None,
) -> list[StatusChange]:
    """Take back changes that should not have been made, each by a change of its own; nothing is deleted.

    Only the last of a record in force can be taken back: Conflict otherwise, and nothing is stored.
    """
    if case is not None:
        require_approved(case)
    stored: list[StatusChange] = []
    with transaction.atomic():
        for kind in sorted({change.kind for change in changes}):
            moves = [
                Move(change.enrolment, EnrolmentStatus(change.from_status), change.before, reason, counters=change)
                for change in changes
                if change.kind == kind
            ]
            _lock([move.enrolment for move in moves])
            _require_last(moves)
            stored += record_status_changes(
                kind=kind, moves=moves, effective_on=effective_on, by=by, at=at, case=case, view=view
            )
    return stored


def _lock(enrolments: Iterable[Enrolment]) -> dict[UUID, Enrolment]:
    """Return the records as they are now, held; always in one order, so that two lists wait for each other."""
    keys = [enrolment.pk for enrolment in enrolments]
    rows = Enrolment.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk")
    found = {row.pk: row for row in rows}  # persons are read where a refusal names one: their numbers lie sealed
    if len(found) != len(keys):
        raise Conflict("有学籍记录已不存在，或在名单中重复，请刷新后重新办理")
    return found


def _require_unmoved(moves: Sequence[Move], locked: Mapping[UUID, Enrolment]) -> None:
    moved = [locked[m.enrolment.pk] for m in moves if locked[m.enrolment.pk].status != m.enrolment.status]
    if moved:
        names = "、".join(f"{row.person.name}（现为{row.get_status_display()}）" for row in moved[:_NAMED])
        more = f"等 {len(moved)} 人" if len(moved) > _NAMED else ""
        raise Conflict(f"以下学生的学籍状态已经变动，请刷新后重新办理：{names}{more}")


def _require_last(moves: Sequence[Move]) -> None:
    latest: dict[UUID, StatusChange] = {}
    records = [move.enrolment.pk for move in moves]
    in_force = StatusChange.objects.filter(enrolment__in=records, counters=None, countered_by=None)
    for change in in_force.order_by("effective_on", "ordinal"):
        latest[change.enrolment_id] = change
    for move in moves:
        last = latest.get(move.enrolment.pk)
        if move.counters is None or last is None or last.pk != move.counters.pk:
            name = move.enrolment.person.name
            raise Conflict(f"{name}：只能撤销最近一次生效的异动；后面还有异动的，请先撤销后面的")


def _moved(
    record: Enrolment, registration: Registration | None, move: Move
) -> tuple[dict[str, Value], dict[str, Value]]:
    """Return what a change moves, as it was and as it becomes, in the form in which JSON keeps it."""
    before: dict[str, Value] = {}
    after: dict[str, Value] = {}
    for name, value in move.values.items():
        holder = registration if name in REGISTRATION_VALUES else record
        if name not in (*REGISTRATION_VALUES, *ENROLMENT_VALUES) or holder is None:
            raise ValueError(f"no change moves {name!r} of this record")
        stands = getattr(holder, name)
        if _kept(stands) != _kept(value):
            before[name], after[name] = _kept(stands), _kept(value)
    return before, after


def _kept(value: Moved) -> Value:
    return value if value is None or isinstance(value, int | str) else f"{value:f}"


def _bring_in_line(
    changes: Sequence[StatusChange], locked: Mapping[UUID, Enrolment], registrations: Mapping[UUID, Registration]
) -> None:
    """Give the records what the changes say: statuses by statement, other values where one moved."""
    by_status: dict[str, list[UUID]] = {}
    moved_registrations: list[Registration] = []
    moved_records: list[Enrolment] = []
    for change in changes:
        record = locked[change.enrolment_id]
        if change.to_status != change.from_status:
            by_status.setdefault(change.to_status, []).append(record.pk)
        record.status = change.to_status
        for name, value in change.after.items():
            setattr(registrations[record.pk] if name in REGISTRATION_VALUES else record, name, value)
        if set(change.after) & set(REGISTRATION_VALUES):
            moved_registrations.append(registrations[record.pk])
        if set(change.after) & set(ENROLMENT_VALUES):
            moved_records.append(record)
    # What ends goes first: somebody may have one active record, and not two for a moment.
    for status in sorted(by_status, key=lambda name: name in ACTIVE):
        Enrolment.objects.filter(pk__in=by_status[status]).update(status=status)
    touched = {name for change in changes for name in change.after}
    if moved_records:
        kept = [name for name in ENROLMENT_VALUES if name in touched]
        if "school_id" in touched:
            _make_tail_indexes(moved_records)
            kept.append("tail_index")
        Enrolment.objects.bulk_update(moved_records, kept, batch_size=500)
    store_signed(moved_registrations, *(name for name in REGISTRATION_VALUES if name in touched))


def _make_tail_indexes(records: Sequence[Enrolment]) -> None:
    """Have the last digits found at the school the records are at now: the index is of one school."""
    numbers = Person.objects.only("id", "resident_id").in_bulk({record.person_id for record in records})
    for record in records:
        record.tail_index = tail_index(tail_of(numbers[record.person_id].resident_id), record.school_id)


def _event(change: StatusChange, by: User, at: datetime, view: PackView | None) -> Event:
    record = change.enrolment
    tag = EventTag.STATUS_CHANGE_REVERSED if change.counters_id else EventTag.STATUS_CHANGED
    after = {"kind": change.kind, "status": change.get_to_status_display(), "on": change.effective_on, **change.after}
    return event_of(
        tag=tag, subject=record, parent=change.case, school_id=record.school_id, by=by, at=at, view=view,
        before={"status": change.get_from_status_display(), **change.before}, after=after, note=change.reason,
    )  # fmt: skip
