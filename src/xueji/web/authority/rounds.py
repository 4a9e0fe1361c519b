"""Sealing rounds and who comes when."""

from __future__ import annotations

from itertools import groupby

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from xueji.accounts.permissions import Permission as P
from xueji.core.errors import XuejiError
from xueji.graduation.models import Season
from xueji.institutions.calendars import working_calendar
from xueji.institutions.queries import authorities_visible_to, pick
from xueji.production.actions import open_round
from xueji.production.bookings import displaced
from xueji.production.queries import batches_to_seal, half_days_of, round_for, rounds_visible_to, sealing_progress
from xueji.web.access import requires
from xueji.web.authority.forms import RoundForm
from xueji.web.forms import add_refusal


@require_http_methods(["GET", "POST"])
@requires(P.MANAGE_SEALING)
def rounds(request: HttpRequest) -> HttpResponse:
    """List the rounds; arrange one."""
    seasons = Season.objects.filter(authority__in=authorities_visible_to(request.user))
    form = RoundForm(request.POST or None, seasons=seasons)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            chosen = dict(form.cleaned_data)
            season = pick(seasons, chosen.pop("season"))
            try:
                opened = open_round(season=season, by=request.user, at=timezone.now(), **chosen)
            except XuejiError as error:
                add_refusal(form, error)
                status = error.http_status
            else:
                messages.success(request, f"已安排 {opened.opens_on:%Y-%m-%d} 至 {opened.closes_on:%Y-%m-%d} 验印")
                return redirect("authority:round", opened.pk)
    found = list(rounds_visible_to(request.user))
    progress = sealing_progress(found)
    rows = [(one, progress[one.pk]) for one in found]
    return render(
        request, "authority/rounds.html", {"form": form, "rows": rows, "today": timezone.localdate()}, status=status
    )


@require_GET
@requires(P.MANAGE_SEALING)
def sealing_round(request: HttpRequest, round_id: int) -> HttpResponse:
    """Show the calendar of a round by half-day, and the batches without an appointment."""
    found = round_for(request.user, round_id)
    view = found.season.law
    halves = half_days_of(found, working_calendar(view, found.season.authority))
    days = [(day, list(parts)) for day, parts in groupby(halves, key=lambda half: half.day)]
    unbooked = [batch for batch in batches_to_seal(found) if not hasattr(batch, "appointment")]
    booked = [one for half in halves for one in half.appointments if not half.is_working]
    context = {
        "round": found, "days": days, "unbooked": unbooked, "progress": sealing_progress([found])[found.pk],
        "displaced": displaced(booked),
    }  # fmt: skip
    return render(request, "authority/round.html", context)
