"""Whether students of an intake may be filed, each with the reasons why not: asked before, at and after the submission."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypedDict

from django.db.models import QuerySet

from xueji.core.decisions.filing import decide_filing
from xueji.core.enrolment_facts import KIND as FORM
from xueji.core.enrolment_facts import EnrolmentFacts
from xueji.core.facts import Surroundings
from xueji.core.findings import Citation, Finding, Severity, errors_of
from xueji.core.intakes import Intake
from xueji.core.months import Month
from xueji.core.packs import PackView
from xueji.core.rules.registry import run_rules
from xueji.core.status.facts import FilingFacts
from xueji.core.status_specs import ClosingSpec
from xueji.institutions.models import School
from xueji.institutions.queries import ids_of_line, pack_of
from xueji.licences.queries import in_force, licences_for
from xueji.registry.bar_kinds import FILE, NewcomerAct, bar_findings
from xueji.registry.duplicates import held_records
from xueji.registry.kept_forms import form_facts
from xueji.registry.models import ACTIVE, Enrolment, EnrolmentStatus, FilingEntry, Registration, StatusChange

KIND = "filing"


class KeptFinding(TypedDict):
    """A finding as an entry keeps it."""

    rule: str
    severity: str
    message: str
    remedy: str
    cites: list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Judged:
    """A registration with what speaks against its filing, and what is next (`core.decisions.filing`)."""

    registration: Registration
    findings: tuple[Finding, ...]
    next: str | None

    @property
    def passes(self) -> bool:
        """Whether nothing speaks against it."""
        return not errors_of(self.findings)


def waiting_for_filing(school: School, intake: Intake) -> list[Registration]:
    """Return the registrations of an intake that are not filed and in no request that is under way."""
    found = Registration.objects.filter(
        enrolment__school=school, intake_year=intake.year, intake_term=intake.term, filing=Registration.Filing.OPEN,
        enrolment__status__in=[*ACTIVE, EnrolmentStatus.CLAIMED],
    ).exclude(enrolment__filing_entries__outcome=FilingEntry.Outcome.OPEN)  # fmt: skip
    return list(with_people(found).order_by("class_name", "enrolment__person__name", "pk"))


def judged_intake(school: School, intake: Intake, on: date) -> list[Judged]:
    """Decide on everybody of an intake who waits for filing, as a request made on a day would; who may ask was asked before."""
    waiting = waiting_for_filing(school, intake)
    return judge_students(waiting, school, pack_of(school).on(on), on) if waiting else []


def with_people(found: QuerySet[Registration]) -> QuerySet[Registration]:
    """Add the records, persons and programmes to registrations asked for."""
    return found.select_related("enrolment__person", "enrolment__programme", "enrolment__school__authority")


def judge_students(registrations: Sequence[Registration], school: School, view: PackView, on: date) -> list[Judged]:
    """Decide on every student by the law of a day, in five statements whatever their number."""
    wanted = {row.pk: (school.pk, row.enrolment.programme.name, intake_of(row)) for row in registrations}
    licensed = licences_for(wanted.values(), on)
    published = set(
        in_force(on).filter(authority__in=ids_of_line(school.authority)).order_by().values_list("year", "season")
    )
    claimed = set(
        Enrolment.objects.filter(
            person__in=[row.enrolment.person_id for row in registrations], status=EnrolmentStatus.CLAIMED
        ).values_list("person_id", flat=True)
    )
    barred = held_records(row.pk for row in registrations)
    judged = [
        _judged(
            row, view, on, is_held=row.enrolment.person_id in claimed or row.pk in barred,
            has_licence=bool(licensed[wanted[row.pk]]) if _key(row) in published else None,
        )
        for row in registrations
    ]  # fmt: skip
    return _barred(judged, school, on)


def _barred(judged: Sequence[Judged], school: School, on: date) -> list[Judged]:
    """Add what bars the school from filing each of these new students; who came over from another school is none."""
    rows = [row.registration for row in judged]
    acts = [NewcomerAct(FILE, intake_of(row), row.enrolment.programme_id, row.campus) for row in rows]
    found = bar_findings(school, acts, on)
    barred = [row.pk for row, findings in zip(rows, found, strict=True) if findings]
    moved = (
        set(StatusChange.objects.filter(moves_to__in=barred).values_list("moves_to", flat=True)) if barred else set()
    )
    return [
        replace(row, findings=(*row.findings, *findings)) if findings and row.registration.pk not in moved else row
        for row, findings in zip(judged, found, strict=True)
    ]


def intake_of(registration: Registration) -> Intake:
    """Return the intake of a registration as the rules know it."""
    return Intake(registration.intake_year, registration.intake_term)


def _key(registration: Registration) -> tuple[int, str]:
    return registration.intake_year, registration.intake_term


def _judged(registration: Registration, view: PackView, on: date, *, is_held: bool, has_licence: bool | None) -> Judged:
    """`has_licence` is None where the province has published nothing for the intake: nothing can be compared."""
    surroundings = Surroundings(on=on, workbook=FORM)
    wrong = errors_of([f for _, f in run_rules(view, "enrolment", facts_of(registration), surroundings)])
    decision = decide_filing(
        FilingFacts(
            intake=intake_of(registration), on=on, licensed=has_licence is not False, information_correct=not wrong,
            duplicate="open" if is_held else "none", correctable=True,
        ),
        view,
    )  # fmt: skip
    found = [*decision.findings, *wrong]
    if has_licence is None:
        cites = view.entry("closing", "filing", ClosingSpec).cites
        words = "本届招生资质尚未公布，没有核对招生资质"
        found.append(Finding("filing.licences_published", Severity.WARNING, words, "licensed", cites=cites))
    return Judged(registration, tuple(found), decision.next)


def facts_of(registration: Registration) -> EnrolmentFacts:
    """Return the form as it was registered, with what has been corrected since."""
    record, person = registration.enrolment, registration.enrolment.person
    return EnrolmentFacts(
        {
            **form_facts(registration.form).values, "name": person.name, "sex": person.sex,
            "birth_date": person.birth_date, "resident_id": person.resident_id or None,
            "id_document_type": person.id_document_type, "programme": record.programme.name,
            "study_mode": record.study_mode, "entry_month": Month.parse(record.entry_month),
        }
    )  # fmt: skip


def named(judged: Judged) -> list[Finding]:
    """Return what speaks against a student, each with the name."""
    name = judged.registration.enrolment.person.name
    return [
        Finding(f.rule, f.severity, f"{name}：{f.message}", f.field, f.remedy, f.cites)
        for f in errors_of(judged.findings)
    ]


def kept_findings(findings: Iterable[Finding]) -> list[KeptFinding]:
    """Return findings as an entry keeps them."""
    return [
        {
            "rule": f.rule, "severity": f.severity.value, "message": f.message, "remedy": f.remedy,
            "cites": [{"source": cite.source, "clause": cite.clause} for cite in f.cites],
        }
        for f in findings
    ]  # fmt: skip


def findings_kept(kept: Iterable[KeptFinding]) -> list[Finding]:
    """Return the findings of `kept_findings`."""
    return [
        Finding(
            item["rule"], Severity(item["severity"]), item["message"], None, item["remedy"],
            tuple(Citation(cite["source"], cite["clause"]) for cite in item["cites"]),
        )
        for item in kept
    ]  # fmt: skip
