"""The ledger for auditors: filtered, newest first, paged by id."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from xueji.accounts.permissions import Permission as P
from xueji.institutions.queries import events_visible_to, school_names
from xueji.ledger.queries import search_events
from xueji.web.access import requires
from xueji.web.authority.forms import LedgerFilter
from xueji.web.history import shown_events

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


def _start(day: date | str | None, *, days: int = 0) -> datetime | None:
    """Return midnight of a day here, `days` later; nothing for an empty field."""
    if not isinstance(day, date):
        return None
    return timezone.make_aware(datetime.combine(day + timedelta(days=days), time.min))
