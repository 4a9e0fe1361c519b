"""Sealing rounds and who comes when; a round arranged wrongly is moved or cancelled."""

from __future__ import annotations

from itertools import groupby

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from xueji.accounts.permissions import Permission as P
from xueji.core.errors import XuejiError
from xueji.graduation.queries import seasons_below
from xueji.institutions.calendars import working_calendar
from xueji.institutions.queries import pick
from xueji.production.actions import cancel_round, extend_round, move_round, open_round, require_changeable, round_days
from xueji.production.bookings import displaced, sealed_in
from xueji.production.models import SealingAppointment, SealingRound
from xueji.production.queries import half_days_of, issues_to_seal, round_for, rounds_visible_to, sealing_progress
from xueji.production.rights import arranges
from xueji.web.access import requires
from xueji.web.asking import Question, ask, is_confirmed, named
from xueji.web.authority.forms import ExtendRoundForm, MoveRoundForm, RoundForm
from xueji.web.forms import add_refusal, require_valid


@require_http_methods(["GET", "POST"])
@requires(P.MANAGE_SEALING)
def rounds(request: HttpRequest) -> HttpResponse:
    """List the rounds; arrange one."""
    seasons = seasons_below(request.user)
    form = RoundForm(request.POST or None, seasons=seasons)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            chosen = dict(form.cleaned_data)
            season = pick(seasons, chosen.pop("season"))
            try:
                opened = open_round(
                    authority=season.authority, year=season.year, term=season.term, legal_date=season.legal_date,
                    by=request.user, at=timezone.now(), **chosen,
                )  # fmt: skip
            except XuejiError as error:
                add_refusal(form, error)
                status = error.http_status
            else:
                messages.success(request, f"已安排 {opened.opens_on:%Y-%m-%d} 至 {opened.closes_on:%Y-%m-%d} 验印")
                return redirect("authority:round", opened.pk)
    found = list(rounds_visible_to(request.user))
    progress = sealing_progress(found)
    rows = [(sealing_round, progress[sealing_round.pk]) for sealing_round in found]
    return render(
        request, "authority/rounds.html", {"form": form, "rows": rows, "today": timezone.localdate()}, status=status
    )


@require_GET
@requires(P.MANAGE_SEALING)
def sealing_round(request: HttpRequest, round_id: int) -> HttpResponse:
    """Show the calendar of a round by half-day, and the batches without an appointment."""
    found = round_for(request.user, round_id)
    view = found.law
    halves = half_days_of(found, working_calendar(view, found.authority))
    days = [(day, list(parts)) for day, parts in groupby(halves, key=lambda half: half.day)]
    unbooked = [issue for issue in issues_to_seal(found) if not hasattr(issue, "appointment")]
    booked = found.appointments.select_related("issue__school__authority", "issue__case", "issue__authority")
    is_theirs = arranges(request.user, found.authority_id) and not sealed_in(found)
    now = {"opens_on": found.opens_on, "closes_on": found.closes_on, "place": found.place}
    context = {
        "round": found, "days": days, "unbooked": unbooked, "progress": sealing_progress([found])[found.pk],
        "displaced": displaced(booked), "extend_form": _extend_form(request, found), "move_form": MoveRoundForm(initial=now) if is_theirs else None,
    }  # fmt: skip
    return render(request, "authority/round.html", context)


@require_POST
@requires(P.MANAGE_SEALING)
def move(request: HttpRequest, round_id: int) -> HttpResponse:
    """Give a round other days or another place; which schools lose their half-day is said before."""
    found = round_for(request.user, round_id)
    form = MoveRoundForm(request.POST)
    require_valid(form)
    opens_on, closes_on = form.cleaned_data["opens_on"], form.cleaned_data["closes_on"]
    if not is_confirmed(request):
        require_changeable(found, request.user)
        today = timezone.localdate()
        round_days(found, opens_on=opens_on, closes_on=closes_on, today=today)
        leaving = [booking for booking in _bookings(found) if not opens_on <= booking.day <= closes_on]
        lines = [
            ("验印", _named(found)), ("原来", f"{found}，{found.place}"),
            ("改为", f"{opens_on:%Y-%m-%d} 至 {closes_on:%Y-%m-%d}，{form.cleaned_data['place']}"),
            ("须改约的学校", _schools_of(leaving) or "没有"),
        ]  # fmt: skip
        return ask(request, Question("验印改期：请先核对", lines, "确认改期"))
    moved = move_round(round=found, by=request.user, at=timezone.now(), **form.cleaned_data)
    messages.success(request, f"已改为 {opens_on:%Y-%m-%d} 至 {closes_on:%Y-%m-%d} 验印")
    if moved:
        messages.warning(request, f"预约的日子不在新的时间内，请通知改约：{_schools_of(moved)}。学校的工作台也有提示")
    return redirect("authority:round", found.pk)


@require_POST
@requires(P.MANAGE_SEALING)
def extension(request: HttpRequest, round_id: int) -> HttpResponse:
    """Let a round last longer; nobody's half-day moves."""
    found = round_for(request.user, round_id)
    form = ExtendRoundForm(request.POST)
    require_valid(form)
    longer = extend_round(round=found, by=request.user, at=timezone.now(), **form.cleaned_data)
    messages.success(request, f"验印已延长到 {longer.closes_on:%Y-%m-%d}，已有的预约不变")
    return redirect("authority:round", found.pk)


def _extend_form(request: HttpRequest, found: SealingRound) -> ExtendRoundForm | None:
    """Return the form that lengthens a round; None for another office's."""
    return ExtendRoundForm(auto_id="id_longer_%s") if arranges(request.user, found.authority_id) else None


@require_POST
@requires(P.MANAGE_SEALING)
def cancellation(request: HttpRequest, round_id: int) -> HttpResponse:
    """Take a round back, with the bookings in it; which schools that concerns is said before."""
    found = round_for(request.user, round_id)
    if not is_confirmed(request):
        require_changeable(found, request.user)
        lines = [
            ("验印", _named(found)), ("时间地点", f"{found}，{found.place}"),
            ("随之取消的预约", _schools_of(_bookings(found)) or "没有"),
            ("之后", "这一届可以重新安排验印；已取消的预约不会恢复，学校须重新预约"),
        ]  # fmt: skip
        return ask(request, Question("取消验印安排：请先核对", lines, "确认取消安排", is_danger=True))
    booked = cancel_round(round=found, by=request.user, at=timezone.now())
    messages.success(request, f"已取消{_named(found)}的安排")
    if booked:
        messages.warning(request, f"随之取消了预约，请通知学校：{_schools_of(booked)}")
    return redirect("authority:rounds")


def _named(sealing_round: SealingRound) -> str:
    return f"{sealing_round.season_label}{'补验印' if sealing_round.is_late else '验印'}"


def _bookings(sealing_round: SealingRound) -> list[SealingAppointment]:
    return list(sealing_round.appointments.select_related("issue__school").filter(issue__sealed_at=None))


def _schools_of(booked: list[SealingAppointment]) -> str:
    return named([booking.issue.school.name for booking in booked], "所")
