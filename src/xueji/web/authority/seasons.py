"""Graduating classes (届、季) and the days the notices set for them."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from xueji.accounts.permissions import Permission as P
from xueji.core.errors import XuejiError
from xueji.graduation.actions import open_season
from xueji.graduation.models import Season
from xueji.institutions.queries import authorities_visible_to, posts_of
from xueji.web.access import requires
from xueji.web.authority.forms import SeasonForm
from xueji.web.forms import add_refusal


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
    found = Season.objects.filter(authority__in=authorities_visible_to(request.user)).select_related("authority")
    counted = found.annotate(
        batches_n=Count("batches"),
        approved_n=Count("batches", filter=Q(batches__numbered_at__isnull=False)),
        sealed_n=Count("batches", filter=Q(batches__sealed_at__isnull=False)),
    )
    rows = [(season, windows_of(season)) for season in counted]
    return render(request, "authority/seasons.html", {"form": form, "rows": rows}, status=status)


def windows_of(season: Season) -> list[object]:
    """Return the windows of a season in its pack."""
    return list(season.law.windows(season.year, season.term))
