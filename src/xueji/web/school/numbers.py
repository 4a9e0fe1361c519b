"""Numbers applied for by head-count: the school's requests, their lines, what was granted, what is given back."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from xueji.accounts.permissions import Permission as P
from xueji.cases.actions import submit_case, withdraw_case
from xueji.cases.law import law_of
from xueji.cases.models import CaseState
from xueji.cases.queries import is_of_school
from xueji.core.errors import BadInput, NotFound, RuleViolation
from xueji.graduation.actions import open_number_application, return_granted_numbers, set_number_lines
from xueji.graduation.books import (
    blocks_visible_to,
    lines_of_book,
    number_application_for,
    number_applications_visible_to,
)
from xueji.graduation.groups import is_granted_beforehand
from xueji.graduation.models import GraduationOutcome, NumberApplication
from xueji.graduation.queries import number_applications_under_way
from xueji.graduation.season_authority import seasons_of_school
from xueji.institutions.queries import pack_of, permissions_of, schools_visible_to
from xueji.ledger.queries import timeline_of
from xueji.web.access import requires
from xueji.web.context import joined
from xueji.web.kinds.number_application import application_context
from xueji.web.listing import page_of
from xueji.web.school.batches import own_schools

_WAITING = (CaseState.DRAFT, CaseState.RETURNED, CaseState.IN_PROGRESS)
SPARE_LINES = 3  # empty lines under those stated
_COLUMNS = ("programme", "entry_month", "study_mode", "admission_category", "outcome", "head_count")


@require_GET
@requires(P.VIEW_BATCHES)
def numbers(request: HttpRequest) -> HttpResponse:
    """List the school's requests for numbers, and every block it was given."""
    schools = own_schools(request)
    found = number_applications_visible_to(request.user).filter(school__in=schools)
    blocks = page_of(request, blocks_visible_to(request.user).filter(school__in=schools))
    context = {
        "applications": found.prefetch_related("lines")[:20], "openings": _openings(request), "page": blocks,
        "book": lines_of_book(blocks.object_list),
    }  # fmt: skip
    return render(request, "school/numbers.html", context)


@require_POST
@requires(P.REQUEST_NUMBERS)
def new_number_application(request: HttpRequest) -> HttpResponse:
    """Open a request for a season in which the pack wants numbers applied for."""
    chosen = (request.POST.get("season"), request.POST.get("school"))
    for opening in _openings(request):
        if (str(opening["season"].pk), str(opening["school"].pk)) == chosen:
            made = open_number_application(**opening, by=request.user, at=timezone.now())
            messages.success(request, "已建立编号申请：人数按名单预填，请核对后提交")
            return redirect("school:number_application", made.pk)
    return redirect("school:number_application", _opened_before(request, chosen).pk)


def _opened_before(request: HttpRequest, chosen: tuple[str | None, str | None]) -> NumberApplication:
    """Return the request that is under way already: a second click leads to it."""
    applications = number_applications_visible_to(request.user).filter(
        school__in=own_schools(request), case__state__in=_WAITING
    )
    for found in applications:
        if (str(found.season_id), str(found.school_id)) == chosen:
            return found
    raise NotFound


def _openings(request: HttpRequest) -> list[dict[str, Any]]:
    """Return season × school for which numbers may be asked for now."""
    schools = schools_visible_to(request.user, permission=P.REQUEST_NUMBERS).filter(pk__in=own_schools(request))
    busy = number_applications_under_way(schools)
    return [
        {"season": season, "school": school}
        for school in schools
        for season in seasons_of_school(school)
        if (season.pk, school.pk) not in busy and is_granted_beforehand(pack_of(school).on(season.legal_date))
    ]


@require_GET
@requires(P.VIEW_BATCHES)
def number_application(request: HttpRequest, application_id: int) -> HttpResponse:
    """Show a request: its lines with the ranges granted, how it stands, what speaks against it."""
    return _page(request, number_application_for(request.user, application_id))


@require_POST
@requires(P.REQUEST_NUMBERS)
def number_lines(request: HttpRequest, application_id: int) -> HttpResponse:
    """Store the head-counts the school states; a line without a head-count is left out."""
    found = number_application_for(request.user, application_id)
    try:
        set_number_lines(application=found, lines=_posted_lines(request, found), by=request.user, at=timezone.now())
    except BadInput as error:
        return _page(request, found, refusal=error.message, status=422)
    messages.success(request, "人数已保存")
    return redirect("school:number_application", found.pk)


@require_POST
@requires(P.REQUEST_NUMBERS)
def number_submission(request: HttpRequest, application_id: int) -> HttpResponse:
    """Submit a request to the school's leader."""
    found = number_application_for(request.user, application_id)
    try:
        submit_case(case=found.case, by=request.user, at=timezone.now())
    except RuleViolation:  # the page shows the same findings, each with its clause
        return _page(request, found, refusal="申请不符合规定，没有提交", status=422)
    messages.success(request, "已提交，等待学校负责人审核")
    return redirect("school:number_application", found.pk)


@require_POST
@requires(P.REQUEST_NUMBERS)
def number_withdrawal(request: HttpRequest, application_id: int) -> HttpResponse:
    """Withdraw a request that is not decided."""
    found = number_application_for(request.user, application_id)
    withdraw_case(case=found.case, by=request.user, at=timezone.now(), reason=request.POST.get("reason", ""))
    messages.info(request, "已撤回")
    return redirect("school:number_application", found.pk)


@require_POST
@requires(P.REQUEST_NUMBERS)
def number_return(request: HttpRequest, application_id: int) -> HttpResponse:
    """Give back the granted numbers that are left over, with the reason."""
    found = number_application_for(request.user, application_id)
    reason = request.POST.get("reason", "")
    count = return_granted_numbers(application=found, reason=reason, by=request.user, at=timezone.now())
    messages.success(request, f"已退回 {count} 个编号，不再使用")
    return redirect("school:number_application", found.pk)


def _page(request: HttpRequest, found: NumberApplication, *, refusal: str = "", status: int = 200) -> HttpResponse:
    mine = is_of_school(request.user, found.school_id) and P.REQUEST_NUMBERS in permissions_of(request.user)
    context = {
        "case": found.case,
        "workflow": law_of(found.case).workflow(found.case.kind),
        "programmes": list(found.school.programmes.all()),
        "outcomes": GraduationOutcome.choices,
        "spare": range(SPARE_LINES),
        "refusal": refusal,
        "may_edit": mine and found.case.state in {CaseState.DRAFT, CaseState.RETURNED},
        "may_withdraw": mine and found.case.closed_at is None,
        "may_return": mine and found.case.state == CaseState.APPROVED,
        "events": timeline_of(found, found.case)[::-1][:40],
    }
    return render(request, "school/number_application.html", joined(context, application_context(found)), status=status)


def _posted_lines(request: HttpRequest, found: NumberApplication) -> list[dict[str, Any]]:
    """Return the lines of the form that have a head-count; the programme is chosen by its key."""
    programmes = {str(programme.pk): programme for programme in found.school.programmes.all()}
    columns = [request.POST.getlist(name) for name in _COLUMNS]
    lines = []
    for values in zip_longest(*columns, fillvalue=""):
        line: dict[str, Any] = dict(zip(_COLUMNS, values, strict=True))
        if not line["head_count"].strip():
            continue
        chosen = programmes.get(line.pop("programme"))
        if chosen is None:
            raise BadInput("请为每一行选择专业")
        lines.append({**line, "programme_name": chosen.name, "duration_years": chosen.duration_years})
    return lines
