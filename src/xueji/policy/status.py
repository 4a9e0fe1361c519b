"""The sections of a pack that speak of student status: durations, changes, evidence, closing days."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from types import MappingProxyType

from xueji.core.packs import Dated
from xueji.core.status_specs import FOLLOWS, ChangeSpec, ClosingSpec, DurationSpec, EvidenceSpec, Interval, SourceSpec
from xueji.core.status_words import ENROLLED, ORIGINS, SCHOOLS_LEFT, STATUSES, STUDY_MODES, TRANSFERRED
from xueji.policy.reading import Section

# questions that the clauses of an entry may leave open, by section: what our reading of each is called
READING_NAMES = {
    "workflows": ("two_hands", "filed", "compulsory"),
    "durations": ("already_adult", "birthday", "half_years"),
    "changes": (
        *STATUSES,
        "graduating_year",
        "graduation",
        "compulsory",
        "across_provinces",
        "same_authority",
        "escalation",
        "moved_in",
        "junior",
    ),
    "closings": ("day_off", "after_it"),
    "issuers": ("summer_of_turn", "seal_contradicts", "outside", "elsewhere"),
    "offices": ("covers",),
    "refusals": ("objection",),
    "papers": ("damaged", "all_lost", "year_2000", "police", "mismatch"),
}
_EVIDENCE_FROM = ("applicant", "school", "police")


def build_duration(key: str, section: Section, dated: Dated, folder: Path) -> DurationSpec:
    """Read a row of durations; it says how long in one way."""
    origins = section.texts("origins")
    if not origins or set(origins) - set(ORIGINS):
        raise section.error("origins", f"choices: {', '.join(ORIGINS)}")
    years = tuple(_interval(pair, section) for pair in section.take("years", list, []))
    terms = section.section("by_term", {}).rest()
    if not all(term.isdigit() and isinstance(years, int | Decimal) for term, years in terms.items()):
        raise section.error("by_term", "should give years by the number of a term")
    by_term = {int(term): Decimal(str(length)) for term, length in terms.items()}
    follows = section.choice("follows", FOLLOWS) if "follows" in section else ""
    longest = section.decimal("longest") if "longest" in section else None
    if sum(map(bool, (years, by_term, follows, longest))) != 1:
        raise section.error("", "says how long by one of years, by_term, follows, longest")
    return DurationSpec(
        key=key,
        label=section.text("label"),
        origins=origins,
        cites=section.cites(),
        years=years,
        by_term=MappingProxyType(by_term),
        follows=follows,
        adult=section.take("adult", bool) if "adult" in section else None,
        study_mode=section.choice("study_mode", STUDY_MODES) if "study_mode" in section else "",
        longest=longest,
    )


def _interval(pair: object, section: Section) -> Interval:
    if not (isinstance(pair, list) and len(pair) == 2 and all(isinstance(end, int | Decimal) for end in pair)):
        raise section.error("years", "should be pairs of least and most")
    least, most = (Decimal(end) for end in pair)
    if not 0 < least <= most:
        raise section.error("years", f"no interval: {least} to {most}")
    return Interval(least, most)


def build_change(key: str, section: Section, dated: Dated, folder: Path) -> ChangeSpec:
    """Read a change of status; every status the notice is silent about has a reading of ours beside it."""
    allowed, silent = section.texts("allowed"), section.section("silent", {}).rest()
    readings = section.names_in("readings")
    if (set(allowed) | set(silent)) - set(STATUSES) or set(allowed) & set(silent):
        raise section.error("allowed", f"each status once, here or in silent; choices: {', '.join(STATUSES)}")
    if not all(isinstance(is_let, bool) for is_let in silent.values()):
        raise section.error("silent", "says of each status whether we let the change start from it")
    if missing := [status for status in silent if status not in readings]:
        raise section.error("readings", f"says nothing of {', '.join(missing)}, where the notice is silent")
    sources = {name: _source(name, source) for name, source in section.section("sources", {}).named()}
    to = section.choice("to", STATUSES) if "to" in section else ""
    workflow, evidence = section.text("workflow"), section.texts("evidence")
    lets = {status: bool(is_let) for status, is_let in silent.items()}
    return ChangeSpec(
        key, allowed, MappingProxyType(lets), to, workflow, evidence, MappingProxyType(sources), section.cites()
    )


def _source(name: str, section: Section) -> SourceSpec:
    if name not in SCHOOLS_LEFT:
        raise section.error("", f"choices: {', '.join(SCHOOLS_LEFT)}")
    to = section.choice("to", (ENROLLED, TRANSFERRED))
    built = SourceSpec(name, section.text("workflow"), section.texts("evidence"), to, section.cites())
    section.close()
    return built


def build_evidence(key: str, section: Section, dated: Dated, folder: Path) -> EvidenceSpec:
    """Read a paper that proves a change."""
    origin = section.choice("from", _EVIDENCE_FROM, _EVIDENCE_FROM[0])
    return EvidenceSpec(key, section.text("label"), origin, section.cites())


def build_closing(key: str, section: Section, dated: Dated, folder: Path) -> ClosingSpec:
    """Read the last day for a spring and an autumn intake, each written «11-20»."""
    label, cites = section.text("label"), section.cites()
    return ClosingSpec(key, label, _month_and_day(section, "spring"), _month_and_day(section, "autumn"), cites)


def _month_and_day(section: Section, name: str) -> tuple[int, int]:
    month, _, day = section.text(name).partition("-")
    if not (month.isdigit() and day.isdigit() and 1 <= int(month) <= 12 and 1 <= int(day) <= 28 + 2 * (month != "02")):
        raise section.error(name, "should be month and day, e.g. 11-20")
    return int(month), int(day)
