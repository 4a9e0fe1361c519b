"""Graduating classes (届、季) and the days the notices set for them."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from xueji.accounts.permissions import Permission as P
from xueji.core.errors import XuejiError
from xueji.graduation.actions import amend_season, close_season, open_season, remove_season, reopen_season
from xueji.graduation.models import Season
from xueji.graduation.queries import counted_seasons, empty_seasons, opens_seasons, season_for
from xueji.institutions.queries import posts_of
from xueji.web.access import requires
from xueji.web.asking import Question, ask, is_confirmed
from xueji.web.authority.forms import LegalDateForm, SeasonForm
from xueji.web.forms import add_refusal, require_valid


@dataclass(frozen=True, slots=True)
class SeasonRow:
    """A class on the page of its authority: its days, and what the person may do with it."""

    season: Season
    windows: list[object]
    is_empty: bool  # nothing stands in it: it may be taken back
    is_ours: bool

    @property
    def form(self) -> LegalDateForm | None:
        """The form that puts its legal date right; None once a batch stands under it."""
        may = self.is_ours and not self.season.batches_n
        given = {"legal_date": self.season.legal_date}
        return LegalDateForm(initial=given, auto_id=f"id_%s_{self.season.pk}") if may else None


@require_http_methods(["GET", "POST"])
@requires(P.MANAGE_SEASONS)
def seasons(request: HttpRequest) -> HttpResponse:
    """List the seasons with their windows and batches; open one."""
    today = timezone.localdate()
    form = SeasonForm(request.POST or None, initial={"year": today.year, "legal_date": today, "term": "autumn"})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            authority = next(post.authority for post in posts_of(request.user) if post.authority)
            try:
                season = open_season(authority=authority, by=request.user, at=timezone.now(), **form.cleaned_data)
            except XuejiError as error:
                add_refusal(form, error)
                status = error.http_status
            else:
                messages.success(request, f"已开设 {season.label}")
                return redirect("authority:seasons")
    counted = counted_seasons(request.user)
    empty = empty_seasons(request.user)
    rows = [
        SeasonRow(season, windows_of(season), season.pk in empty, opens_seasons(request.user, season.authority_id))
        for season in counted
    ]
    return render(request, "authority/seasons.html", {"form": form, "rows": rows}, status=status)


@require_POST
@requires(P.MANAGE_SEASONS)
def removal(request: HttpRequest, season_id: int) -> HttpResponse:
    """Take back a class opened by mistake, in which nothing stands yet."""
    found = season_for(request.user, season_id)
    if not is_confirmed(request) and found.pk in empty_seasons(request.user):
        lines = [
            ("届次", found.label), ("验印机关", found.authority.name), ("适用日期", f"{found.legal_date:%Y-%m-%d}"),
            ("之后", "这一届还没有任何记录，删除后可以按正确的年份、适用日期重新开设；删除记入办理履历"),
        ]  # fmt: skip
        return ask(request, Question(f"删除{found.label}：请先核对", lines, "确认删除", is_danger=True))
    remove_season(season=found, by=request.user, at=timezone.now())
    messages.success(request, f"已删除{found.label}")
    return redirect("authority:seasons")


@require_POST
@requires(P.MANAGE_SEASONS)
def closing(request: HttpRequest, season_id: int) -> HttpResponse:
    """Close a class for schools that have not opened a batch, once that was asked; or let them again."""
    found = season_for(request.user, season_id)
    if found.closed_at is not None:
        reopen_season(season=found, by=request.user, at=timezone.now())
        messages.success(request, f"已恢复{found.label}的上报")
        return redirect("authority:seasons")
    if not is_confirmed(request):
        lines = [
            ("届次", found.label), ("验印机关", found.authority.name),
            ("之后", "还没有建立批次的学校不能再建立；已有的批次照常办理到底。需要时可以恢复"),
        ]  # fmt: skip
        return ask(request, Question(f"截止{found.label}的上报：请先核对", lines, "确认截止"))
    close_season(season=found, by=request.user, at=timezone.now())
    messages.success(request, f"已截止{found.label}的上报")
    return redirect("authority:seasons")


@require_POST
@requires(P.MANAGE_SEASONS)
def amending(request: HttpRequest, season_id: int) -> HttpResponse:
    """Give a class without batches the legal date it was meant to have."""
    found = season_for(request.user, season_id)
    form = LegalDateForm(request.POST)
    require_valid(form)
    amended = amend_season(season=found, by=request.user, at=timezone.now(), **form.cleaned_data)
    messages.success(request, f"{amended.label}的适用日期已改为 {amended.legal_date:%Y-%m-%d}")
    return redirect("authority:seasons")


def windows_of(season: Season) -> list[object]:
    """Return the windows of a season in its pack."""
    return list(season.law.windows(season.year, season.term))
