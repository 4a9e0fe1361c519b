"""Which days a certificate may be dated with, by the pack: around the day on which its number is released."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import cast

from xueji.core.findings import Citation, Finding, Severity
from xueji.core.packs import PackView, Reading

WITHIN = "issue_date_within"


@dataclass(frozen=True, slots=True)
class Floor:
    """A day before which no certificate of a batch is dated, and what happens on it."""

    day: date
    words: str
    cites: tuple[Citation, ...] = ()


def issue_date_span(view: PackView, released_on: date, floors: Sequence[Floor] = ()) -> tuple[date, date]:
    """Return the first and the last day who releases may choose; a pack that says nothing dates on the day of release."""
    within = cast("dict[str, int]", view.value_or(WITHIN, {"before": 0, "after": 0}))
    if not within["before"] and not within["after"]:
        return released_on, released_on
    first = released_on - timedelta(days=within["before"])
    return max([first, *(floor.day for floor in floors)]), released_on + timedelta(days=within["after"])


def issue_date_grounds(view: PackView) -> tuple[list[Reading], tuple[Citation, ...]]:
    """Return how the pack is read on the date of issue, and the clauses that stand behind it."""
    readings = view.readings_of(f"values.{WITHIN}")
    return readings, tuple(dict.fromkeys(cite for reading in readings for cite in reading.cites))


def check_issue_date(day: date, view: PackView, released_on: date, floors: Sequence[Floor] = ()) -> list[Finding]:
    """The date of issue lies within the days around the release that the pack lets who releases choose from."""
    first, last = issue_date_span(view, released_on, floors)
    if first <= day <= last:
        return []
    bound = next((floor for floor in floors if floor.day == first), None)
    why = f"（不早于{bound.words}）" if bound and day < first and first != last else ""
    message = f"发证日期 {day.isoformat()} 不在可以选定的 {first.isoformat()} 至 {last.isoformat()} 之内{why}"
    remedy = "请在这一范围内另选一天" if first != last else "发证日期就是核准当日"
    if first > last:
        message, remedy = (
            f"现在还不能确定发证日期：不早于{bound.words if bound else first.isoformat()}",
            "请在该日临近时再核准",
        )
    cites = (*issue_date_grounds(view)[1], *(bound.cites if bound else ()))
    return [Finding("batch.issue_date_chosen", Severity.ERROR, message, "issue_date", remedy=remedy, cites=cites)]
