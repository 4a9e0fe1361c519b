"""From rows of the database to the facts that rules read, and back to text for sealing."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count

from xueji.certificates.models import CertificateState
from xueji.core.facts import GraduateFacts, RegisterFacts, RegisterLineFacts, Surroundings
from xueji.core.graduation import is_for_completion
from xueji.core.months import Month
from xueji.core.packs import PackView
from xueji.graduation.models import Batch, Candidate, CandidateState, GraduationOutcome
from xueji.graduation.models import RegisterLine as StatedLine
from xueji.institutions.models import Programme
from xueji.registry.queries import resident_id_of
from xueji.statements import Slot, Statement

LIVE = (CandidateState.LISTED, CandidateState.MARKED, CandidateState.APPROVED)


_COUNTS = Statement(
    lambda: (
        Candidate.objects.filter(batch=Slot("batch"), state__in=LIVE)
        .order_by()
        .values_list("programme_name", "duration_years", "certificate__state")
        .annotate(Count("pk"))
    )
)
_PROGRAMMES = Statement(
    lambda: Programme.objects.filter(school=Slot("school")).order_by().values_list("name", "duration_years")
)
_STATED = Statement(lambda: StatedLine.objects.filter(batch=Slot("batch")))


def facts_of_candidate(candidate: Candidate) -> GraduateFacts:
    """Return a candidate (with its person) as the rules read it, the ID number in full."""
    person = candidate.person
    return GraduateFacts(
        resident_id=resident_id_of(person),
        id_document_type=person.id_document_type,
        name=candidate.name,
        sex=candidate.sex,
        birth_date=candidate.birth_date,
        political_status=candidate.political_status,
        ethnicity=person.ethnicity or None,
        programme=candidate.programme_name,
        duration_years=candidate.duration_years,
        study_mode=candidate.study_mode,
        entry_month=Month.parse(candidate.entry_month),
        graduation_month=Month.parse(candidate.graduation_month),
        overall_mark=candidate.overall_mark,
        conduct_mark=candidate.conduct_mark,
        internship_mark=candidate.internship_mark,
        remark=candidate.remark or None,
        specialisation=candidate.specialisation or None,
        details=candidate.details,
    )


def outcome_of(facts: GraduateFacts, view: PackView) -> GraduationOutcome:
    """Return which certificate a row is for: completion where the school enters it so in a word of the pack."""
    return GraduationOutcome.COMPLETION if is_for_completion(facts, view) else GraduationOutcome.GRADUATION


def surroundings_of(batch: Batch) -> Surroundings:
    """Return what rules may know besides the row: season, school, its programmes with their durations."""
    durations: dict[str, set[Decimal]] = {}
    for name, years in _PROGRAMMES.rows(school=batch.school_id):
        durations.setdefault(name, set()).add(years)
    return Surroundings(
        season_year=batch.season.year,
        season_term=batch.season.term,
        programmes=frozenset(durations),
        durations_by_programme={name: frozenset(years) for name, years in durations.items()},
        on=batch.case.legal_date,
    )


def register_of(batch: Batch) -> RegisterFacts:
    """Return the register as the rules of S1-21 read it: what the school states, the counts of the graduates themselves.

    Before numbers are released graduated and sealed are the list; afterwards sealed are those whose certificate stands.
    """
    graduated: Counter[tuple[str, Decimal]] = Counter()
    sealed: Counter[tuple[str, Decimal]] = Counter()
    without = (CertificateState.VOID,) if batch.issue.numbered_at is None else (CertificateState.VOID, None)
    for programme, years, state, count in _COUNTS.rows(batch=batch.pk):
        graduated[programme, years] += count
        sealed[programme, years] += 0 if state in without else count
    stated = {(line.programme_name, line.duration_years): line for line in _STATED.rows(batch=batch.pk)}
    lines = tuple(
        RegisterLineFacts(
            programme,
            duration_years=years,
            level=line.education_level if (line := stated.get((programme, years))) else "",
            planned=line.planned if line else None,
            admitted=line.admitted if line else None,
            graduated=graduated[programme, years],
            sealed=sealed[programme, years],
            remark=line.remark if line else "",
        )
        for programme, years in sorted({*stated, *graduated})
    )
    return RegisterFacts(lines, roster_count=sealed.total())


def to_text(facts: GraduateFacts) -> str:
    """Return facts as JSON, to be sealed until the list is confirmed."""
    values = {f.name: getattr(facts, f.name) for f in fields(facts)}
    texts = {k: None if v is None else str(v) for k, v in values.items()} | {"details": dict(facts.details)}
    return json.dumps(texts, ensure_ascii=False)


def from_text(text: str) -> GraduateFacts:
    """Return the facts of `to_text`."""
    values: dict[str, Any] = json.loads(text)
    readers: dict[str, Callable[[str], Any]] = {
        "birth_date": date.fromisoformat,
        "duration_years": Decimal,
        "entry_month": Month.parse,
        "graduation_month": Month.parse,
    }
    return GraduateFacts(**{k: readers[k](v) if v is not None and k in readers else v for k, v in values.items()})


def roster_order(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Return candidates as the roster lists them, and as numbers are given: by programme, then as filed."""
    return sorted(candidates, key=lambda c: (c.programme_name, c.duration_years, c.ordinal))
