"""Attendance of the schools of an area: who checked this term, who is away for longer than the law lets them and nobody applied."""

from __future__ import annotations

from django.core.paginator import Page
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from xueji.accounts.permissions import Permission as P
from xueji.core.errors import NotFound
from xueji.registry.queries.attendance import absence_rule, absentees, classes_checked
from xueji.registry.queries.attendance_of_area import (
    AwayOfSchool,
    away_of_schools,
    checked_schools,
    school_checking,
    schools_checking,
)
from xueji.web.access import requires
from xueji.web.clauses import shown_clauses
from xueji.web.listing import page_of


@require_GET
@requires(P.WATCH_DUTIES)
def attendance(request: HttpRequest) -> HttpResponse:
    """Show the schools with how far their checks of this term are, those with unanswered absences first."""
    today = timezone.localdate()
    schools = schools_checking(request.user, today)
    if not schools:
        raise NotFound
    rows = away_of_schools(schools, today)
    words = request.GET.get("q", "").strip()
    page: Page[AwayOfSchool] = page_of(request, [row for row in rows if words in row.school.name])
    context = {
        "page": page, "rows": checked_schools(list(page.object_list), today), "q": words, "schools": len(schools),
        "away": sum(row.away for row in rows), "unanswered": sum(row.unanswered for row in rows),
        "with_unanswered": sum(row.unanswered > 0 for row in rows),
    }  # fmt: skip
    return render(request, "authority/attendance.html", context)


@require_GET
@requires(P.WATCH_DUTIES)
def attendance_school(request: HttpRequest, school_id: int) -> HttpResponse:
    """Show the attendance of one school as it sees it itself: who is away, what was found, which classes were checked."""
    today = timezone.localdate()
    school, view = school_checking(request.user, school_id, today)
    away = absentees(school, today, view)
    term_from, classes = classes_checked(request.user, school, today, view, P.WATCH_DUTIES)
    switch = absence_rule(view)
    context = {
        "school": school, "away": away, "classes": classes, "term_from": term_from,
        "proposed": sum(row.is_proposed for row in away), "unchecked": sum(row.checked < row.of.students for row in classes),
        "clauses": shown_clauses(switch.cites if switch else ()), "readings": view.readings_of("values.terms_start"),
    }  # fmt: skip
    return render(request, "authority/attendance_school.html", context)
