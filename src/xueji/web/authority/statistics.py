"""Figures of a season: progress of schools, programmes, years, returns."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from xueji.accounts.permissions import Permission as P
from xueji.cases.queries import cases_ever_returned
from xueji.graduation.models import Batch, Season
from xueji.graduation.queries import (
    batches_counted_by,
    graduates_by_season,
    graduates_in,
    largest_programmes,
    seasons_counted_by,
)
from xueji.lookup.queries import daily_outcomes
from xueji.web import charts
from xueji.web.access import requires
from xueji.web.charts import Series

_STAGES = ("已验印", "已编号", "审核中", "已退回", "未提交")


@require_GET
@requires(P.SEE_STATISTICS)
def statistics(request: HttpRequest) -> HttpResponse:
    """Show the figures of a season over the schools within the person's reach."""
    seasons = seasons_counted_by(request.user)
    season = next((s for s in seasons if str(s.pk) == request.GET.get("season")), seasons[0] if seasons else None)
    context: dict[str, Any] = {"seasons": seasons, "season": season}
    if season is not None:
        context |= _figures(request, season, seasons)
    return render(request, "authority/statistics.html", context)


def _figures(request: HttpRequest, season: Season, seasons: list[Season]) -> dict[str, Any]:
    batches = batches_counted_by(request.user, season)
    programmes = largest_programmes(batches)
    per_county: dict[str, Counter[str]] = {}
    for batch in batches:
        per_county.setdefault(batch.school.authority.short_name, Counter())[_stage(batch)] += 1
    names = sorted(per_county)
    lookups = daily_outcomes(at=timezone.now())
    return {
        "schools": len(batches),
        "graduates": graduates_in(batches),
        "sealed": sum(batch.issue.sealed_at is not None for batch in batches),
        "returned": cases_ever_returned(batch.case_id for batch in batches),
        "progress": charts.bars("各县（市、区）批次进度", names, [Series(stage, [per_county[n][stage] for n in names]) for stage in _STAGES]),
        "shares": charts.donut("批次状态", [(stage, sum(c[stage] for c in per_county.values())) for stage in _STAGES]),
        "programmes": charts.bars("毕业生最多的专业", [p[:7] for p, _ in programmes], [Series("毕业生", [n for _, n in programmes])]),
        "years": _years(request, seasons),
        "lookups": charts.bars("公众查验（近十四天）", [d[5:] for d in lookups], [
            Series("相符", [v["found"] for v in lookups.values()]), Series("不符", [v["not_found"] for v in lookups.values()]),
            Series("超限", [v["limited"] for v in lookups.values()]),
        ]) if lookups else None,
    }  # fmt: skip


def _stage(batch: Batch) -> str:
    if batch.issue.sealed_at:
        return "已验印"
    if batch.issue.numbered_at:
        return "已编号"
    return {"draft": "未提交", "returned": "已退回"}.get(batch.case.state, "审核中")


def _years(request: HttpRequest, seasons: list[Season]) -> Any:
    """Return the graduates of each season as a line, oldest first."""
    counts = graduates_by_season(request.user, seasons)
    ordered = sorted(seasons, key=lambda s: (s.year, s.term != "spring"))[-8:]
    return charts.lines(
        "历届毕业生人数",
        [s.label.replace("届", "") for s in ordered],
        [Series("毕业生", [counts.get(s.pk, 0) for s in ordered])],
    )
