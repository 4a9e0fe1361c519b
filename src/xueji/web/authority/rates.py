"""Rates of certificates and employment: a look before they are published, and publishing them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from xueji.accounts.permissions import Permission as P
from xueji.graduation.models import Season
from xueji.graduation.queries import seasons_visible_to
from xueji.graduation.records.actions import may_publish_rates, publish_rates
from xueji.graduation.records.rates import count_rates, definition_of, publishes_rates
from xueji.institutions.queries import pick
from xueji.web.access import requires
from xueji.web.guidance import guidance_for


@require_GET
@requires(P.MANAGE_SEASONS)
def rates(request: HttpRequest) -> HttpResponse:
    """List the seasons whose pack has rates published: as counted now, and what was published."""
    rows = [_row(season, request) for season in seasons_visible_to(request.user) if publishes_rates(season.law)]
    return render(request, "authority/rates.html", {"rows": rows})


@require_POST
@requires(P.MANAGE_SEASONS)
def publication(request: HttpRequest, season_id: int) -> HttpResponse:
    """Publish the rates of a season as they stand."""
    season = pick(seasons_visible_to(request.user), season_id)
    made = publish_rates(season=season, by=request.user, at=timezone.now())
    messages.success(request, f"已发布 {season.label} {made.lines.count()} 所学校的取得证书率和就业率")
    return redirect("authority:rates")


def _row(season: Season, request: HttpRequest) -> dict[str, Any]:
    view = season.law
    return {
        "season": season, "counted": count_rates(season, view), "definition": definition_of(view),
        "last": season.rate_publications.select_related("published_by").first(),
        "guidance": guidance_for(view, "published_rates"), "may_publish": may_publish_rates(season, request.user),
    }  # fmt: skip
