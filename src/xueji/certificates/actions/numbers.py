"""The book of numbers: serials are drawn from one locked counter, a block at a time, and written in one statement.

Not a database sequence: that leaves a hole after every rollback, and a hole in a register must be explained. The
counter's row stays locked until the transaction ends, so keep slow work (rendering) out of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from psycopg.types.range import Range

from xueji.accounts.models import User
from xueji.certificates.models import CertificateNumber, NumberBlock, NumberCounter, NumberState
from xueji.core.errors import BadInput, NumbersExhausted
from xueji.core.numbering import format_number, serial_ceiling
from xueji.core.packs import NumberingSpec, PackView
from xueji.institutions.models import School
from xueji.ledger.actions import Basis, record_event
from xueji.ledger.tags import EventTag


@dataclass(frozen=True, slots=True)
class _Frame:
    """What stands before and after the serial in every number of a block."""

    head: str
    tail: str
    width: int


def release_numbers(
    *,
    view: PackView,
    kind: str,
    parts: Mapping[str, str | int],
    count: int,
    school: School,
    purpose: str,
    by: User,
    at: datetime,
) -> NumberBlock:
    """Draw the next `count` serials without a gap; NumbersExhausted when the space does not hold them, then nothing is drawn."""
    if count < 1:
        raise BadInput("发放编号的个数至少为 1")
    spec = view.numbering(kind)
    given = {**spec.fixed, **{name: str(value) for name, value in parts.items()}}
    frame = _frame_of(spec, given)
    with transaction.atomic():
        counter = _counter_of(view, spec, given)
        last = _draw(counter, spec, count)
        block = NumberBlock.objects.create(
            counter=counter,
            serials=Range(last - count + 1, last + 1),
            school=school,
            purpose=purpose,
            released_by=by,
            released_at=at,
        )
        _write_numbers(block, frame, last - count + 1, last)
        first, final = (f"{frame.head}{serial:0{frame.width}d}{frame.tail}" for serial in (last - count + 1, last))
        record_event(
            tag=EventTag.NUMBERS_RELEASED,
            subject=block,
            by=by,
            at=at,
            school_id=school.pk,
            view=view,
            rules=[Basis(f"numbering.{kind}", spec.cites)],
            after={"first": first, "last": final, "count": count},
            note=purpose,
        )
    return block


def _counter_of(view: PackView, spec: NumberingSpec, parts: Mapping[str, str]) -> NumberCounter:
    """Return the counter of this pack, kind and scope; made on first use, by whoever comes first."""
    missing = [part for part in spec.counter_parts if part not in parts]
    if missing:
        raise BadInput(f"编号缺少「{'、'.join(spec.shape.part(part).label for part in missing)}」")
    scope = f"{view.pack.id} {'-'.join(parts[p].zfill(spec.shape.part(p).width) for p in spec.counter_parts)}"
    ceiling = serial_ceiling(spec.shape, spec.serial_part)
    NumberCounter.objects.bulk_create(
        [NumberCounter(kind=spec.kind, scope=scope, ceiling=ceiling)], ignore_conflicts=True
    )
    return NumberCounter.objects.get(kind=spec.kind, scope=scope)


def _draw(counter: NumberCounter, spec: NumberingSpec, count: int) -> int:
    """Move the counter on by `count` and return its new value; the row stays locked until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE certificates_numbercounter SET last_serial = last_serial + %s"
            " WHERE id = %s AND last_serial + %s <= ceiling RETURNING last_serial",
            [count, counter.pk, count],
        )
        row = cursor.fetchone()
    if row is None:
        counter.refresh_from_db()
        left = counter.ceiling - counter.last_serial
        label = spec.shape.part(spec.serial_part).label
        raise NumbersExhausted(f"{spec.label}的{label}只剩 {left} 个，需要 {count} 个：本次没有发放任何编号")
    return int(row[0])


def _frame_of(spec: NumberingSpec, parts: Mapping[str, str]) -> _Frame:
    """Find where the serial stands: a number of all zeros and one of all nines differ there and nowhere else."""
    width = spec.shape.part(spec.serial_part).width
    low, high = (format_number(spec.shape, {**parts, spec.serial_part: digit * width}) for digit in "09")
    start = next(place for place, (zero, nine) in enumerate(zip(low, high, strict=True)) if zero != nine)
    return _Frame(low[:start], low[start + width :], width)


def _write_numbers(block: NumberBlock, frame: _Frame, first: int, last: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO certificates_certificatenumber (block_id, serial, number, state)"
            " SELECT %s, serial, %s || lpad(serial::text, %s, '0') || %s, %s FROM generate_series(%s, %s) serial",
            [block.pk, frame.head, frame.width, frame.tail, NumberState.FREE.value, first, last],
        )


def void_numbers(*, block: NumberBlock, reason: str, by: User, at: datetime) -> int:
    """Void the numbers of a block that were never used; return how many. They are not drawn again."""
    if not reason.strip():
        raise BadInput("作废编号须写明原因")
    with transaction.atomic():
        voided = CertificateNumber.objects.filter(
            block=block, state__in=[NumberState.FREE, NumberState.RESERVED]
        ).update(state=NumberState.VOID)
        if voided:
            record_event(
                tag=EventTag.NUMBERS_VOIDED, subject=block, by=by, at=at, after={"count": voided}, note=reason.strip()
            )
    return voided
