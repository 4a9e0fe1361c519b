"""The law in force: sources with their clauses, values, readings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from xueji import policy as library_of
from xueji.core.calendar import Clock
from xueji.core.days import DAYS, refusal_of_day
from xueji.core.errors import NotFound
from xueji.core.obligations import EFFECTS, OCCASIONS, WITHHELD, MeasureSpec, ObligationSpec, measures_of
from xueji.core.pack_keys import VALUES
from xueji.core.packs import BlankSpec, NumberingSpec, Pack, PackView, Quotation, RuleSwitch, StageSpec, Window
from xueji.core.section_labels import SECTION_LABELS
from xueji.core.term_checks import every_window
from xueji.core.workflow import WorkflowSpec
from xueji.institutions.queries import pack_over, posts_of
from xueji.institutions.queries.area import packs_to_read
from xueji.web.access import signed_in
from xueji.web.clauses import yielding_texts


@require_GET
@signed_in("the law is open to every member of staff")
def policy(request: HttpRequest) -> HttpResponse:
    """Show one pack as in force on a day."""
    packs = packs_to_read(fictional=not settings.PRODUCTION)
    pack = library_of.get_library().pack(request.GET["pack"]) if request.GET.get("pack") else _own_pack(request)
    if pack not in packs:
        raise NotFound
    day, refusal = _day(request.GET.get("on", ""))
    if refusal:
        messages.warning(request, f"{refusal}；下面是今天有效的规定")
    view = pack.on(day)
    context = {
        "pack": pack, "packs": packs, "day": day, "sources": view.sources.values(),
        "yielding": yielding_texts(view), "readings": view.readings, "rules": _of(view, "rule", RuleSwitch), "clocks": _of(view, "clock", Clock),
        "workflows": _of(view, "workflow", WorkflowSpec), "numberings": _of(view, "numbering", NumberingSpec),
        "values": [(VALUES[key].decides, _words(value, VALUES[key].words)) for key, value in view.items.get("value", {}).items()],
        "quotations": _of(view, "quotation", Quotation), "obligations": _obligations(view), "measures": _measures(view),
        "windows": _windows(pack, day), "stages": _stages(view), "blanks": _of(view, "blank", BlankSpec),
        "sections": {SECTION_LABELS.get(kind, kind): len(items) for kind, items in view.items.items()},
        "days": DAYS["law"].span(timezone.localdate()),
    }  # fmt: skip
    return render(request, "authority/policy.html", context)


def _own_pack(request: HttpRequest) -> Pack:
    """Return the pack of the person's own place, or the first there is."""
    for post in posts_of(request.user):
        place = post.authority or (post.school.authority if post.school else None)
        if place:
            return pack_over(place)
    return min(library_of.get_library().packs(), key=lambda p: p.id)


def _day(typed: str) -> tuple[date, str | None]:
    """Return the day that is asked for, or today with the reason when that day cannot be meant."""
    today = timezone.localdate()
    if not typed:
        return today, None
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        return today, "日期应写成 2019-07-01 的样子"
    refusal = refusal_of_day("law", day, today)
    return (day, None) if refusal is None else (today, refusal)


def _of(view: PackView, kind: str, shape: type[Any]) -> list[Any]:
    return [item for item in view.items.get(kind, {}).values() if isinstance(item, shape)]


def _obligations(view: PackView) -> list[tuple[ObligationSpec, Clock, str, str]]:
    """Return what is owed, each with its term, after what, and what is done once it is done."""
    owed = _of(view, "obligation", ObligationSpec)
    return [(spec, view.clock(spec.clock), OCCASIONS[spec.after], EFFECTS.get(spec.effect, "")) for spec in owed]


def _measures(view: PackView) -> list[tuple[MeasureSpec, str]]:
    """Return the measures, each with what it withholds, in words."""
    return [(measure, "、".join(WITHHELD[name] for name in measure.withholds)) for measure in measures_of(view)]


def _windows(pack: Pack, day: date) -> list[Window]:
    """Return the periods of the classes around a day: a pack may set the same days for twenty years."""
    return [window for window in every_window(pack) if abs(window.season_year - day.year) <= 1]


def _stages(view: PackView) -> list[tuple[StageSpec, list[str]]]:
    """Return the stages a batch goes through, each with the labels of those that come before it."""
    stages = view.process().stages if view.keys("process") else ()
    labels = {stage.key: stage.label for stage in stages}
    return [(stage, [labels[key] for key in stage.after]) for stage in stages]


def _words(value: object, known: Mapping[str, str]) -> str:
    """Write a value of a pack for people: lists and tables without the brackets, choices without the words of the program."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Mapping):
        return "；".join(f"{known.get(key, key)}：{_words(part, known)}" for key, part in value.items())
    if isinstance(value, list):
        return "、".join(_words(part, known) for part in value) or "无"
    return known.get(str(value), str(value))
