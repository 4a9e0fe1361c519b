"""Which row of the durations is somebody's, and the years it comes to (S2 第十条, 第十二条第三款)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from xueji.core.errors import BadInput
from xueji.core.intakes import Age
from xueji.core.packs import PackView, Reading
from xueji.core.status.facts import StudyFacts, required
from xueji.core.status_specs import DurationSpec, Interval
from xueji.core.status_words import ORIGINS

_ADULT = 18
SHORTEST = Decimal("0.5")
# questions the clauses leave open, each with a reading beside its row
ROW_READINGS = ("already_adult", "birthday", "half_years")


@dataclass(frozen=True, slots=True)
class Durations:
    """The rows that count, the years they allow before anything is taken off, and the readings they rest on."""

    rows: tuple[DurationSpec, ...]
    intervals: tuple[Interval, ...]
    readings: tuple[Reading, ...]


def durations_of(facts: StudyFacts, view: PackView) -> Durations:
    """Return how long somebody may study; BadInput where the pack has no row for them, or a fact is missing it needs."""
    rows = [row for row in view.every("duration", DurationSpec) if facts.origin in row.origins]
    if not rows:
        raise BadInput(f"政策包 {view.pack.id} {view.when}没有「{ORIGINS[facts.origin]}」的学制规定")
    fitting = [row for row in rows if row.study_mode in ("", facts.study_mode)]
    saying = next((row for row in fitting if row.longest is None and _is_for(row, facts)), None)
    if saying is None:
        raise BadInput(f"政策包 {view.pack.id} 没有适用的学制规定，请核对「origin」「birth_date」「study_mode」")
    stretching = [row for row in fitting if row.longest is not None][:1]
    intervals = _years_of(saying, facts)
    for row in stretching:
        assert row.longest is not None
        intervals = tuple(Interval(interval.least, row.longest) for interval in intervals)
    readings = [reading for row in (saying, *stretching) for reading in view.readings_of(f"durations.{row.key}")]
    return Durations((saying, *stretching), intervals, (*readings, *_readings_of_age(saying, facts, view)))


def _age(facts: StudyFacts) -> Age | None:
    return Age.on(facts.entered.first_of_september(), facts.birth_date) if facts.birth_date else None


def _is_for(row: DurationSpec, facts: StudyFacts) -> bool:
    """Whether a row is for somebody of this age; whether who comes some other way is grown up decides all."""
    if row.adult is None:
        return True
    if facts.origin == "other":
        required(facts, "birth_date", date)
    age = _age(facts)
    return (age is not None and age.years >= _ADULT) == row.adult


def _readings_of_age(row: DurationSpec, facts: StudyFacts, view: PackView) -> Iterator[Reading]:
    age = _age(facts)
    if age is None or row.adult is None:
        return
    if age.years == _ADULT and age.is_birthday:
        yield from view.readings_of(f"durations.{row.key}", "birthday")
    if facts.origin == "junior_high_graduate" and row.adult:
        yield from view.readings_of(f"durations.{row.key}", "already_adult")


def _years_of(row: DurationSpec, facts: StudyFacts) -> tuple[Interval, ...]:
    if row.by_term:
        term = required(facts, "junior_term", int)
        years = row.by_term.get(term)
        return (Interval(years, years),) if years is not None else ()
    if row.follows:
        if row.follows == "approved_duration" and facts.approved is False:
            return ()
        stated = required(facts, row.follows, Decimal)
        return (Interval(stated, stated),)
    return row.years


def shortened(intervals: tuple[Interval, ...], early: Decimal) -> tuple[Interval, ...]:
    """Return the intervals of somebody who graduates earlier; half a year is the least there is."""
    return tuple(
        Interval(max(interval.least - early, SHORTEST), interval.most - early)
        for interval in intervals
        if interval.most - early > 0
    )
