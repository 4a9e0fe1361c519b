"""What authorities publish: draws that anybody can repeat, rates of schools; of persons only the blacklist, under part of a name."""

from __future__ import annotations

import csv
import io

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from xueji.lookup.blacklist_queries import published_entries, shown_entries
from xueji.lookup.published import (
    METHOD,
    commitments,
    draw_of,
    draws,
    publication_of,
    publications,
    repeats,
    shown_rates,
)
from xueji.web.access import open_to_all
from xueji.web.clauses import shown_clauses

_PAGE = 50
_LONGEST_SEARCH = 60


@require_GET
@open_to_all("draws are public so that anybody can repeat them")
def spot_checks(request: HttpRequest) -> HttpResponse:
    """List draws and the commitments of draws to come."""
    search = request.GET.get("q", "").strip()[:_LONGEST_SEARCH]
    page = Paginator(draws(search), _PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "promised": commitments(search)[:_PAGE], "q": search, "method": METHOD}
    return render(request, "public/spot_checks.html", context)


@require_GET
@open_to_all("draws are public so that anybody can repeat them")
def spot_check(request: HttpRequest, draw_id: int) -> HttpResponse:
    """Show one draw with everything needed to repeat it; graduates stand under codes alone."""
    found = draw_of(draw_id)
    return render(
        request,
        "public/spot_check.html",
        {"check": found, "draw": found.draw, "method": METHOD, "steps": repeats(found.draw)},
    )


@require_GET
@open_to_all("the list of a draw, for repeating it")
def spot_check_list(_request: HttpRequest, draw_id: int) -> HttpResponse:
    """Send the list as it was hashed: one code a line, each line ended."""
    found = draw_of(draw_id)
    answer = HttpResponse(f"{found.draw.codes}\n", content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="list-{found.pk}.txt"'
    return answer


@require_GET
@open_to_all("rates are published for everybody")
def rates(request: HttpRequest) -> HttpResponse:
    """Show the rates of each season as published, with how they are counted."""
    rows = [(publication, shown_rates(publication)) for publication in publications()]
    return render(request, "public/rates.html", {"rows": rows})


@require_GET
@open_to_all("rates are published for everybody")
def rates_csv(_request: HttpRequest, publication_id: int) -> HttpResponse:
    """Send one publication as CSV that spreadsheets open in the right encoding."""
    found = publication_of(publication_id)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["学校", "毕业生数", "取得职业资格证书人数", "取得职业资格证书率", "就业人数", "就业率"])
    for rate in shown_rates(found):
        parts = [rate.certified, rate.certified_rate, rate.employed, rate.employed_rate]
        writer.writerow([rate.school, rate.graduates, *("不公布" if part in (None, "") else part for part in parts)])
    writer.writerow([])
    writer.writerow(
        [
            f"发布时间 {timezone.localdate(found.published_at):%Y-%m-%d}；不足 {found.smallest_group} 人的不公布比率和分项"
        ]
    )
    writer.writerows([line] for line in found.definition.splitlines())
    answer = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="rates-{found.pk}.csv"'
    return answer


@require_GET
@open_to_all("the law has the list published")
def blacklist(request: HttpRequest) -> HttpResponse:
    """List who stands on the blacklist today, as far as the pack has it shown."""
    page = Paginator(published_entries(timezone.localdate()), _PAGE).get_page(request.GET.get("page"))
    rows = shown_entries(page.object_list)
    cites = dict.fromkeys(cite for row in rows for cite in row.cites)
    return render(request, "public/blacklist.html", {"page": page, "rows": rows, "clauses": shown_clauses(cites)})
