"""Which papers a graduate brings (二（二）, 三): one list, from what they have and what the archives hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import cast

from xueji.core.intakes import Intake
from xueji.core.months import Month
from xueji.core.packs import PackView, Reading
from xueji.core.service_specs import REPLACEMENT, PaperSpec
from xueji.core.services.facts import DAMAGED, PaperFacts
from xueji.core.status.facts import required

COUNTERSEAL = "health_counterseal"
_OFFICE, _LOST_PROOF, _LIST = "admission_form_office", "admission_form_lost_proof", "list_confirmed"
_MISMATCH_PAPERS = {"birth_date": "school_mismatch_birth", "name": "school_mismatch_name"}


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper that is asked for: how many copies, and instead of which others it may be brought."""

    spec: PaperSpec
    copies: int = 1
    any_of: tuple[str, ...] = ()


@dataclass(slots=True)
class _List:
    """The papers gathered so far, with the readings they rest on."""

    view: PackView
    papers: list[Paper] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)

    def spec(self, key: str) -> PaperSpec:
        return self.view.entry("paper", key, PaperSpec)

    def add(self, key: str, copies: int = 1, any_of: tuple[str, ...] = ()) -> None:
        self.papers.append(Paper(self.spec(key), copies, any_of))

    def read(self, key: str, name: str) -> None:
        self.readings += self.view.readings_of(f"papers.{key}", name)


def papers_for(facts: PaperFacts, view: PackView) -> tuple[tuple[Paper, ...], tuple[Reading, ...]]:
    """Return the papers of an application in the order of the notice, and our readings of what it leaves open.

    BadInput names a fact that a clause needs and nobody gave.
    """
    found = _List(view)
    found.add("id_card")
    found.add("portrait_red")
    if facts.procedure == REPLACEMENT:
        found.add("attestation")
        found.add("attestation_portrait")
        _add_counterseal(facts, found)
    else:
        found.add("diploma_or_replacement")
        if facts.diploma == DAMAGED:
            found.read("diploma_or_replacement", "damaged")
    copies = _add_form(facts, found)
    if facts.procedure != REPLACEMENT:
        found.add("truth_commitment", copies)
    for key in _mismatch_papers(facts):
        found.add(key)
    if facts.mismatch and facts.procedure == REPLACEMENT:
        found.read("police_change", "mismatch")
    if facts.identity_changed and set(facts.mismatch) & set(_MISMATCH_PAPERS):
        found.read("police_change", "police")
    return tuple(found.papers), tuple(found.readings)


def _add_form(facts: PaperFacts, found: _List) -> int:
    """Add the admission form, or what stands in its place; return how many copies of the commitment that makes."""
    if facts.procedure == REPLACEMENT and _is_exempt(facts, found.spec("admission_form")):
        return 1
    if facts.has_form:
        found.add("admission_form")
        return 1
    if facts.procedure != REPLACEMENT and facts.has_diploma:
        return _instead_of_form(facts, found)
    _instead_of_both(facts, found)
    return 1


def _is_exempt(facts: PaperFacts, form: PaperSpec) -> bool:
    """Whether the form need not be shown: who entered in the years named (二（二）2(3))."""
    entered = required(facts, "entered", Intake)
    since, until = (Intake.parse(str(form.limits[name])) for name in ("exempt_from", "exempt_until"))
    return since <= entered <= until


def _is_kept_at_office(facts: PaperFacts, found: _List) -> bool:
    """Whether the admission office may hold a copy of the form of such a graduate."""
    return facts.category in cast("list[str]", found.spec(_OFFICE).limits["categories"])


def _instead_of_form(facts: PaperFacts, found: _List) -> int:
    """Add what a holder of the diploma brings whose form is gone (三（二）2(1))."""
    copy = facts.admission_office_copy if _is_kept_at_office(facts, found) else False
    if copy:
        found.add(_OFFICE)
        return 1
    if copy is None:  # the office has not been asked: either
        found.add(_OFFICE, any_of=(_OFFICE, _LOST_PROOF))
    found.add(_LOST_PROOF)
    return 2


def _instead_of_both(facts: PaperFacts, found: _List) -> None:
    """Add what somebody brings whose diploma and form are gone (三（二）2(2))."""
    if not _is_kept_at_office(facts, found):
        found.read(_LIST, "all_lost")
        found.add(_LIST)
        return
    if facts.diploma == DAMAGED:
        found.read(_LIST, "damaged")
    entered = required(facts, "entered", Intake)
    limits = found.spec(_LIST).limits
    is_in_gap = cast("int", limits["gap_from"]) <= entered.year <= cast("int", limits["gap_until"])
    if is_in_gap or facts.admission_office_copy is False:
        found.add(_LIST)
    elif facts.admission_office_copy:
        found.add(_OFFICE)
    else:
        found.add(_OFFICE, any_of=(_OFFICE, _LIST))
        found.add(_LIST)


def _add_counterseal(facts: PaperFacts, found: _List) -> None:
    """Add the health authority's seal where the programme, its length and the year ask for it (二（二）1)."""
    spec = found.spec(COUNTERSEAL)
    if not is_health_programme(spec, facts.category, facts.programme, is_health=facts.health_major):
        return
    graduated, years = required(facts, "graduated", Month), required(facts, "duration_years", Decimal)
    if graduated.year == spec.limits["graduated_after"]:
        found.read(COUNTERSEAL, "year_2000")
    if is_counterseal_asked(spec, graduated, years):
        found.add(COUNTERSEAL)


def is_health_programme(spec: PaperSpec, category: str, programme: str, *, is_health: bool) -> bool:
    """Whether the clause of the health authority's seal speaks of such a school and programme; its list of programmes is open."""
    listed = programme in cast("list[str]", spec.limits["programmes"])
    return category in cast("list[str]", spec.limits["categories"]) and (is_health or listed)


def is_counterseal_asked(spec: PaperSpec, graduated: Month, years: Decimal) -> bool:
    """Whether length and year of a health programme are those of the clause."""
    is_late = graduated.year > cast("int", spec.limits["graduated_after"])
    return is_late and years in cast("list[int]", spec.limits["durations"])


def _mismatch_papers(facts: PaperFacts) -> Iterator[str]:
    """Yield what explains that papers and archive differ (三（三）)."""
    by_police = facts.identity_changed and set(facts.mismatch) & set(_MISMATCH_PAPERS)
    if by_police:
        yield "police_change"
    for name in facts.mismatch:
        if name == "programme":
            yield "transfer_form_or_school_proof"
        elif not by_police:
            yield _MISMATCH_PAPERS[name]
