"""What a rating of a year is computed from: the findings of that year and the ones before it, school by school, in one statement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import cast

from django.db.models import Q
from django.utils import timezone

from xueji.core.decisions.supervision import RatingFacts
from xueji.core.packs import PackView
from xueji.institutions.models import Authority, School
from xueji.supervision.models import ListedFinding

State = ListedFinding.State


@dataclass(slots=True)
class YearFigures:
    """By figure and item the keys of the findings behind it; the same findings give the same figures."""

    by_figure: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    def note(self, figure: str, item: str, key: str) -> None:
        """Count a finding."""
        self.by_figure.setdefault(figure, {}).setdefault(item, []).append(key)

    def take(self, other: YearFigures) -> None:
        """Count all of another, of a school below an office."""
        for figure, by_item in other.by_figure.items():
            for item, keys in by_item.items():
                self.by_figure.setdefault(figure, {}).setdefault(item, []).extend(keys)

    @property
    def facts(self) -> RatingFacts:
        """What the rule is asked."""
        found, standing = (sum(map(len, self.by_figure.get(figure, {}).values())) for figure in ("found", "standing"))
        return RatingFacts(sorted(self.by_figure.get("confirmed", {})), found=found, standing=standing)


def figures_of_schools(schools: Iterable[int], year: int, view: PackView, on: date) -> Mapping[int, YearFigures]:
    """Return the figures of schools for a rating year, as their authorities may know them on a day.

    Confirmed are those that two people found true in these years; found, those that stayed past the school's own days and
    were not dropped, those found true only after these years among them; standing, those not cleared on the day, however old.
    """
    first = date(year - cast("int", view.value("rating_years")) + 1, 1, 1)
    last = min(date(year, 12, 31), on)
    figures = {school: YearFigures() for school in schools}
    rows = (
        ListedFinding.objects.filter(school__in=figures)
        .exclude(state=State.DROPPED)
        .filter(Q(shown_on__lte=last) | ~Q(state=State.OPEN))
        .filter(Q(shown_on__gte=first) | Q(ended_at=None) | Q(decided_at__date__gte=first))
        .order_by("began_on", "pk")
    )
    for row in rows.only("school_id", "item", "state", "shown_on", "ended_at", "decided_at").iterator():
        _note(figures[row.school_id], row, first, last)
    return figures


def figures_below(place: School | Authority, year: int, view: PackView, on: date) -> YearFigures:
    """Return the figures of one school, or of all schools below an office together."""
    if isinstance(place, School):
        return figures_of_schools([place.pk], year, view, on)[place.pk]
    schools = School.objects.filter(authority__path__startswith=place.path).order_by("pk")
    total = YearFigures()
    for figures in figures_of_schools(schools.values_list("pk", flat=True), year, view, on).values():
        total.take(figures)
    return total


def _note(figures: YearFigures, row: ListedFinding, first: date, last: date) -> None:
    key = str(row.pk)
    if row.state == State.CONFIRMED and row.decided_at is not None:
        decided_on = timezone.localdate(row.decided_at)
        if decided_on <= last:  # one found true later is, of these years, a finding like any other
            if first <= decided_on:
                figures.note("confirmed", row.item, key)
            return
    if row.shown_on > last:
        return
    ended_on = None if row.ended_at is None else timezone.localdate(row.ended_at)
    if ended_on is None:
        figures.note("standing", row.item, key)
    is_cleared_in_time = row.state == State.OPEN and ended_on is not None and ended_on < row.shown_on
    if not is_cleared_in_time and first <= row.shown_on <= last:
        figures.note("found", row.item, key)
