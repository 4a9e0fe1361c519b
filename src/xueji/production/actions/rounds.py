"""Sealing rounds (the days of the notice) and the appointments of schools within them."""

from __future__ import annotations

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.cases.models import CaseState
from xueji.certificates.locks import lock_paper
from xueji.certificates.models import Issue
from xueji.core.errors import BadInput, Conflict, NotPermitted
from xueji.core.packs import PackView, Window
from xueji.draws.actions import publish_commitment
from xueji.draws.models import Commitment
from xueji.institutions.calendars import working_calendar
from xueji.institutions.models import Authority
from xueji.institutions.queries import permissions_of, require_permission
from xueji.institutions.queries.deferral import refuse_while_deferred
from xueji.ledger.actions import Basis, record_event
from xueji.ledger.tags import EventTag
from xueji.production.catalogue import checks_files
from xueji.production.models import SealingAppointment, SealingRound
from xueji.production.refusals import approval_cites, refusal
from xueji.production.rights import arranges
from xueji.production.windows import sealing_window, window_of

Half = SealingAppointment.Half
_CANCELLED = "这次验印安排已被验印机关取消，请刷新页面"


def _require_typed_days(sealing_round: SealingRound, opens_on: date, closes_on: date) -> None:
    """Raise BadInput for days that are in the wrong order, or in years that are not this class's."""
    for day in (opens_on, closes_on):
        if abs(day.year - sealing_round.year) > 1:
            first, last = f"{sealing_round.year - 1}-01-01", f"{sealing_round.year + 1}-12-31"
            raise BadInput(
                f"{sealing_round.season_label}的验印日期应在 {first} 至 {last} 之间，填写的是 {day.isoformat()}，请核对年份"
            )
    if opens_on > closes_on:
        raise BadInput("截止日期早于开始日期")


def round_days(
    sealing_round: SealingRound, *, opens_on: date | None, closes_on: date | None, today: date
) -> tuple[date, date, Window | None]:
    """Return the days of a round and the window of the pack they come from; BadInput when nothing can be sealed on them.

    Days given by hand count where the pack knows no window, or merely carries an earlier year's days over. Days that
    are all past seal nothing, and would stand in the way of the right ones.
    """
    window = sealing_window(sealing_round.law, sealing_round.year, sealing_round.term, is_late=sealing_round.is_late)
    if window is not None and window.is_carried_over and opens_on and closes_on:
        window = None
    if window is not None:
        opens_on, closes_on = window.opens, window.closes
    word = "补验印" if sealing_round.is_late else "验印"
    if opens_on is None or closes_on is None:
        raise BadInput(f"政策包没有 {sealing_round.season_label} 的{word}日期，请按当年通知填写起止日期")
    if window is None:
        _require_typed_days(sealing_round, opens_on, closes_on)
    if closes_on < today:
        days = f"{opens_on.isoformat()} 至 {closes_on.isoformat()}"
        ground = "通知定的" if window else "填写的"
        raise BadInput(
            f"{sealing_round.season_label}{word}的日期已经全部过去：{ground}是 {days}，今天是 {today.isoformat()}，请核对"
        )
    return opens_on, closes_on, window


@transaction.atomic
def open_round(
    *,
    authority: Authority,
    year: int,
    term: str,
    legal_date: date,
    place: str,
    by: User,
    at: datetime,
    is_late: bool = False,
    schools_per_half_day: int = 4,
    opens_on: date | None = None,
    closes_on: date | None = None,
) -> SealingRound:
    """Arrange the sealing of a class on the days of the pack's window (S1-12, S1-13).

    The pack is read on the legal date. Days are given by hand only where it knows no window for that class, or merely carries an earlier year's
    days over: then this year's notice is not yet data, and the officer answers for them.
    """
    sealing_round = SealingRound(authority=authority, year=year, term=term, legal_date=legal_date, is_late=is_late)
    require_manager(by, sealing_round)
    opens_on, closes_on, window = round_days(
        sealing_round, opens_on=opens_on, closes_on=closes_on, today=timezone.localdate(at)
    )
    if not place.strip():
        raise BadInput("请填写验印地点")
    if not 1 <= schools_per_half_day <= 50:
        raise BadInput("每半天学校数应在 1 至 50 之间")
    try:
        with transaction.atomic():
            sealing_round.opens_on, sealing_round.closes_on, sealing_round.place = opens_on, closes_on, place.strip()
            sealing_round.schools_per_half_day, sealing_round.commitment = (
                schools_per_half_day,
                _commitment(sealing_round, at),
            )
            sealing_round.save()
    except IntegrityError as error:
        raise Conflict(f"{sealing_round.season_label}的{'补验印' if is_late else '验印'}已经安排过了") from error
    record_event(
        tag=EventTag.SEALING_ROUND_OPENED, subject=sealing_round, by=by, at=at, parent=authority,
        view=sealing_round.law,
        rules=[Basis(f"window.{window.key}", window.cites)] if window else (),
        after={"opens_on": opens_on, "closes_on": closes_on, "is_late": is_late, "place": place.strip(),
               "draw_commitment": sealing_round.commitment.sha256 if sealing_round.commitment else ""},
    )  # fmt: skip
    return sealing_round


def _commitment(sealing_round: SealingRound, at: datetime) -> Commitment | None:
    """Return the commitment lots are drawn by, where the pack has files looked at before sealing (S4-07)."""
    return publish_commitment(at=at) if checks_files(sealing_round.law) else None


def require_manager(by: User, sealing_round: SealingRound) -> None:
    """Raise NotPermitted unless the person arranges sealings for the round's own authority."""
    if not arranges(by, sealing_round.authority_id):
        raise NotPermitted("验印由该验印机关安排")


@transaction.atomic
def book_appointment(
    *,
    issue: Issue,
    round: SealingRound,  # noqa: A002  # the word of the model
    day: date,
    half: str,
    by: User,
    at: datetime,
) -> SealingAppointment:
    """Book a half-day for a school; a full half-day is a Conflict, whoever came first.

    The place in the half-day is a number under a unique constraint: two clerks who see the same last place cannot
    both have it.
    """
    require_permission(by, Permission.BOOK_SEALING, school=issue.school)
    half = Half(half)
    view = issue.law
    sealing_round = locked_round(round)
    _check_booking(issue, sealing_round, day, view, at)
    booked = SealingAppointment.objects.filter(issue=issue).first()
    if booked is not None:
        raise Conflict(f"已预约 {booked.day:%Y-%m-%d} {booked.get_half_display()}；要改期请先取消原预约")
    taken = set(
        SealingAppointment.objects.filter(round=sealing_round, day=day, half=half).values_list(
            "place_in_half", flat=True
        )
    )
    place = next((n for n in range(1, sealing_round.schools_per_half_day + 1) if n not in taken), None)
    if place is None:
        raise Conflict(f"{day:%Y-%m-%d} {half.label}已约满（{sealing_round.schools_per_half_day} 所），请选其他半天")
    try:
        with transaction.atomic():
            appointment = SealingAppointment.objects.create(
                round=sealing_round, issue=issue, day=day, half=half, place_in_half=place, booked_by=by, booked_at=at
            )
    except IntegrityError as error:
        raise Conflict("该时段刚被约满或本批次刚被预约，请刷新后再选") from error
    record_event(
        tag=EventTag.SEALING_APPOINTMENT_BOOKED, subject=appointment, by=by, at=at, parent=issue, view=view,
        school_id=issue.school_id, after={"day": day, "half": half, "place": place},
    )  # fmt: skip
    return appointment


def locked_round(sealing_round: SealingRound) -> SealingRound:
    """Return a round as it is now, its row locked; Conflict when its office has cancelled it meanwhile."""
    rows = SealingRound.objects.select_for_update(of=("self",)).select_related("authority")
    locked = rows.filter(pk=sealing_round.pk).first()
    if locked is None:
        raise Conflict(_CANCELLED)
    return locked


def held_round(sealing_round: SealingRound) -> SealingRound:
    """Return a round as it is now, not to be moved or cancelled until the transaction ends.

    Those who seal in it do not wait for each other: the lock is a shared one.
    """
    rows = SealingRound.objects.raw("SELECT * FROM production_sealinground WHERE id = %s FOR SHARE", [sealing_round.pk])
    locked = next(iter(rows), None)
    if locked is None:
        raise Conflict(_CANCELLED)
    return locked


def _check_booking(issue: Issue, sealing_round: SealingRound, day: date, view: PackView, at: datetime) -> None:
    """Refuse an issue of another class, one not approved, a day outside the round or past, and a school under deferral."""
    if not sealing_round.takes(issue):
        raise BadInput("这一批次不属于该次验印")
    window = window_of(issue)
    cites = window.cites if window else ()
    if issue.case.state != CaseState.APPROVED or issue.numbered_at is None:
        raise refusal(
            "sealing.batch_approved", "审核通过并发放证书编号后才能预约验印",
            cites=approval_cites(issue),
        )  # fmt: skip
    if issue.sealed_at is not None:
        raise Conflict("这一批次已经验印")
    refuse_while_deferred(issue.school, view)
    if not sealing_round.opens_on <= day <= sealing_round.closes_on:
        raise refusal(
            "sealing.within_window",
            f"{day:%Y-%m-%d} 不在验印时间内（{sealing_round.opens_on:%Y-%m-%d} 至 {sealing_round.closes_on:%Y-%m-%d}）",
            cites=cites, remedy="请在规定时间内选择",
        )  # fmt: skip
    if day < timezone.localdate(at):
        raise BadInput("不能预约已经过去的日期")
    if not working_calendar(view, sealing_round.authority).is_working_day(day):
        raise BadInput(f"{day:%Y-%m-%d} 不是工作日，不办理验印")


@transaction.atomic
def cancel_appointment(*, appointment: SealingAppointment, by: User, at: datetime) -> None:
    """Give a half-day back; refused once the issue is sealed."""
    issue = lock_paper(appointment.issue)
    if Permission.MANAGE_SEALING not in permissions_of(by):
        require_permission(by, Permission.BOOK_SEALING, school=issue.school)
    else:
        require_permission(by, Permission.MANAGE_SEALING, school=issue.school)
    if issue.sealed_at is not None:
        raise Conflict("已经验印，预约不能取消")
    record_event(
        tag=EventTag.SEALING_APPOINTMENT_CANCELLED, subject=appointment, by=by, at=at, parent=issue, school_id=issue.school_id,
        before={"day": appointment.day, "half": appointment.half, "place": appointment.place_in_half},
    )  # fmt: skip
    appointment.delete()
