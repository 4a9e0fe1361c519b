"""The check of the register each term as a list of tasks: what a school mends before the window closes, and its authority's view."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from xueji.accounts.permissions import Permission as P
from xueji.core.errors import NotFound
from xueji.core.term_checks import LISTS, STATUS_CHECK, nearest_window
from xueji.institutions.models import School
from xueji.institutions.queries import pack_of, permissions_of, posts_of
from xueji.registry.queries.term_checks import CheckOfSchool, checks_of_schools, school_checked, schools_checked
from xueji.uploads.queries import second_hand_counts
from xueji.web.access import requires
from xueji.web.clauses import shown_clauses
from xueji.web.listing import page_of

_FEW = 60  # schools: so many are counted at once and stand by how much is to be mended; of more one page at a time, by name
# Where a school mends what the list of students only shows.
_MENDED = {
    "unfiled": ("school:admissions", P.REGISTER_STUDENTS), "barred": ("school:leaving", P.FILE_STATUS_CHANGE),
    "no_national_date": ("school:national", P.CONFIRM_REGISTRATION), "claimed": ("duplicates", P.VIEW_REGISTER),
    "twice": ("duplicates", P.VIEW_REGISTER), "suspended_too_long": ("school:status_classes", P.FILE_STATUS_CHANGE),
    "unlisted": ("school:batches", P.VIEW_BATCHES), "no_photograph": ("school:batches", P.VIEW_BATCHES),
}  # fmt: skip


@require_GET
@requires(P.VIEW_REGISTER)
def term_checks(request: HttpRequest) -> HttpResponse:
    """Show the schools with how much each has to mend; whoever has one school sees its tasks at once."""
    today = timezone.localdate()
    schools = schools_checked(request.user, today)
    if not schools:
        raise NotFound
    if len(schools) == 1:
        return _tasks(request, schools[0])
    words = request.GET.get("q", "").strip()
    named = [school for school in schools if words in school.name]
    if len(named) <= _FEW:
        page: Page[Any] = page_of(request, _most_first(checks_of_schools(named, today)))
        rows = list(page.object_list)
    else:
        page = page_of(request, named)
        rows = checks_of_schools(list(page.object_list), today)
    waiting = second_hand_counts([row.school.pk for row in rows])
    nearest = nearest_window(pack_of(schools[0]).on(today), STATUS_CHECK, today)
    context = {
        "page": page, "rows": [(row, waiting.get(row.school.pk, 0)) for row in rows], "q": words,
        "schools": len(schools), "is_all": len(named) == len(schools) == len(rows),
        "with_some": sum(row.total > 0 for row in rows), "total": sum(row.total for row in rows),
        "nearest": nearest, "clauses": shown_clauses(nearest.window.cites if nearest else ()),
    }  # fmt: skip
    return render(request, "shared/term_checks.html", context)


@require_GET
@requires(P.VIEW_REGISTER)
def term_check(request: HttpRequest, school_id: int) -> HttpResponse:
    """Show what one school has to mend before the check closes."""
    return _tasks(request, school_checked(request.user, school_id, timezone.localdate()))


def _tasks(request: HttpRequest, school: School) -> HttpResponse:
    today = timezone.localdate()
    (check,) = checks_of_schools([school], today)
    may = permissions_of(request.user)
    works_there = any(post.school_id == school.pk for post in posts_of(request.user))
    tasks = [
        {
            "label": line.label, "advice": line.advice, "count": line.count,
            "url": f"{reverse('students')}?{urlencode({'school': school.pk, 'problem': line.key})}",
            "mend": reverse(_MENDED[line.key][0]) if works_there and _mends(line.key, may) else "",
        }
        for line in check.lines
    ]  # fmt: skip
    tasks += [_absences(check, may, works_there=works_there), _second_hand(school, works_there=works_there)]
    view = pack_of(school).on(today)
    context = {
        "school": school, "nearest": check.nearest, "tasks": [task for task in tasks if task["count"]],
        "clear": [task["label"] for task in tasks if not task["count"]],
        "lists": nearest_window(view, LISTS, today), "several": not works_there,
        "clauses": shown_clauses(check.nearest.window.cites),
    }  # fmt: skip
    return render(request, "shared/term_check.html", context)


def _mends(key: str, may: frozenset[P]) -> bool:
    return key in _MENDED and _MENDED[key][1] in may


def _absences(check: CheckOfSchool, may: frozenset[P], *, works_there: bool) -> dict[str, Any]:
    """Return who is away for too long with nobody applying: their list is the page of attendance."""
    url = ""
    if works_there and P.FILE_STATUS_CHANGE in may:
        url = reverse("school:attendance")
    elif not works_there and P.WATCH_DUTIES in may:
        url = reverse("authority:attendance_school", args=[check.school.pk])
    return {
        "label": "未请假离校达到退学期限、没有申请", "advice": "核实去向，办理退学、休学或者转学习形式", "count": check.away,
        "url": url, "mend": url if works_there else "",
    }  # fmt: skip


def _second_hand(school: School, *, works_there: bool) -> dict[str, Any]:
    """Return what waits for the confirmation of another; it stands on the desk of whoever may confirm it."""
    return {
        "label": "已录入、等待另一人复核", "advice": "由有确认权限的另一人在工作台核对确认",
        "count": second_hand_counts([school.pk]).get(school.pk, 0), "url": reverse("desk") if works_there else "", "mend": "",
    }  # fmt: skip


def _most_first(checks: list[CheckOfSchool]) -> list[CheckOfSchool]:
    return sorted(checks, key=lambda check: (-check.total, check.school.name))
