"""The desk and photographs."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from xueji.accounts.permissions import Permission as P
from xueji.accounts.queries import grants_unseen_by
from xueji.cases.models import CaseState
from xueji.cases.queries import queue_counts, queue_of
from xueji.core.errors import NotFound
from xueji.graduation.models import Batch
from xueji.graduation.queries import batches_visible_to, candidate_for
from xueji.graduation.queries.reporting import open_reminders
from xueji.graduation.season_authority import BATCH_KIND
from xueji.institutions.queries import permissions_of, posts_of
from xueji.institutions.queries.area import beginnings_of
from xueji.institutions.queries.deferral import measures_on
from xueji.institutions.queries.inbox import notices_for
from xueji.institutions.queries.staff import grants_to_confirm
from xueji.obligations.queries import obligations_visible_to
from xueji.production.bookings import displaced_for
from xueji.registry.queries.own_records import open_requests_of
from xueji.web.access import requires, signed_in
from xueji.web.guidance import view_for
from xueji.web.listing import stored_answer
from xueji.web.looks import note_photos
from xueji.web.phases import Standing, next_step, state_tag
from xueji.web.shared.queue import waiting_of
from xueji.web.shared.todo import in_hand_of, register_work_of, second_hand_of, todo_of

_ON_DESK = 12
_BOOKINGS = {P.BOOK_SEALING, P.MANAGE_SEALING}
_NOTICES = 3  # on the desk; all stand on the board
_SOON = 2  # working days


@require_GET
@signed_in("everybody's own desk")
def desk(request: HttpRequest) -> HttpResponse:
    """Show what waits for the person today: steps to decide, their school's batches, duties running out."""
    today = timezone.localdate()
    may = permissions_of(request.user)
    steps = queue_of(request.user, today=today) if P.DECIDE_CASES in may else []
    waiting = waiting_of(steps[:_ON_DESK], today)
    context: dict[str, Any] = {
        "today": today,
        "waiting": waiting,
        "waiting_count": sum(queue_counts(request.user).values()) if P.DECIDE_CASES in may else 0,
        "soon": sum(waiting_step.left is not None and 0 <= waiting_step.left <= _SOON for waiting_step in waiting),
        "late": sum(waiting_step.left is not None and waiting_step.left < 0 for waiting_step in waiting),
        "own_grants": grants_unseen_by(request.user, timezone.now()),
        "grants_to_confirm": grants_to_confirm(request.user, timezone.now()),
        "displaced": displaced_for(request.user) if may & _BOOKINGS else [],
        "beginnings": beginnings_of(request.user, today) if P.MANAGE_INSTITUTIONS in may else None,
        "board": [notice for notice in notices_for(request.user) if notice.is_shown_on(today)][:_NOTICES],
        "is_school": any(post.school_id for post in posts_of(request.user)),
    }
    if context["is_school"] and P.CONFIRM_REGISTRATION in may:
        context["second_hand"] = second_hand_of(request.user)
    if context["is_school"] and P.PREPARE_BATCH in may:
        context["in_hand"] = in_hand_of(request.user, may)
    if context["is_school"] and P.VIEW_REGISTER in may:
        context["todo"] = list(register_work_of(request.user, today))
    if context["is_school"] and P.FILE_PARTICULARS_CHANGE in may:
        context["asked_corrections"] = open_requests_of(request.user)
    if not context["is_school"]:
        context["todo"] = list(todo_of(request.user, may))
    if P.VIEW_BATCHES in may and context["is_school"]:
        context |= _of_school(request)
        context["steps_to_come"] = _steps_of_pack(request, today)
    return render(request, "shared/desk.html", context)


@require_GET
@requires(P.VIEW_BATCHES)
def candidate_photo(request: HttpRequest, candidate_id: str) -> HttpResponse:
    """Send the photograph of a graduate the person may see."""
    found = candidate_for(request.user, candidate_id)
    if found.photo is None:
        raise NotFound
    note_photos(request, found.batch, found.batch.school_id)
    return stored_answer(found.photo, "photo.jpg", inline=True)


def _steps_of_pack(request: HttpRequest, today: date) -> str:
    """Return the steps a batch goes through, as the pack of the school calls them; nothing where it knows no batches."""
    view = view_for(request.user, today)
    if view is None or BATCH_KIND not in view.keys("workflow"):
        return ""
    return " → ".join(step.label for step in view.workflow(BATCH_KIND).steps)


def _of_school(request: HttpRequest) -> dict[str, Any]:
    """Return the school's batches under way, each with its next step, and the duties still owed."""
    schools = [post.school_id for post in posts_of(request.user) if post.school_id]
    mine = batches_visible_to(request.user).filter(school__in=schools).exclude(case__state=CaseState.WITHDRAWN)
    batches: list[Batch] = list(mine.select_related("season", "school", "case", "issue").order_by("-id")[:3])
    for batch in batches:
        batch.look = state_tag(batch)
        batch.next = next_step(batch, Standing(batch))
    owed = obligations_visible_to(request.user).filter(done_at=None, school__in=schools)
    overdue = owed.filter(due_on__lt=timezone.localdate()).count()
    return {
        "batches": batches,
        "owed": owed.count(),
        "overdue": overdue,
        "measures": measures_on(schools),
        "reminders": open_reminders(schools),
    }
