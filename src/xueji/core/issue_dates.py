"""Which days a certificate may be dated with, by the pack: around the day on which its number is released."""

from __future__ import annotations

from datetime import date, timedelta
from typing import cast

from xueji.core.findings import Citation, Finding, Severity
from xueji.core.packs import PackView, Reading

WITHIN = "issue_date_within"


def issue_date_span(view: PackView, released_on: date) -> tuple[date, date]:
    """Return the first and the last day who releases may choose; a pack that says nothing dates on the day of release."""
    within = cast("dict[str, int]", view.value_or(WITHIN, {"before": 0, "after": 0}))
    return released_on - timedelta(days=within["before"]), released_on + timedelta(days=within["after"])


def issue_date_grounds(view: PackView) -> tuple[list[Reading], tuple[Citation, ...]]:
    """Return how the pack is read on the date of issue, and the clauses that stand behind it."""
    readings = view.readings_of(f"values.{WITHIN}")
    return readings, tuple(dict.fromkeys(cite for reading in readings for cite in reading.cites))


def check_issue_date(day: date, view: PackView, released_on: date) -> list[Finding]:
    """The date of issue lies within the days around the release that the pack lets who releases choose from."""
    first, last = issue_date_span(view, released_on)
    if first <= day <= last:
        return []
    message = f"发证日期 {day.isoformat()} 不在可以选定的 {first.isoformat()} 至 {last.isoformat()} 之内"
    remedy = "请在这一范围内另选一天" if first != last else "发证日期就是核准当日"
    cites = issue_date_grounds(view)[1]
    return [Finding("batch.issue_date_chosen", Severity.ERROR, message, "issue_date", remedy=remedy, cites=cites)]
