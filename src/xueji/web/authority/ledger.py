"""The ledger for auditors: filtered, newest first, paged by id."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from xueji.accounts.permissions import Permission as P
from xueji.institutions.queries import events_visible_to, school_names
from xueji.institutions.queries.searching import events_of_schools
from xueji.ledger.models import Event
from xueji.ledger.queries import search_events
from xueji.ledger.tags import EventTag
from xueji.web.access import requires
from xueji.web.authority.forms import LedgerFilter
from xueji.web.history import label_of, shown_events
from xueji.web.list_export import MOST, ExportColumn, ListExport, list_answer, wants_workbook

SIZE = 50


@require_GET
@requires(P.READ_LEDGER)
def ledger(request: HttpRequest) -> HttpResponse:
    """Show events. Paged by id, not by number of page: the ledger grows while it is being read."""
    form = LedgerFilter(request.GET)
    chosen = form.cleaned_data if form.is_valid() else dict.fromkeys(form.fields, "")
    found = search_events(
        events_visible_to(request.user), tags=[chosen["tag"]] if chosen["tag"] else (), actor=chosen["actor"],
        subject=chosen["subject"], since=_start(chosen["since"]), until=_start(chosen["until"], days=1),
    )  # fmt: skip
    if words := chosen["school"].strip():
        found = events_of_schools(found, request.user, words)
    if wants_workbook(request):
        return _workbook(request, found)
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit():
        found = found.filter(pk__lt=int(before[:18]))
    events = list(found[: SIZE + 1])
    shown = events[:SIZE]
    schools = school_names(event.school_id for event in shown)
    rows = [
        {"event": event, "school": schools.get(event.school_id, ""), **look}
        for event, look in zip(shown, shown_events(shown), strict=True)
    ]
    kept = request.GET.copy()
    kept.pop("before", None)
    context = {
        "form": form, "rows": rows, "next": shown[-1].pk if len(events) > SIZE else None, "query": kept.urlencode(),
        "is_later": bool(before),
    }  # fmt: skip
    return render(request, "authority/ledger.html", context)


def _workbook(request: HttpRequest, found: QuerySet[Event]) -> FileResponse:
    """Send events as a workbook, as they stand on the page: that the ledger was taken is itself in it."""
    events = list(found[: MOST + 1])
    schools = school_names(event.school_id for event in events)
    columns = [
        ExportColumn("号", lambda event: event.pk, 10),
        ExportColumn("时间", lambda event: event.at, 18),
        ExportColumn("事项", label_of, 20),
        ExportColumn("办理人", lambda event: event.actor_label),
        ExportColumn("对象", lambda event: event.subject_label, 28),
        ExportColumn("学校", lambda event: schools.get(event.school_id or 0, ""), 28),
        ExportColumn("说明", lambda event: event.note, 60),
    ]
    export = ListExport("履历", columns, EventTag.LEDGER_EXPORTED)
    return list_answer(request, export, events, of=request.user)


def _start(day: date | str | None, *, days: int = 0) -> datetime | None:
    """Return midnight of a day here, `days` later; nothing for an empty field."""
    if not isinstance(day, date):
        return None
    return timezone.make_aware(datetime.combine(day + timedelta(days=days), time.min))
