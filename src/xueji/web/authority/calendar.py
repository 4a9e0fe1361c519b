"""The working-day calendar: what the packs publish, what officers declared on top."""

from __future__ import annotations

import calendar as month_table
from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from xueji.accounts.permissions import Permission as P
from xueji.core.calendar import WorkingCalendar
from xueji.institutions.calendar_actions import (
    declare_calendar_day,
    publish_year,
    remove_calendar_day,
    take_back_year,
)
from xueji.institutions.calendars import (
    calendar_day_for,
    declared_in_line,
    published_in_line,
    published_year_for,
    working_calendar,
)
from xueji.institutions.models import Authority, CalendarDay
from xueji.institutions.queries import granted_by, ids_of_line, pack_over, posts_of
from xueji.production.bookings import displaced_for
from xueji.web.access import requires
from xueji.web.asking import named
from xueji.web.authority.forms import DayForm, TakeBackYearForm, YearForm
from xueji.web.forms import require_valid


@require_GET
@requires(P.EDIT_CALENDAR)
def calendar(request: HttpRequest) -> HttpResponse:
    """Show a year, month by month: working days, days off, what the own authority declared and what those above did."""
    typed = request.GET.get("year", "")
    year = (
        int(typed) if typed.isascii() and typed.isdigit() and 2004 <= int(typed) <= 2100 else timezone.localdate().year
    )
    authority = own_authority(request)
    days = calendar_of(authority)
    line = ids_of_line(authority)
    rows = list(declared_in_line(authority, year))
    nearest = {row.day: row for row in sorted(rows, key=lambda row: line.index(row.authority_id))}
    published = list(published_in_line(authority))
    context = {
        "year": year, "own_authority": authority, "months": _months(year, days, nearest), "covered": days.covers(date(year, 1, 1)),
        "declared": [(row, row.authority_id == authority.pk) for row in rows],
        "is_published": any(entry.year == year for entry in published), "published": published,
        "day_form": DayForm(initial={"day": request.GET.get("day", "")}),
        "year_form": YearForm(initial={"year": max(year, days.last_year + 1)}), "last_year": days.last_year,
        "take_back_form": TakeBackYearForm(),
    }  # fmt: skip
    return render(request, "authority/calendar.html", context)


def own_authority(request: HttpRequest) -> Authority:
    """Return the authority whose calendar the officer keeps."""
    return next(
        post.authority
        for post in posts_of(request.user)
        if post.authority and P.EDIT_CALENDAR in granted_by(frozenset({post.post}))
    )


def calendar_of(authority: Authority) -> WorkingCalendar:
    """Return the working days of the pack of an authority, as they are there today."""
    pack = pack_over(authority)
    return working_calendar(pack.on(timezone.localdate()), authority)


def _months(year: int, days: WorkingCalendar, declared: dict[date, CalendarDay]) -> list[dict[str, object]]:
    rows = []
    for month in range(1, 13):
        weeks = [
            [_cell(date(year, month, day), days, declared) if day else None for day in week]
            for week in month_table.Calendar().monthdayscalendar(year, month)
        ]
        rows.append({"month": month, "weeks": weeks})
    return rows


def _cell(day: date, days: WorkingCalendar, declared: dict[date, CalendarDay]) -> dict[str, object]:
    worked = days.is_working_day(day)
    plain = day.weekday() < 5
    look = "makeup" if worked and not plain else "holiday" if not worked and plain else "work" if worked else "rest"
    return {"day": day, "look": look, "declared": declared.get(day)}


@require_POST
@requires(P.EDIT_CALENDAR)
def declare(request: HttpRequest) -> HttpResponse:
    """Declare a day; every open term here and below is counted anew."""
    form = DayForm(request.POST)
    require_valid(form)
    authority = own_authority(request)
    change = declare_calendar_day(authority=authority, by=request.user, at=timezone.now(), **form.cleaned_data)
    messages.success(
        request, f"已登记 {change.entry.day:%Y-%m-%d} {change.entry.get_kind_display()}{_moved(change.moved)}"
    )
    _warn_of_bookings(request, change.entry.day)
    return _back(change.entry.day.year)


@require_POST
@requires(P.EDIT_CALENDAR)
def remove(request: HttpRequest, day_id: int) -> HttpResponse:
    """Take a declared day of the own authority back; every open term is counted anew."""
    declared = calendar_day_for(request.user, day_id)
    change = remove_calendar_day(declared=declared, by=request.user, at=timezone.now())
    messages.success(request, f"已撤销 {change.entry.day:%Y-%m-%d} 的登记{_moved(change.moved)}")
    _warn_of_bookings(request, change.entry.day)
    return _back(change.entry.day.year)


@require_POST
@requires(P.EDIT_CALENDAR)
def publish(request: HttpRequest) -> HttpResponse:
    """State that a year's notice is out and entered: its terms are no longer provisional."""
    form = YearForm(request.POST)
    require_valid(form)
    change = publish_year(authority=own_authority(request), by=request.user, at=timezone.now(), **form.cleaned_data)
    note = f"，{change.moved} 项期限不再是暂定" if change.moved else ""
    messages.success(request, f"已登记 {change.entry.year} 年放假通知{note}")
    return _back(change.entry.year)


@require_POST
@requires(P.EDIT_CALENDAR)
def take_back(request: HttpRequest, year_id: int) -> HttpResponse:
    """Take back that a year's notice of the own authority is out; terms that reach into it are provisional again."""
    published = published_year_for(request.user, year_id)
    form = TakeBackYearForm(request.POST)
    require_valid(form)
    change = take_back_year(published=published, by=request.user, at=timezone.now(), **form.cleaned_data)
    messages.success(request, f"已撤销 {change.entry.year} 年放假通知的登记{_moved(change.moved)}")
    return _back(change.entry.year)


def _warn_of_bookings(request: HttpRequest, day: date) -> None:
    """Say which schools had booked a sealing on a day that is off now."""
    schools = [
        booking.appointment.issue.school.name
        for booking in displaced_for(request.user)
        if booking.appointment.day == day
    ]
    if schools:
        messages.warning(
            request, f"{day:%Y-%m-%d} 已有学校预约验印：{named(schools, '所')}。请通知学校改约，学校的工作台也有提示"
        )


def _moved(count: int) -> str:
    return f"，{count} 项期限随之改变" if count else ""


def _back(year: int) -> HttpResponse:
    return redirect(f"{reverse('authority:calendar')}?year={year}")
