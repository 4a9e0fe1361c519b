"""The register in figures: charts and a table by status, school and programme, each leading to the list it counts."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from xueji.accounts.permissions import Permission as P
from xueji.institutions.queries import permissions_of
from xueji.registry.models import EnrolmentStatus
from xueji.registry.queries.figures import figures_of_programmes, figures_of_schools
from xueji.web import charts
from xueji.web.access import requires
from xueji.web.charts import Series
from xueji.web.listing import page_of

_SCHOOLS, _LETTERS = 12, 7


@require_GET
@requires(P.SEE_STATISTICS)
def register_figures(request: HttpRequest) -> HttpResponse:
    """Show how many students there are by status, school and programme; who may see the register goes on to the list."""
    schools, programmes = figures_of_schools(request.user), figures_of_programmes(request.user)
    leads = P.VIEW_REGISTER in permissions_of(request.user)
    largest = schools[:_SCHOOLS]
    statuses = [(status, sum(row.by_status[status] for row in schools)) for status in EnrolmentStatus]
    shown = [(status, count) for status, count in statuses if count]
    context = {
        "page": page_of(request, schools), "leads": leads, "schools": len(schools),
        "active": sum(row.active for row in schools), "suspended": sum(row.suspended for row in schools),
        "total": sum(row.total for row in schools),
        "by_status": charts.bars(
            "各种学籍状态的人数", [status.label for status, _ in shown], [Series("学生", [count for _, count in shown])],
            links=[_list(status=str(status)) for status, _ in shown] if leads else (),
        ),
        "by_school": charts.bars(
            "在籍学生最多的学校", [row.name[:_LETTERS] for row in largest],
            [Series("在读", [row.studying for row in largest]), Series("休学", [row.suspended for row in largest])],
            links=[_list(school=str(row.school_id)) for row in largest] if leads else (),
        ),
        "by_programme": charts.bars(
            "在籍学生最多的专业", [name[:_LETTERS] for name, _ in programmes],
            [Series("学生", [count for _, count in programmes])],
            links=[_list(programme=name) for name, _ in programmes] if leads else (),
        ),
    }  # fmt: skip
    return render(request, "shared/register_figures.html", context)


def _list(**chosen: str) -> str:
    return f"{reverse('students')}?{urlencode(chosen)}"
