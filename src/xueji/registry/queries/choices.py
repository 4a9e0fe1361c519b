"""Before anything is typed: which changes chosen students may have, by which clause, who will decide, on which papers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from xueji.core.findings import Finding
from xueji.core.packs import PackView, Reading
from xueji.core.status.facts import RouteStep
from xueji.core.status_specs import ChangeSpec, EvidenceSpec
from xueji.institutions.models import School
from xueji.registry.models import Enrolment
from xueji.registry.queries.open_applications import open_findings
from xueji.registry.queries.status_changes import (
    KIND,
    AskedChange,
    JudgedWish,
    Wish,
    changes_of_law,
    findings_by_name,
    judge_wishes,
    readings_of_wishes,
)


@dataclass(frozen=True, slots=True)
class StepOfWay:
    """A step of the way: its name, within how many working days it is done, and by how many people."""

    label: str
    working_days: int | None
    hands: int


@dataclass(frozen=True, slots=True)
class ChangeChoice:
    """One change, asked of chosen students: who may have it, who may not and why, and what follows."""

    spec: ChangeSpec
    judged: tuple[JudgedWish, ...]
    findings: tuple[Finding, ...]
    way: tuple[StepOfWay, ...]
    papers: tuple[EvidenceSpec, ...]
    readings: tuple[Reading, ...]

    @property
    def may(self) -> list[Enrolment]:
        """Who may have it."""
        return [row.wish.enrolment for row in self.judged if row.allowed]

    @property
    def barred(self) -> list[JudgedWish]:
        """Who may not."""
        return [row for row in self.judged if not row.allowed]


def choices_for(school: School, records: Sequence[Enrolment], view: PackView, on: date) -> list[ChangeChoice]:
    """Return every change the law knows, asked of these records of a school for a day."""
    busy = open_findings([record.pk for record in records], view)
    return [_choice(AskedChange(name, on, school), records, busy, view) for name in changes_of_law(view)]


def choice_of(change: str, school: School, records: Sequence[Enrolment], view: PackView, on: date) -> ChangeChoice:
    """Return one change, asked of records of a school for a day; values are not asked for yet."""
    busy = open_findings([record.pk for record in records], view)
    return _choice(AskedChange(change, on, school), records, busy, view)


def _choice(
    asked: AskedChange, records: Sequence[Enrolment], busy: Mapping[UUID, Finding], view: PackView
) -> ChangeChoice:
    change = asked.change
    wishes = [Wish(record, {}) for record in records]
    judged = tuple(
        replace(row, findings=(*row.findings, busy[key])) if (key := row.wish.enrolment.pk) in busy else row
        for row in judge_wishes(asked, wishes, view, asks_values=False)
    )
    decision = next((row.decision for row in judged if row.decision and row.decision.allowed), None)
    route: tuple[RouteStep, ...] = decision.route if decision else ()
    steps = view.workflow(KIND).steps if route else ()
    way = tuple(StepOfWay(spec.label, step.working_days, spec.hands) for spec, step in zip(steps, route, strict=True))
    return ChangeChoice(
        spec=view.entry("change", change, ChangeSpec),
        judged=judged,
        findings=tuple(findings_by_name(judged)),
        way=way,
        papers=decision.evidence if decision else (),
        readings=tuple(readings_of_wishes(change, judged, view)),
    )
