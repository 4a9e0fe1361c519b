"""The book of numbers: serials are drawn from one locked counter, a block at a time, and written in one statement.

Not a database sequence: that leaves a hole after every rollback, and a hole in a register must be explained. The
counter's row stays locked until the transaction ends, so keep slow work (rendering) out of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from psycopg.types.range import Range

from xueji.accounts.models import User
from xueji.certificates import marks
from xueji.certificates.models import CertificateNumber, NumberBlock, NumberCounter, NumberState
from xueji.certificates.orders import first_order, order_of
from xueji.core.errors import BadInput, NumbersExhausted
from xueji.core.numbering import format_number, serial_ceiling
from xueji.core.packs import NumberingSpec, PackView
from xueji.core.permutation import permute
from xueji.institutions.models import School
from xueji.ledger.actions import Basis, record_event
from xueji.ledger.tags import EventTag


@dataclass(frozen=True, slots=True)
class NumberFrame:
    """What stands before and after the serial in a number."""

    head: str
    tail: str
    width: int

    def number_with(self, serial: int) -> str:
        """Return the number with this serial."""
        return f"{self.head}{serial:0{self.width}d}{self.tail}"


@dataclass(frozen=True, slots=True)
class _Order:
    """For whom and by whom a block is drawn."""

    view: PackView
    spec: NumberingSpec
    school: School
    purpose: str
    by: User
    at: datetime


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
    given = _given(spec, parts)
    with transaction.atomic():
        frames = [frame_of(spec, given)] * count
        return _take_block(_Order(view, spec, school, purpose, by, at), scope_of(view, spec, given), frames)


def allocate_numbers(
    *,
    view: PackView,
    kind: str,
    parts: Sequence[Mapping[str, str | int]],
    school: School,
    purpose: str,
    by: User,
    at: datetime,
) -> list[CertificateNumber]:
    """Draw a number for each set of parts, in that order: heads may differ, the serials of one counter follow on.

    One block is made for each counter that the parts lead to (one, unless the pack counts by a part that differs).
    """
    if not parts:
        raise BadInput("发放编号的个数至少为 1")
    spec, order = view.numbering(kind), {}
    frames: dict[str, list[NumberFrame]] = defaultdict(list)
    known: dict[tuple[tuple[str, str], ...], tuple[str, NumberFrame]] = {}
    for index, part in enumerate(parts):
        given = _given(spec, part)
        key = tuple(sorted(given.items()))
        scope, frame = known.get(key) or known.setdefault(key, (scope_of(view, spec, given), frame_of(spec, given)))
        order[scope, len(frames[scope])] = index
        frames[scope].append(frame)
    found: list[CertificateNumber | None] = [None] * len(parts)
    with transaction.atomic():
        for scope in sorted(frames):  # always in this order: two releases wait for each other, and lock nobody out
            block = _take_block(_Order(view, spec, school, purpose, by, at), scope, frames[scope])
            for place, number in enumerate(CertificateNumber.objects.filter(block=block).order_by("serial")):
                number.block = block  # one object for all of them
                found[order[scope, place]] = number
    return [number for number in found if number is not None]


def _given(spec: NumberingSpec, parts: Mapping[str, str | int]) -> dict[str, str]:
    return {**spec.fixed, **{name: str(value) for name, value in parts.items()}}


def scope_of(view: PackView, spec: NumberingSpec, parts: Mapping[str, str]) -> str:
    """Return the name of the counter: the pack that states how it numbers, and the parts within which the serial counts.

    Packs that inherit a numbering count in one book: their numbers look alike on paper, and none may be given twice.
    """
    missing = [part for part in spec.counter_parts if part not in parts]
    if missing:
        raise BadInput(f"编号缺少「{'、'.join(spec.shape.part(part).label for part in missing)}」")
    return f"{_book_of(view, spec)} {'-'.join(parts[p].zfill(spec.shape.part(p).width) for p in spec.counter_parts)}"


def _book_of(view: PackView, spec: NumberingSpec) -> str:
    """Return the id of the pack that states a numbering: the child where it has one of its own, else its parent."""
    return next(pack.id for pack in reversed(view.pack.lineage()) if any(item.value is spec for item in pack.items))


def frame_of(spec: NumberingSpec, parts: Mapping[str, str]) -> NumberFrame:
    """Find where the serial stands: a number of all ones and one of all nines differ there and nowhere else."""
    width = spec.shape.part(spec.serial_part).width
    low, high = (format_number(spec.shape, {**parts, spec.serial_part: digit * width}) for digit in "19")
    start = next(place for place, (lowest, nine) in enumerate(zip(low, high, strict=True)) if lowest != nine)
    return NumberFrame(low[:start], low[start + width :], width)


def _take_block(order: _Order, scope: str, frames: Sequence[NumberFrame]) -> NumberBlock:
    """Draw a serial for each frame and write the numbers; the counter stays locked until the transaction ends."""
    spec, counter = order.spec, _counter_of(order.spec, scope)
    last = _take_serials(counter, spec, len(frames))
    first = last - len(frames) + 1
    block = NumberBlock.objects.create(
        counter=counter, serials=Range(first, last + 1), school=order.school, purpose=order.purpose[:200],
        released_by=order.by, released_at=order.at,
    )  # fmt: skip
    key = order_of(counter)
    if key is None and len(set(frames)) == 1:
        _write_run(block, frames[0], first, last)
    else:
        _write_each(block, first, _printed(frames, first, counter.ceiling, key))
    ends = _printed([frames[0]], first, counter.ceiling, key) + _printed([frames[-1]], last, counter.ceiling, key)
    record_event(
        tag=EventTag.NUMBERS_RELEASED, subject=block, by=order.by, at=order.at, school_id=order.school.pk,
        view=order.view, rules=[Basis(f"numbering.{spec.kind}", spec.cites)],
        after={"first": ends[0], "last": ends[1], "count": len(frames)}, note=order.purpose,
    )  # fmt: skip
    return block


def _counter_of(spec: NumberingSpec, scope: str) -> NumberCounter:
    """Return the counter of a scope; made on first use, by whoever comes first.

    Whether and in which order its serials are permuted is settled then, for good.
    """
    new = NumberCounter(kind=spec.kind, scope=scope, ceiling=serial_ceiling(spec.shape, spec.serial_part))
    if spec.order == "permuted":
        new.key_id = settings.DATA_KEY_ACTIVE
        new.order_key = first_order(spec.kind, scope, new.key_id)
    NumberCounter.objects.bulk_create([new], ignore_conflicts=True)
    return NumberCounter.objects.get(kind=spec.kind, scope=scope)


def _take_serials(counter: NumberCounter, spec: NumberingSpec, count: int) -> int:
    """Move the counter on by `count` and return its new value; the row stays locked until the transaction ends.

    The mark outside the database is on the disk before this returns: a database restored later knows less than it.
    """
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
    last = int(row[0])
    marks.intend(
        label=f"{spec.label}（{counter.scope}）", kind=counter.kind, scope=counter.scope, was=last - count, last=last,
        key_id=counter.key_id, order=order_of(counter),
    )  # fmt: skip
    return last


def _printed(frames: Sequence[NumberFrame], first: int, ceiling: int, key: bytes | None) -> list[str]:
    """Return the numbers of the serials from `first` on; with a key each serial is carried to its place first."""
    serials: Sequence[int] = range(first, first + len(frames))
    if key is not None:
        serials = [permute(serial, ceiling, key) for serial in serials]
    return [frame.number_with(serial) for frame, serial in zip(frames, serials, strict=True)]


def _write_run(block: NumberBlock, frame: NumberFrame, first: int, last: int) -> None:
    """Write serials that all stand in the same frame: the database counts them itself."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO certificates_certificatenumber (block_id, serial, number, state)"
            " SELECT %s, serial, %s || lpad(serial::text, %s, '0') || %s, %s FROM generate_series(%s, %s) serial",
            [block.pk, frame.head, frame.width, frame.tail, NumberState.FREE.value, first, last],
        )


def _write_each(block: NumberBlock, first: int, numbers: list[str]) -> None:
    """Write numbers that differ in more than their serial, in one statement all the same."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO certificates_certificatenumber (block_id, serial, number, state)"
            " SELECT %s, %s + place - 1, number, %s FROM unnest(%s::text[]) WITH ORDINALITY AS drawn (number, place)",
            [block.pk, first, NumberState.FREE.value, numbers],
        )


def return_numbers(*, block: NumberBlock, reason: str, by: User, at: datetime) -> int:
    """Give back the numbers of a block that were not needed; return how many. They are not drawn again (our reading)."""
    return _close_unused(block, NumberState.RETURNED, EventTag.NUMBERS_RETURNED, reason, by=by, at=at)


def _close_unused(block: NumberBlock, state: NumberState, tag: EventTag, reason: str, *, by: User, at: datetime) -> int:
    if not reason.strip():
        raise BadInput(f"{state.label}编号须写明原因")
    with transaction.atomic():
        unused = CertificateNumber.objects.filter(block=block, state__in=[NumberState.FREE, NumberState.RESERVED])
        closed = unused.update(state=state)
        if closed:
            record_event(tag=tag, subject=block, by=by, at=at, after={"count": closed}, note=reason.strip()[:200])
    return closed
