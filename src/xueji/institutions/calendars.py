"""Working days by pack and place: the pack's table, with what the authorities of a line declared on top."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from django.db.models import QuerySet

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.calendar import WorkingCalendar
from xueji.core.packs import PackView
from xueji.institutions.models import Authority, CalendarDay, PublishedYear
from xueji.institutions.queries import authorities_granting, ids_of_line, pick
from xueji.statements import Statement

_DECLARED = Statement(lambda: CalendarDay.objects.order_by().values_list("authority", "day", "kind"))
_PUBLISHED = Statement(lambda: PublishedYear.objects.order_by().values_list("authority", "year"))


class Calendars:
    """The working days of any number of packs and places, for one page or one act: two queries, however many."""

    def __init__(self) -> None:
        self._declared: dict[int, dict[date, str]] = {}
        for authority, day, kind in _DECLARED.rows():
            self._declared.setdefault(authority, {})[day] = kind
        self._published: dict[int, set[int]] = {}
        for authority, year in _PUBLISHED.rows():
            self._published.setdefault(authority, set()).add(year)
        self._made: dict[tuple[PackView, tuple[int, ...]], WorkingCalendar] = {}

    def of(self, view: PackView, place: Authority) -> WorkingCalendar:
        """Return the working days of a pack at an authority; what stands nearest to it wins: its own day, then those above."""
        line = tuple(pk for pk in ids_of_line(place) if pk in self._declared or pk in self._published)
        if (view, line) not in self._made:
            self._made[view, line] = self._calendar(view.calendar, line)
        return self._made[view, line]

    def _calendar(self, table: WorkingCalendar, line: tuple[int, ...]) -> WorkingCalendar:
        """A year whose notice has been entered counts as published when it follows on the table without a gap."""
        declared: dict[date, str] = {}
        for pk in line:  # from the top down
            declared |= self._declared.get(pk, {})
        published = {year for pk in line for year in self._published.get(pk, ())}
        holidays = {day for day, kind in declared.items() if kind == CalendarDay.Kind.HOLIDAY}
        makeup = {day for day, kind in declared.items() if kind == CalendarDay.Kind.MAKEUP}
        last = table.last_year
        while last + 1 in published:
            last += 1
        return WorkingCalendar(
            holidays=(table.holidays - makeup) | holidays,
            makeup_days=(table.makeup_days - holidays) | makeup,
            first_year=table.first_year,
            last_year=last,
        )


def working_calendar(view: PackView, place: Authority) -> WorkingCalendar:
    """Return the working days of a pack at one authority; for many places use `Calendars`."""
    return Calendars().of(view, place)


def declared_in_line(authority: Authority, year: int) -> QuerySet[CalendarDay]:
    """Return what an authority and those above it declared of a year: all that counts there beside the pack's table."""
    found = CalendarDay.objects.filter(authority__in=ids_of_line(authority), day__year=year)
    return found.select_related("authority").order_by("day", "authority__path")


def declaration_of(authority: Authority, day: date) -> CalendarDay | None:
    """Return what was declared of a day at an authority: its own declaration, else the nearest above."""
    found = CalendarDay.objects.filter(authority__in=ids_of_line(authority), day=day)
    return found.order_by("-authority__path").first()


def published_in_line(authority: Authority) -> QuerySet[PublishedYear]:
    """Return the years whose notice an authority or one above it has entered."""
    found = PublishedYear.objects.filter(authority__in=ids_of_line(authority))
    return found.select_related("authority").order_by("year", "authority__path")


def calendar_day_for(user: User, day_id: int) -> CalendarDay:
    """Return a day declared by an authority whose calendar the person keeps, else NotFound."""
    found: CalendarDay = pick(CalendarDay.objects.filter(authority__in=_kept_by(user)), day_id)
    return found


def published_year_for(user: User, year_id: int) -> PublishedYear:
    """Return a year's notice entered by an authority whose calendar the person keeps, else NotFound."""
    found: PublishedYear = pick(PublishedYear.objects.filter(authority__in=_kept_by(user)), year_id)
    return found


def _kept_by(user: User) -> list[int]:
    return [place.pk for place in authorities_granting(user, Permission.EDIT_CALENDAR)]


# -- whatever holds a due date counts it anew when the calendar changes

Recount = Callable[[Authority, "User | None", datetime], int]

_clocks: dict[str, Recount] = {}


def register_clock(model: str, recount: Recount) -> None:
    """Tell how the due dates of a model («cases.Step») are counted anew, at and below an authority; returns how many moved."""
    if _clocks.setdefault(model, recount) is not recount:
        raise ValueError(f"the due dates of {model!r} are counted twice")


def recount_clocks(authority: Authority, by: User | None, at: datetime) -> int:
    """Count every open term at and below an authority anew; return how many moved. Called by the calendar's own actions."""
    return sum(recount(authority, by, at) for recount in _clocks.values())
