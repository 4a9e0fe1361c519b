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

from xueji import policy
from xueji.accounts.permissions import Permission as P
from xueji.cases.actions import recount_due_dates
from xueji.core.calendar import WorkingCalendar
from xueji.core.errors import BadInput
from xueji.institutions.actions import declare_calendar_day, publish_year
from xueji.institutions.models import CalendarDay, PublishedYear
from xueji.institutions.queries import posts_of, working_calendar
from xueji.web.access import requires
from xueji.web.authority.forms import DayForm, YearForm


@require_GET
@requires(P.EDIT_CALENDAR)
def calendar(request: HttpRequest) -> HttpResponse:
    """Show a year, month by month: working days, days off, declared days."""
    typed = request.GET.get("year", "")
    year = (
        int(typed) if typed.isascii() and typed.isdigit() and 2004 <= int(typed) <= 2100 else timezone.localdate().year
    )
    days = calendar_of(request)
    declared = {row.day: row for row in CalendarDay.objects.filter(day__year=year)}
    context = {
        "year": year, "months": _months(year, days, declared), "declared": declared.values(), "covered": days.covers(date(year, 1, 1)),
        "is_published": PublishedYear.objects.filter(year=year).exists(),
        "published": PublishedYear.objects.all(), "day_form": DayForm(initial={"day": request.GET.get("day", "")}),
        "year_form": YearForm(initial={"year": max(year, days.last_year + 1)}), "last_year": days.last_year,
    }  # fmt: skip
    return render(request, "authority/calendar.html", context)


def calendar_of(request: HttpRequest) -> WorkingCalendar:
    """Return the working days of the pack of the officer's own authority."""
    authority = next(post.authority for post in posts_of(request.user) if post.authority)
    pack = policy.get_library().resolve(line=authority.line, territory=authority.division_code)
    return working_calendar(pack.on(timezone.localdate()))


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
    """Declare a day; every open term is counted anew."""
    form = DayForm(request.POST)
    if not form.is_valid():
        raise BadInput("；".join(str(e) for errors in form.errors.values() for e in errors))
    declared = declare_calendar_day(by=request.user, at=timezone.now(), **form.cleaned_data)
    moved = recount_due_dates(by=request.user, at=timezone.now())
    messages.success(
        request,
        f"已登记 {declared.day:%Y-%m-%d} {declared.get_kind_display()}"
        + (f"，{moved} 项期限随之改变" if moved else ""),
    )
    return redirect(f"{reverse('authority:calendar')}?year={declared.day.year}")


@require_POST
@requires(P.EDIT_CALENDAR)
def publish(request: HttpRequest) -> HttpResponse:
    """State that a year's notice is out and entered: its terms are no longer provisional."""
    form = YearForm(request.POST)
    if not form.is_valid():
        raise BadInput("；".join(str(e) for errors in form.errors.values() for e in errors))
    published = publish_year(by=request.user, at=timezone.now(), **form.cleaned_data)
    moved = recount_due_dates(by=request.user, at=timezone.now())
    messages.success(request, f"已登记 {published.year} 年放假通知" + (f"，{moved} 项期限不再是暂定" if moved else ""))
    return redirect(f"{reverse('authority:calendar')}?year={published.year}")
