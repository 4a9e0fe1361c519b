"""Bookings that cannot be kept: their day was declared off, or the round was moved away from it. Both sides see what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.institutions.calendars import Calendars, declaration_of
from xueji.institutions.queries import school_scope
from xueji.production.models import SealingAppointment, SealingRound, SealingSession


@dataclass(frozen=True, slots=True)
class Displaced:
    """A booking that cannot be kept: by which notice its day is off, or that the round has other days now."""

    appointment: SealingAppointment
    notice: str = ""
    is_outside: bool = False

    @property
    def why(self) -> str:
        """Why the day cannot be kept, in the words of a list."""
        return "改期后不在验印时间内" if self.is_outside else "不是工作日"


def displaced(appointments: Iterable[SealingAppointment]) -> list[Displaced]:
    """Return the bookings whose day is no day of the round any more, or no working day; those already sealed are left out."""
    waiting = [appointment for appointment in appointments if appointment.issue.sealed_at is None]
    if not waiting:
        return []
    calendars = Calendars()
    found = []
    for appointment in waiting:
        if not appointment.round.opens_on <= appointment.day <= appointment.round.closes_on:
            found.append(Displaced(appointment, is_outside=True))
            continue
        place = appointment.round.authority
        if not calendars.of(appointment.issue.law, place).is_working_day(appointment.day):
            declared = declaration_of(place, appointment.day)
            found.append(Displaced(appointment, declared.note if declared else ""))
    return found


def sealed_in(sealing_round: SealingRound) -> bool:
    """Whether anything is sealed in a round: from then on its days are history."""
    return SealingSession.objects.filter(round=sealing_round).exists()


def displaced_for(user: User) -> list[Displaced]:
    """Return the bookings that cannot be kept, of the schools a person books for or whose sealing they arrange."""
    scope = school_scope(user, prefix="issue__school__", permission=Permission.BOOK_SEALING) | school_scope(
        user, prefix="issue__school__", permission=Permission.MANAGE_SEALING
    )
    rows = SealingAppointment.objects.filter(scope, issue__sealed_at__isnull=True)
    return displaced(rows.select_related("issue__school", "issue__case", "issue__authority", "round__authority"))
