"""Declare a day, enter a year's notice, take either back: of one authority, for itself and those below it.

Every open term there is counted anew in the same transaction, whoever calls.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, TypeVar

from django.db import transaction
from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.days import require_day
from xueji.core.errors import BadInput, Conflict, NotFound, NotPermitted
from xueji.institutions.calendars import recount_clocks
from xueji.institutions.models import Authority, CalendarDay, PublishedYear
from xueji.institutions.queries import holds_at, ids_of_line, require_permission
from xueji.ledger.actions import record_event
from xueji.ledger.tags import EventTag

Entry = TypeVar("Entry", CalendarDay, PublishedYear)


@dataclass(frozen=True, slots=True)
class CalendarChange(Generic[Entry]):
    """What was entered or taken back, and how many open terms moved by it."""

    entry: Entry
    moved: int


@transaction.atomic
def declare_calendar_day(
    *, authority: Authority, day: date, kind: str, note: str, by: User | None, at: datetime
) -> CalendarChange[CalendarDay]:
    """Declare a day a holiday or a make-up working day, over the pack's table, on the strength of a notice."""
    _lock_line(authority, by)
    if not note.strip():
        raise BadInput("请填写放假或调休的依据（通知文号）")
    require_day("day_off", day, timezone.localdate(at))
    before = CalendarDay.objects.filter(authority=authority, day=day).values("kind", "note").first()
    declared, _ = CalendarDay.objects.update_or_create(
        authority=authority, day=day, defaults={"kind": CalendarDay.Kind(kind), "note": note.strip()}
    )
    record_event(
        tag=EventTag.CALENDAR_DAY_DECLARED, subject=declared, by=by, at=at, before=before, after=_shown(declared)
    )
    return CalendarChange(declared, recount_clocks(authority, by, at))


@transaction.atomic
def remove_calendar_day(*, declared: CalendarDay, by: User | None, at: datetime) -> CalendarChange[CalendarDay]:
    """Take a declared day back: the day is again what the authorities above and the pack's table say."""
    authority = declared.authority
    _lock_line(authority, by)
    locked = CalendarDay.objects.filter(pk=declared.pk).first()
    if locked is None:
        raise NotFound("这一天的登记已经撤销")
    record_event(tag=EventTag.CALENDAR_DAY_REMOVED, subject=locked, by=by, at=at, before=_shown(locked))
    CalendarDay.objects.filter(pk=locked.pk).delete()
    return CalendarChange(locked, recount_clocks(authority, by, at))


@transaction.atomic
def publish_year(
    *, authority: Authority, year: int, notice: str, by: User | None, at: datetime
) -> CalendarChange[PublishedYear]:
    """State that the holiday notice of a year is out and entered: its terms are no longer provisional."""
    _lock_line(authority, by)
    require_day("day_off", date(year, 1, 1), timezone.localdate(at))
    published, is_new = PublishedYear.objects.get_or_create(authority=authority, year=year, defaults={"notice": notice})
    if not is_new:
        raise Conflict(f"{year} 年的放假通知已经登记：{published.notice}")
    record_event(
        tag=EventTag.PUBLISHED_YEAR_REGISTERED, subject=published, by=by, at=at, after={"year": year, "notice": notice}
    )
    return CalendarChange(published, recount_clocks(authority, by, at))


@transaction.atomic
def take_back_year(
    *, published: PublishedYear, reason: str, by: User | None, at: datetime
) -> CalendarChange[PublishedYear]:
    """Take back that a year's notice is out: terms that reach into it are provisional again. Days declared of it stay."""
    authority = published.authority
    _lock_line(authority, by)
    if not reason.strip():
        raise BadInput("请写明撤销的原因")
    locked = PublishedYear.objects.filter(pk=published.pk).first()
    if locked is None:
        raise NotFound("这一年的通知登记已经撤销")
    record_event(
        tag=EventTag.PUBLISHED_YEAR_WITHDRAWN, subject=locked, by=by, at=at, note=reason.strip(),
        before={"year": locked.year, "notice": locked.notice},
    )  # fmt: skip
    PublishedYear.objects.filter(pk=locked.pk).delete()
    return CalendarChange(locked, recount_clocks(authority, by, at))


def _lock_line(authority: Authority, by: User | None) -> None:
    """Raise NotPermitted unless the person keeps the calendar of this very authority; changes in one line wait for each other."""
    if by:
        require_permission(by, Permission.EDIT_CALENDAR)
        if not holds_at(by, Permission.EDIT_CALENDAR, authority.pk):
            raise NotPermitted("工作日历由各主管部门自己登记，只能登记和撤销本机关的")
    Authority.objects.select_for_update(no_key=True).get(pk=ids_of_line(authority)[0])


def _shown(entry: CalendarDay) -> dict[str, object]:
    return {"day": entry.day, "kind": CalendarDay.Kind(entry.kind).label, "note": entry.note}
