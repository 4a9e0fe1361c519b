"""The negative list (负面清单, S2 第二十一条): when a matter counts as hit, as far as what is known decides it.

Each judgement is true, false, or None where too little is known; a fact that was not looked into is None as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from xueji.core.intakes import months_after
from xueji.core.status_words import ENROLLED, FULL_TIME

ACTIVITIES = ("enrol", "teach", "none")
_YEARS_RUNNING = 2
Known = bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFacts:
    """What was found at a school, for one item of the list; None: not looked into."""

    item: str
    on: date | None = None
    id_card_agrees: Known = None
    household_agrees: Known = None
    residence_permit_agrees: Known = None
    school_licensed: Known = None
    programme_on_file: Known = None
    affiliate: Known = None
    advert_agrees: Known = None
    belief_agrees: Known = None
    duplicate: Known = None
    attending: Known = None
    explained: Known = None
    reminders: int | None = None
    reported: Known = None
    refuses_deletion: Known = None
    study_mode: str | None = None
    status: str | None = None
    leave_granted: Known = None
    absent_since: date | None = None
    missed_checks: int | None = None
    differing: int | None = None
    total: int | None = None
    site_on_record: Known = None
    activity: str | None = None
    filed: Known = None
    registered_nationally: Known = None
    licensed: Known = None
    intake: tuple[int, ...] | None = None
    enrolled: tuple[int, ...] | None = None


def _not(value: Known) -> Known:
    return None if value is None else not value


def _all(*values: Known) -> Known:
    if False in values:
        return False
    return None if None in values else True


def _any(*values: Known) -> Known:
    return _not(_all(*map(_not, values)))


def _reaches(value: int | None, least: int) -> Known:
    return None if value is None else value >= least


def documents_of(facts: ListedFacts) -> tuple[bool, ...]:
    """Return what the papers of a person that were looked at say."""
    looked_at = (facts.id_card_agrees, facts.household_agrees, facts.residence_permit_agrees)
    return tuple(agrees for agrees in looked_at if agrees is not None)


def false_registration(facts: ListedFacts, _limits: Mapping[str, int]) -> Known:
    """FM1: a document of the person contradicts what was filed; one that agrees is enough where none contradicts."""
    found = documents_of(facts)
    return not all(found) if found else None


def unfiled_admission(facts: ListedFacts, _limits: Mapping[str, int]) -> Known:
    """FM2: no licence, a programme not on file, another institution's admission under one's name, misleading words."""
    right = (
        facts.school_licensed,
        facts.programme_on_file,
        _not(facts.affiliate),
        facts.advert_agrees,
        facts.belief_agrees,
    )
    return _not(_all(*right))


def kept_duplicate(facts: ListedFacts, limits: Mapping[str, int]) -> Known:
    """FM3: registered elsewhere too, and either absent without a reason or not cleared after so many reminders."""
    absent = _all(_not(facts.attending), _not(facts.explained))
    ignored = _all(_reaches(facts.reminders, limits["reminders"]), _any(_not(facts.reported), facts.refuses_deletion))
    return _all(facts.duplicate, _any(absent, ignored))


def empty_status(facts: ListedFacts, limits: Mapping[str, int]) -> Known:
    """FM4: full-time and enrolled, without leave away for longer than so many months, or in several checks."""
    is_long = None
    if facts.absent_since is not None and facts.on is not None:
        is_long = facts.on > months_after(facts.absent_since, limits["months"])
    full_time = None if facts.study_mode is None else facts.study_mode == FULL_TIME
    enrolled = None if facts.status is None else facts.status == ENROLLED
    away = _any(is_long, _reaches(facts.missed_checks, limits["checks"]))
    return _all(full_time, enrolled, _not(facts.leave_granted), away)


def differing_systems(facts: ListedFacts, limits: Mapping[str, int]) -> Known:
    """FM5: more than so many of a hundred differ between the two systems."""
    if facts.differing is None or facts.total is None:
        return None
    return facts.differing * 100 > limits["percent"] * facts.total


def unfiled_site(facts: ListedFacts, _limits: Mapping[str, int]) -> Known:
    """FM6: admission or teaching at a site that is not on record."""
    active = None if facts.activity is None else facts.activity != "none"
    return _all(_not(facts.site_on_record), active)


def students_without_status(facts: ListedFacts, _limits: Mapping[str, int]) -> Known:
    """FM7: not filed, yet registered nationally or at school."""
    return _all(_not(facts.filed), _any(facts.registered_nationally, facts.attending))


def too_few_admitted(facts: ListedFacts, limits: Mapping[str, int]) -> Known:
    """FM8: a licensed school with too small an intake, or too few enrolled, two years running."""
    few = _any(_is_low(facts.intake, limits["intake"]), _is_low(facts.enrolled, limits["enrolled"]))
    return _all(facts.licensed, few)


def _is_low(years: tuple[int, ...] | None, least: int) -> Known:
    if years is None or len(years) < _YEARS_RUNNING:
        return None
    return any(max(pair) < least for pair in pairwise(years))


JUDGES: Mapping[str, Callable[[ListedFacts, Mapping[str, int]], Known]] = {
    "FM1": false_registration, "FM2": unfiled_admission, "FM3": kept_duplicate, "FM4": empty_status,
    "FM5": differing_systems, "FM6": unfiled_site, "FM7": students_without_status, "FM8": too_few_admitted,
}  # fmt: skip
ITEM_FACTS: Mapping[str, tuple[str, ...]] = {
    "FM1": ("id_card_agrees", "household_agrees", "residence_permit_agrees"),
    "FM2": ("school_licensed", "programme_on_file", "affiliate", "advert_agrees", "belief_agrees"),
    "FM3": ("duplicate", "attending", "explained", "reminders", "reported", "refuses_deletion"),
    "FM4": ("study_mode", "status", "leave_granted", "absent_since", "missed_checks"),
    "FM5": ("differing", "total"),
    "FM6": ("site_on_record", "activity"),
    "FM7": ("filed", "registered_nationally", "attending"),
    "FM8": ("licensed", "intake", "enrolled"),
}
