"""Bookings for a day on which the office does not work: declared off after it was booked. Both sides see what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.institutions.calendars import Calendars, declaration_of
from xueji.institutions.queries import school_scope
from xueji.production.models import SealingAppointment


@dataclass(frozen=True, slots=True)
class Displaced:
    """A booking that cannot be kept, and by which notice its day is off."""

    appointment: SealingAppointment
    notice: str


def displaced(appointments: Iterable[SealingAppointment]) -> list[Displaced]:
    """Return the bookings whose day is no working day where the batch is sealed; those already sealed are left out."""
    waiting = [one for one in appointments if one.batch.sealed_at is None]
    if not waiting:
        return []
    calendars = Calendars()
    found = []
    for one in waiting:
        place = one.round.season.authority
        if not calendars.of(one.batch.law, place).is_working_day(one.day):
            declared = declaration_of(place, one.day)
            found.append(Displaced(one, declared.note if declared else ""))
    return found


def displaced_for(user: User) -> list[Displaced]:
    """Return the bookings that cannot be kept, of the schools a person books for or whose sealing they arrange."""
    scope = school_scope(user, prefix="batch__school__", permission=Permission.BOOK_SEALING) | school_scope(
        user, prefix="batch__school__", permission=Permission.MANAGE_SEALING
    )
    rows = SealingAppointment.objects.filter(scope, batch__sealed_at__isnull=True)
    return displaced(rows.select_related("batch__school", "batch__case", "batch__season", "round__season__authority"))
