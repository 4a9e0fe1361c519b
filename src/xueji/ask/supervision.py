"""Questions about supervision: an item of the negative list, the rating of a school."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from xueji.ask.facts import LATEST, Facts, count, day, flag, names, only, word
from xueji.ask.replies import Answer, reply
from xueji.core.decisions.supervision import (
    RATINGS,
    RatingDecision,
    RatingFacts,
    decide_listed,
    decide_rating,
    standing_of,
)
from xueji.core.errors import BadInput
from xueji.core.findings import Citation
from xueji.core.packs import Pack, PackView
from xueji.core.status.negative import ACTIVITIES, ITEM_FACTS, ListedFacts
from xueji.core.status_words import STATUSES, STUDY_MODES

_MOST_YEARS = 20
_RATING_FACTS = ("hits", "violation", "grave_error", "found", "standing")


def answer_supervision(pack: Pack, facts: Facts) -> Answer:
    """Return whether an item of the negative list is hit; null where the facts are not enough."""
    item = word(facts, "item", ITEM_FACTS)
    only(facts, ("item", *ITEM_FACTS[item], "on"))
    on = day(facts, "on")
    view = pack.on(on or LATEST)
    read = {name: _READERS.get(name, flag)(facts, name) for name in ITEM_FACTS[item]}
    decision = decide_listed(ListedFacts(item=item, on=on, **read), view)
    answer = {"hit": decision.hit, "item": item, "name": decision.name}
    return reply(view, answer, decision.cites, decision.findings, decision.readings)


def _years(facts: Facts, key: str) -> tuple[int, ...] | None:
    """Return a head-count for each year, the oldest first."""
    values = facts.get(key)
    if values is None:
        return None
    if not isinstance(values, list) or len(values) > _MOST_YEARS:
        raise BadInput(f"「{key}」应为各年人数的列表，由远到近；现为 {values!r}")
    counts = [count({key: value}, key, least=0) for value in values]
    if None in counts:
        raise BadInput(f"「{key}」应为各年人数的列表，由远到近；现为 {values!r}")
    return tuple(count for count in counts if count is not None)


def _optional(choices: tuple[str, ...]) -> Callable[[Facts, str], str | None]:
    return lambda facts, key: None if facts.get(key) is None else word(facts, key, choices)


_READERS: dict[str, Callable[[Facts, str], Any]] = {
    "reminders": lambda facts, key: count(facts, key, least=0),
    "missed_checks": lambda facts, key: count(facts, key, least=0),
    "differing": lambda facts, key: count(facts, key, least=0),
    "total": count,
    "absent_since": day,
    "study_mode": _optional(STUDY_MODES),
    "status": _optional(STATUSES),
    "activity": _optional(ACTIVITIES),
    "intake": _years,
    "enrolled": _years,
}


def answer_rating(pack: Pack, facts: Facts) -> Answer:
    """Return the rating that follows from a year, or what the present one means."""
    only(facts, (*_RATING_FACTS, "current", "on"))
    view = pack.on(day(facts, "on") or LATEST)
    if "current" in facts:
        if given := [name for name in _RATING_FACTS if name in facts]:
            raise BadInput(f"「current」单独给出；同时给了 {names(given)}")
        return _rated(view, standing_of(word(facts, "current", RATINGS), view))
    hits = facts.get("hits", [])
    if not isinstance(hits, list) or not all(isinstance(item, str) for item in hits):
        raise BadInput('「hits」应为负面清单项目的列表，如 ["FM3"]；没有触犯的为 []')
    if not any(name in facts for name in _RATING_FACTS):
        raise BadInput(
            "请给出「hits」「violation」「grave_error」，或单独给出「current」；「found」「standing」是查出过、没有消除的事项数"
        )
    known = RatingFacts(
        hits, bool(flag(facts, "violation")), bool(flag(facts, "grave_error")), count(facts, "found", least=0),
        count(facts, "standing", least=0),
    )  # fmt: skip
    return _rated(view, decide_rating(known, view))


def _rated(view: PackView, decision: RatingDecision) -> Answer:
    of_measures = [cite for measure in view.every("measure", object) for cite in getattr(measure, "cites", ())]
    standard = [cite for reading in view.readings_of("values.rating_standard") for cite in reading.cites]
    cites: list[Citation] = list(dict.fromkeys([*standard, *of_measures]))
    answer = {
        "rating": decision.rating,
        "custody_possible": decision.custody_possible,
        "next_year": [measure.label for measure in decision.next_year],
    }
    return reply(view, answer, cites, (), decision.readings)
