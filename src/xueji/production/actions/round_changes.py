"""Mend a sealing round that was arranged wrongly: other days or another place, or none at all, while nothing is sealed in it."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone

from xueji.accounts.models import User
from xueji.core.errors import BadInput, Conflict
from xueji.ledger.actions import Basis, event_of, record_event, record_events
from xueji.ledger.tags import EventTag
from xueji.production.actions.rounds import locked_round, require_manager, round_days
from xueji.production.bookings import sealed_in
from xueji.production.models import SealingAppointment, SealingRound


@transaction.atomic
def move_round(
    *,
    round: SealingRound,  # noqa: A002  # the model's word
    opens_on: date,
    closes_on: date,
    place: str,
    by: User,
    at: datetime,
) -> list[SealingAppointment]:
    """Give a round other days or another place; return the bookings that lie outside the new days.

    These stay on record until their schools book anew: both sides are shown them (`bookings.py`). Where the notice
    itself sets the days, only the place is anybody's to change.
    """
    locked = _changeable(round, by)
    before = {"opens_on": locked.opens_on, "closes_on": locked.closes_on, "place": locked.place}
    first, last, window = round_days(locked, opens_on=opens_on, closes_on=closes_on, today=timezone.localdate(at))
    if window is not None and (opens_on, closes_on) != (first, last):
        raise BadInput(
            f"{locked.season_label}的验印日期由通知定为 {first.isoformat()} 至 {last.isoformat()}，不能改为其他日期"
        )
    if not place.strip():
        raise BadInput("请填写验印地点")
    after = {"opens_on": first, "closes_on": last, "place": place.strip()}
    if before == after:
        raise BadInput("没有改动：日期和地点与现有安排相同")
    locked.opens_on, locked.closes_on, locked.place = first, last, place.strip()
    locked.save(update_fields=["opens_on", "closes_on", "place"])
    record_event(
        tag=EventTag.SEALING_ROUND_MOVED, subject=locked, by=by, at=at, parent=locked.authority, view=locked.law,
        rules=[Basis(f"window.{window.key}", window.cites)] if window else (), before=before, after=after,
    )  # fmt: skip
    rows = locked.appointments.select_related("issue__school").exclude(day__range=(first, last))
    return list(rows)


@transaction.atomic
def extend_round(*, round: SealingRound, closes_on: date, by: User, at: datetime) -> SealingRound:  # noqa: A002  # the model's word
    """Let a round last longer, also once something is sealed in it: no booking is touched, and whoever missed the days may come.

    Where the notice itself sets the days, nobody lengthens them.
    """
    locked = locked_round(round)
    require_manager(by, locked)
    if closes_on <= locked.closes_on:
        raise BadInput(f"延长后的截止日期应晚于现在的 {locked.closes_on.isoformat()}，填写的是 {closes_on.isoformat()}")
    _, last, window = round_days(locked, opens_on=locked.opens_on, closes_on=closes_on, today=timezone.localdate(at))
    if window is not None and last != closes_on:
        raise BadInput(
            f"{locked.season_label}的验印日期由通知定到 {last.isoformat()}，不能延长；错过的按当地补验印的规定办理"
        )
    before = {"closes_on": locked.closes_on}
    locked.closes_on = closes_on
    locked.save(update_fields=["closes_on"])
    record_event(
        tag=EventTag.SEALING_ROUND_EXTENDED, subject=locked, by=by, at=at, parent=locked.authority, view=locked.law,
        before=before, after={"closes_on": closes_on},
    )  # fmt: skip
    return locked


@transaction.atomic
def cancel_round(*, round: SealingRound, by: User, at: datetime) -> list[SealingAppointment]:  # noqa: A002  # the model's word
    """Take back a round and the bookings in it, each with an event its school finds; return those bookings."""
    locked = _changeable(round, by)
    rows = locked.appointments.select_related("issue__school", "issue__case").select_for_update(of=("self",))
    booked = list(rows)
    record_events(
        [
            event_of(
                tag=EventTag.SEALING_APPOINTMENT_CANCELLED, subject=appointment, by=by, at=at, parent=appointment.issue, school_id=appointment.issue.school_id,
                before={"day": appointment.day, "half": appointment.half, "place": appointment.place_in_half}, note="验印机关取消了这次验印安排",
            )
            for appointment in booked
        ]
    )  # fmt: skip
    record_event(
        tag=EventTag.SEALING_ROUND_CANCELLED, subject=locked, by=by, at=at, parent=locked.authority,
        before={"opens_on": locked.opens_on, "closes_on": locked.closes_on, "is_late": locked.is_late, "place": locked.place,
                "bookings": len(booked)},
    )  # fmt: skip
    locked.appointments.all().delete()
    try:
        with transaction.atomic():
            locked.delete()
    except ProtectedError as error:
        raise Conflict("这次验印已有学校抽取学籍电子档案，不能取消；可以改期") from error
    return booked


def _changeable(sealing_round: SealingRound, by: User) -> SealingRound:
    """Return the round, locked, once it may be changed."""
    locked = locked_round(sealing_round)
    require_changeable(locked, by)
    return locked


def require_changeable(sealing_round: SealingRound, by: User) -> None:
    """Refuse a change by anybody but the round's own office, and once something is sealed in it; asked before the question too."""
    require_manager(by, sealing_round)
    if sealed_in(sealing_round):
        raise Conflict("这次验印已有学校验印，不能改期或取消；其余学校可以安排补验印")
