"""Who has reported the graduates of a season and who has not; those are reminded, and find it on their desk."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from xueji.accounts.permissions import Permission as P
from xueji.graduation.actions import remind_schools
from xueji.graduation.models import Batch
from xueji.graduation.queries import season_for
from xueji.graduation.queries.reporting import Reporting, reporting_of, seasons_watched
from xueji.web.access import requires
from xueji.web.authority.forms import ReminderForm, ReportingFilter
from xueji.web.forms import require_valid
from xueji.web.list_export import ExportColumn, ListExport, list_answer, wants_workbook
from xueji.web.listing import page_of
from xueji.web.phases import state_tag


@dataclass(frozen=True, slots=True)
class ReportingRow:
    """A school on the page: how it stands, for a tag."""

    reporting: Reporting
    look: tuple[str, str]


@require_GET
@requires(P.WATCH_DUTIES)
def reporting(request: HttpRequest) -> HttpResponse:
    """List the schools of a season by how far they are; only those that are awaited unless all are asked for."""
    seasons = seasons_watched(request.user)
    season = next((s for s in seasons if str(s.pk) == request.GET.get("season")), seasons[0] if seasons else None)
    shows_all = request.GET.get("show") == "all"
    rows = reporting_of(request.user, season) if season else []
    awaited = [row for row in rows if row.is_awaited]
    if season and wants_workbook(request):
        export = ListExport(f"{season.label}上报情况", _COLUMNS)
        return list_answer(request, export, rows if shows_all else awaited, of=season.authority)
    page = page_of(request, rows if shows_all else awaited)
    page.object_list = [ReportingRow(row, _look(row.batch)) for row in page.object_list]
    choices = [(s.pk, f"{s.label}（{s.authority.short_name}）") for s in seasons]
    form = ReportingFilter(
        initial={"season": season.pk if season else None, "show": "all" if shows_all else ""}, seasons=choices
    )
    context = {
        "season": season, "page": page, "form": form, "total": len(rows), "awaited": len(awaited),
        "unopened": sum(row.batch is None for row in awaited), "reminder_form": ReminderForm(),
    }  # fmt: skip
    return render(request, "authority/reporting.html", context)


@require_POST
@requires(P.WATCH_DUTIES)
def reminding(request: HttpRequest, season_id: int) -> HttpResponse:
    """Remind the schools that were ticked."""
    found = season_for(request.user, season_id)
    form = ReminderForm(request.POST)
    require_valid(form)
    schools = {int(key) for key in request.POST.getlist("ids") if key.isdecimal()}
    count = remind_schools(
        season=found, schools=schools, note=form.cleaned_data["note"], by=request.user, at=timezone.now()
    )
    messages.success(request, f"已催办 {count} 所学校，提醒出现在学校的工作台，直到提交")
    return redirect("authority:reporting")


def _batch_state(row: Reporting) -> str:
    return _look(row.batch)[1]


_COLUMNS = (
    ExportColumn("学校", lambda row: row.school.name, 32),
    ExportColumn("学校标识码", lambda row: row.school.code),
    ExportColumn("主管部门", lambda row: row.school.authority.name, 24),
    ExportColumn("状态", _batch_state, 18),
    ExportColumn("提交时间", lambda row: row.batch.case.submitted_at if row.batch else None, 18),
    ExportColumn("最近催办", lambda row: row.reminder.at if row.reminder else None, 18),
    ExportColumn("催办人", lambda row: row.reminder.by if row.reminder else ""),
)


def _look(batch: Batch | None) -> tuple[str, str]:
    return state_tag(batch) if batch is not None else ("draft", "未建立批次")
