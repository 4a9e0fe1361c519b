"""Coming to have diplomas sealed: booking a half-day; the duties that follow."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from xueji.accounts.permissions import Permission as P
from xueji.cases.law import law_of
from xueji.core.calendar import days_left_until
from xueji.core.errors import BadInput, Conflict, NotFound, RuleViolation
from xueji.graduation.models import Batch
from xueji.graduation.queries import batch_for, batches_visible_to
from xueji.institutions.calendars import Calendars, working_calendar
from xueji.institutions.queries import pick
from xueji.institutions.queries.deferral import deferral_of
from xueji.obligations.actions import fulfil_obligation
from xueji.obligations.queries import obligations_visible_to
from xueji.production.actions import book_appointment, cancel_appointment
from xueji.production.bookings import displaced, displaced_for
from xueji.production.queries import appointment_of_issue, half_days_of, round_of
from xueji.web.access import requires
from xueji.web.forms import add_refusal, posted
from xueji.web.guidance import guidance_for, terms_owed, to_come
from xueji.web.listing import page_of
from xueji.web.school.batches import own_schools, state_tag
from xueji.web.school.forms import BookingForm, DutyForm


@require_GET
@requires(P.BOOK_SEALING)
def appointments(request: HttpRequest) -> HttpResponse:
    """List the school's numbered batches with their appointments."""
    found = batches_visible_to(request.user).filter(school__in=own_schools(request), issue__numbered_at__isnull=False)
    found = found.select_related("season", "school", "case", "issue__appointment__round", "issue__sealing").order_by(
        "-id"
    )
    page = page_of(request, found)
    why = {booking.appointment.issue_id: f"{booking.why}，须改约" for booking in displaced_for(request.user)}
    for batch in page.object_list:
        batch.displaced = why.get(batch.issue_id)
    return render(request, "school/appointments.html", {"page": page})


@require_http_methods(["GET", "POST"])
@requires(P.BOOK_SEALING)
def batch_sealing(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Show round, appointment and outcome of a batch's sealing; book a half-day."""
    batch = batch_for(request.user, batch_id)
    sealing_round = round_of(batch.issue_at_hand)
    halves = half_days_of(sealing_round, working_calendar(batch.law, sealing_round.authority)) if sealing_round else []
    form = BookingForm(posted(request), halves=halves, today=timezone.localdate())
    if request.method == "POST" and sealing_round and form.is_valid():
        try:
            book_appointment(
                issue=batch.issue_at_hand, round=sealing_round, by=request.user, at=timezone.now(), **form.cleaned_data
            )
        except (RuleViolation, BadInput, Conflict) as error:
            add_refusal(form, error)
        else:
            messages.success(request, "预约成功：请按时前来，须带的材料见本页")
            return redirect("school:sealing", batch.pk)
    booked = appointment_of_issue(batch.issue_at_hand)
    context = {
        "batch": batch,
        "look": state_tag(batch),
        "round": sealing_round,
        "form": form,
        "halves": [half for half in halves if half.day >= timezone.localdate()],
        "to_come": to_come(batch.law, batch),
        "missed": guidance_for(batch.law, "missed_sealing"),
        "appointment": booked,
        "displaced": displaced([booked] if booked else []),
        "session": _session(batch),
        "deferral": deferral_of(batch.school, "sealing"),
        "active": "sealing",
    }
    return render(request, "school/sealing.html", context, status=422 if form.is_bound else 200)


@require_POST
@requires(P.BOOK_SEALING)
def cancellation(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Give the half-day back."""
    batch = batch_for(request.user, batch_id)
    booked = appointment_of_issue(batch.issue_at_hand)
    if booked is None:
        raise NotFound
    cancel_appointment(appointment=booked, by=request.user, at=timezone.now())
    messages.info(request, "已取消预约")
    return redirect("school:sealing", batch.pk)


@require_GET
@requires(P.REPORT_DUTIES)
def duties(request: HttpRequest) -> HttpResponse:
    """List what the school owes after sealing, with the working days left (S1-16)."""
    owed = obligations_visible_to(request.user).filter(school__in=own_schools(request))
    page = page_of(request, owed.select_related("case__batch__season").order_by("done_at", "due_on", "id"))
    today = timezone.localdate()
    calendars = Calendars()
    for obligation in page.object_list:
        days = calendars.of(law_of(obligation.case), obligation.school.authority)
        obligation.left = None if obligation.done_at else days_left_until(obligation.due_on, today, days)
    terms = terms_owed(dict.fromkeys(law_of(obligation.case) for obligation in page.object_list), "seal")
    return render(request, "school/duties.html", {"page": page, "today": today, "terms": terms})


@require_POST
@requires(P.REPORT_DUTIES)
def duty(request: HttpRequest, duty_id: int) -> HttpResponse:
    """Report a duty done."""
    found = pick(obligations_visible_to(request.user), duty_id)
    form = DutyForm(request.POST)
    if not form.is_valid():
        raise BadInput("说明过长，请控制在 200 字以内")
    fulfil_obligation(obligation=found, evidence=form.cleaned_data["note"], by=request.user, at=timezone.now())
    messages.success(request, f"已报备完成：{found.label}")
    return redirect("school:duties")


def _session(batch: Batch) -> object:
    return getattr(batch.issue, "sealing", None)
