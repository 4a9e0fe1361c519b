"""What a graduate who asks is told at once, and what is worth asking them besides: a question whose answer changes nothing is none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from types import MappingProxyType

from xueji.core.decisions.services import IssuerDecision, PaperDecision, decide_issuer, decide_papers
from xueji.core.errors import FactMissing
from xueji.core.intakes import Intake
from xueji.core.months import Month
from xueji.core.packs import PackView, Reading
from xueji.core.service_specs import PROCEDURES, VERIFICATION, PaperSpec
from xueji.core.services.facts import FORMS, HELD, MISMATCHES, SCHOOL_STATES, SEALS, IssuerFacts, PaperFacts
from xueji.core.status.territories import Territory

# question -> the answers it can have; what hangs on none of them is not asked
_ANSWERS: Mapping[str, tuple[object, ...]] = MappingProxyType({
    "sealed_by": SEALS,
    "health_major": (False, True),
    "admission_form": FORMS,
    "admission_office_copy": (True, False),
    "school_status": SCHOOL_STATES,
    "mismatch": ((), *((name,) for name in MISMATCHES)),
    "identity_changed": (False, True),
})  # fmt: skip
# times of entry of which some clause speaks and another does not
_OTHER_TIMES = tuple(Month(year, 9) for year in (1985, 2005, 2010, 2020))
OFFICE, PAPERS, ORIGINS = "office", "papers", "origins"  # what an answer changes


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What somebody answered; None: not asked, or they do not know. The first five are asked of everybody."""

    procedure: str
    category: str
    diploma: str
    entered: Month | None
    place: Territory | None
    graduated: Month | None = None
    duration_years: Decimal | None = None
    programme: str = ""
    sealed_by: str | None = None
    health_major: bool | None = None
    admission_form: str | None = None
    admission_office_copy: bool | None = None
    school_status: str | None = None
    mismatch: tuple[str, ...] | None = None
    identity_changed: bool | None = None

    def issuer_facts(self) -> IssuerFacts:
        """Return what the question of the office hangs on."""
        return IssuerFacts(
            category=self.category, entered=self._intake, entered_month=self.entered, graduated=self.graduated,
            place=self.place, sealed_by=self.sealed_by,
        )  # fmt: skip

    def paper_facts(self) -> PaperFacts:
        """Return what the papers hang on; what nobody said is as it mostly is."""
        return PaperFacts(
            procedure=self.procedure, category=self.category, diploma=self.diploma,
            admission_form=self.admission_form or HELD, admission_office_copy=self.admission_office_copy,
            entered=self._intake, graduated=self.graduated, duration_years=self.duration_years, programme=self.programme,
            health_major=bool(self.health_major), mismatch=self.mismatch or (),
            identity_changed=bool(self.identity_changed), school_status=self.school_status or SCHOOL_STATES[0],
        )  # fmt: skip

    @property
    def _intake(self) -> Intake | None:
        return Intake.parse(str(self.entered)) if self.entered else None


@dataclass(frozen=True, slots=True)
class Further:
    """A question worth asking: `changes` says what hangs on its answer."""

    fact: str
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Advice:
    """What somebody is told: papers and office as far as known, facts without which there is no answer, further questions.

    `spared` are papers that others bring and this case does not need.
    """

    papers: PaperDecision | None
    issuer: IssuerDecision | None
    needed: tuple[str, ...]
    further: tuple[Further, ...]
    spared: tuple[PaperSpec, ...]
    readings: tuple[Reading, ...]


def guide(known: Circumstances, view: PackView) -> Advice:
    """Return what the law answers in these circumstances, and what it would answer otherwise if it knew more."""
    answer = _ask(known, view)
    papers, issuer = answer.papers, answer.issuer
    readings = [*(papers.readings if papers else ()), *(issuer.readings if issuer else ())]
    if issuer is not None and issuer.office is not None and known.procedure == VERIFICATION:
        readings += view.readings_of(f"workflows.{VERIFICATION}")  # the notice names no office for it
    if papers is not None and papers.refused:
        readings += view.readings_of(f"issuers.{known.category}", "elsewhere")
    further = tuple(_further(known, view)) if papers and not papers.refused else ()
    spared = tuple(_spared(known, papers, view)) if papers and not papers.refused else ()
    return Advice(papers, issuer, answer.needed, further, spared, tuple(dict.fromkeys(readings)))


@dataclass(frozen=True, slots=True)
class _Answer:
    papers: PaperDecision | None
    issuer: IssuerDecision | None
    needed: tuple[str, ...]

    @property
    def office(self) -> object:
        return self.issuer and self.issuer.office and self.issuer.office.key

    @property
    def lines(self) -> object:
        return self.papers and (self.papers.refused, [(p.spec.key, p.copies, p.any_of) for p in self.papers.papers])


def _ask(known: Circumstances, view: PackView) -> _Answer:
    needed: dict[str, None] = {}
    papers, issuer = None, None
    try:
        papers = decide_papers(known.paper_facts(), view)
    except FactMissing as missing:
        needed[missing.fact] = None
    try:
        issuer = decide_issuer(known.issuer_facts(), view)
    except FactMissing as missing:
        if papers is None or not papers.refused:
            needed[missing.fact] = None
    return _Answer(papers, issuer, tuple(needed))


def _further(known: Circumstances, view: PackView) -> Iterator[Further]:
    """Yield the questions on whose answer something hangs, the others being as they are."""
    for fact, choices in _ANSWERS.items():
        answers = [_ask(replace(known, **{fact: choice}), view) for choice in (*choices, getattr(known, fact))]
        changes = []
        if any(answer.office != answers[0].office for answer in answers):
            changes.append(OFFICE)
        if any((answer.lines, answer.needed) != (answers[0].lines, answers[0].needed) for answer in answers):
            changes.append(PAPERS)
        if fact == "school_status" and any(_is_of_school(answer) for answer in answers):
            changes.append(ORIGINS)
        if changes:
            yield Further(fact, tuple(changes))


def _is_of_school(answer: _Answer) -> bool:
    return answer.papers is not None and any(paper.spec.origin == "school" for paper in answer.papers.papers)


def _spared(known: Circumstances, decision: PaperDecision, view: PackView) -> Iterator[PaperSpec]:
    """Yield the papers that others bring, who came at another time or for the other service, and this case does not need."""
    asked = {key for paper in decision.papers for key in (paper.spec.key, *paper.any_of)}
    others = [replace(known, entered=month) for month in _OTHER_TIMES]
    others += [replace(known, procedure=procedure) for procedure in PROCEDURES]
    for other in others:
        answer = _ask(other, view)
        for paper in answer.papers.papers if answer.papers else ():
            if paper.spec.key not in asked:
                asked.add(paper.spec.key)
                yield paper.spec
