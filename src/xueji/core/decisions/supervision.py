"""Whether an item of the negative list is hit, and what rating follows (S2 第二十一至二十三条)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from xueji.core.errors import BadInput
from xueji.core.facts import Surroundings
from xueji.core.findings import Citation, Finding
from xueji.core.obligations import MeasureSpec, measures_of
from xueji.core.packs import PackView, Reading, RuleSwitch
from xueji.core.rules.registry import run_rules
from xueji.core.status.negative import JUDGES, ListedFacts, documents_of

RATINGS = ("A", "B", "C", "D")
_WORST = "D"


@dataclass(frozen=True, slots=True)
class ListedDecision:
    """Whether an item is hit: true, false, or None where the facts are not enough."""

    hit: bool | None
    name: str
    findings: tuple[Finding, ...]
    cites: tuple[Citation, ...]
    readings: tuple[Reading, ...]


def decide_listed(facts: ListedFacts, view: PackView) -> ListedDecision:
    """Decide by the pack; BadInput for an item its list does not have."""
    if not view.rules("supervision"):
        raise BadInput(f"政策包 {view.pack.id} {view.when}没有负面清单的规定")
    names = view.table("negative_list")
    switch = next(
        (rule for rule in view.rules("supervision") if rule.rule == f"supervision.{facts.item.lower()}"), None
    )
    if facts.item not in names or switch is None:
        raise BadInput(f"负面清单没有「{facts.item[:20]}」；可用：{'、'.join(names)}")
    findings = tuple(finding for _, finding in run_rules(view, "supervision", facts, Surroundings()))
    judged = JUDGES[facts.item](facts, cast("Mapping[str, int]", switch.params))
    hit = True if findings else judged
    readings = _readings(facts, switch, view, is_hit=bool(hit))
    return ListedDecision(hit, names[facts.item], findings, switch.cites, tuple(readings))


def _readings(facts: ListedFacts, switch: RuleSwitch, view: PackView, *, is_hit: bool) -> list[Reading]:
    """Return our reading of an item where it mattered to the answer."""
    of_rule = view.readings_of(f"rules.{switch.rule}")
    if facts.item == "FM1" and len(set(documents_of(facts))) > 1:
        return of_rule
    is_early_refusal = facts.refuses_deletion and (facts.reminders or 0) < cast(
        "int", switch.params.get("reminders", 0)
    )
    if facts.item == "FM3" and is_early_refusal and not is_hit:
        return of_rule
    return of_rule if facts.item == "FM4" and facts.missed_checks else []


@dataclass(frozen=True, slots=True)
class RatingDecision:
    """A school's rating, whether somebody else may look after its systems, and what is done the year after."""

    rating: str | None
    custody_possible: bool
    next_year: tuple[MeasureSpec, ...]
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class RatingFacts:
    """What is known of a school over the years a rating looks at; None: not counted.

    `hits` were confirmed; `found` are the matters that were found and stayed past the school's own days, `standing` those of
    them that are not cleared.
    """

    hits: Sequence[str] = ()
    violation: bool = False
    grave_error: bool = False
    found: int | None = None
    standing: int | None = None

    @property
    def is_vetoed(self) -> bool:
        """Whether one matter alone is enough for the lowest."""
        return bool(self.hits or self.violation or self.grave_error)


def decide_rating(facts: RatingFacts, view: PackView) -> RatingDecision:
    """Return the rating that follows from a year: one hit, violation or grave error is enough for the lowest.

    Which of the others it is the notice leaves to a standard «announced separately»: where the matters were counted, the pack's
    draft, which people decide about; else None. Both with our reading.
    """
    _require_standard(view)
    if unknown := [item for item in facts.hits if item not in view.table("negative_list")]:
        raise BadInput(f"负面清单没有「{'、'.join(unknown)[:60]}」；可用：{'、'.join(view.table('negative_list'))}")
    if facts.is_vetoed:
        return standing_of(_WORST, view)
    assert view.value("rating_standard") == "announced"  # no standard of ours: there is none to apply
    if facts.found is None or facts.standing is None or "rating_draft" not in view.keys("value"):
        return RatingDecision(None, False, (), tuple(view.readings_of("values.rating_standard")))
    limits = cast("Mapping[str, int]", view.value("rating_draft"))
    draft = "C"
    if facts.standing <= limits["standing_of_b"]:
        draft = "A" if facts.found <= limits["found_of_a"] else "B"
    readings = (*view.readings_of("values.rating_standard"), *view.readings_of("values.rating_draft"))
    return RatingDecision(draft, False, (), readings)


def _require_standard(view: PackView) -> None:
    if "rating_standard" not in view.keys("value"):
        raise BadInput(f"政策包 {view.pack.id} {view.when}没有评级的规定")


def standing_of(rating: str, view: PackView) -> RatingDecision:
    """Return what a rating means: custody lasts until it is better than the lowest."""
    _require_standard(view)
    is_worst = rating == _WORST
    measures = tuple(measure for measure in measures_of(view) if measure.is_next_year) if is_worst else ()
    return RatingDecision(rating, is_worst, measures, ())
