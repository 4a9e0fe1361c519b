"""A class of graduates drawn from the register: who is expected, who is not and why, and the form filled in from it.

What the register knows is corrected there and not in the list; the list adds what it does not know, the results.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import cast
from uuid import UUID

from django.db.models import QuerySet

from xueji.core.findings import Citation
from xueji.core.packs import PackView
from xueji.core.status_specs import ClosingSpec
from xueji.graduation.facts import LIVE
from xueji.graduation.models import Batch, Candidate
from xueji.registry.models import EnrolmentStatus, Registration
from xueji.registry.queries.graduating import delays_of, leavers_of, register_begins

_SEASON_RULE = "graduate.graduates_in_season"


@dataclass(frozen=True, slots=True)
class Expected:
    """A student whose studies end by this class: on the list, missing from it, or kept from it by a reason."""

    registration: Registration
    is_listed: bool
    reason: str = ""
    cites: tuple[Citation, ...] = ()

    @property
    def is_missing(self) -> bool:
        """Whether the student could be on the list and is not."""
        return not self.is_listed and not self.reason


def listed_enrolments() -> QuerySet[Candidate, UUID]:
    """Return the keys of the records on lists of graduates, of all schools, not yet asked: whoever is on one stays with it."""
    return Candidate.objects.filter(state__in=LIVE).order_by().values_list("enrolment", flat=True)


def is_drawn_from_register(batch: Batch) -> bool:
    """Whether the law of the batch has graduates come from the register, so that no list founds a record."""
    return batch.law.value_or("registry_founded_by_list", default=False) is False


def has_expectations(batch: Batch) -> bool:
    """Whether the register can say whom it expects in the class: the law wants it asked, and the province keeps one."""
    return is_drawn_from_register(batch) and register_begins(batch.school) is not None


def months_of(batch: Batch) -> list[str]:
    """Return the months «YYYY-MM» in which somebody of this class may graduate."""
    return months_of_class(batch.law, batch.season.year, batch.season.term)


def months_of_class(view: PackView, year: int, term: str) -> list[str]:
    """Return the months in which somebody of the class of a year and term may graduate, in their order; the whole year where the pack says nothing."""
    switch = next((rule for rule in view.rules("graduate") if rule.rule == _SEASON_RULE), None)
    if switch is None:
        return [f"{year}-{month:02}" for month in range(1, 13)]
    before = sorted(cast("list[int]", switch.params["year_before"])) if term == "spring" else []
    months = sorted(cast("list[int]", switch.params[term]))
    return [*(f"{year - 1}-{month:02}" for month in before), *(f"{year}-{month:02}" for month in months)]


def expected_graduates(batch: Batch) -> list[Expected]:
    """Return everybody whose studies end by this class, four queries whatever their number."""
    leavers = list(leavers_of(batch.school, months_of(batch)[-1]))
    persons = [leaver.enrolment.person_id for leaver in leavers]
    listed = set(batch.candidates.filter(state__in=LIVE).values_list("person", flat=True))
    elsewhere = set(
        Candidate.objects.filter(person__in=persons, state__in=LIVE)
        .exclude(batch=batch)
        .values_list("person", flat=True)
    )
    filing = _filing_cites(batch.law)
    return [_judged(leaver, listed, elsewhere, filing) for leaver in leavers]


def _judged(leaver: Registration, listed: set[UUID], elsewhere: set[UUID], filing: tuple[Citation, ...]) -> Expected:
    person = leaver.enrolment.person_id
    if person in listed:
        return Expected(leaver, is_listed=True)
    if leaver.filing != Registration.Filing.FILED:
        return Expected(leaver, False, f"学籍{leaver.get_filing_display()}，没有备案的不能办理毕业证书", filing)
    if leaver.enrolment.status == EnrolmentStatus.SUSPENDED:
        return Expected(leaver, False, "休学中：先办理复学，毕业日期随修业完成顺延")
    if person in elsewhere:
        return Expected(leaver, False, "已列入另一批次")
    return Expected(leaver, is_listed=False)


def _filing_cites(view: PackView) -> tuple[Citation, ...]:
    return next((spec.cites for spec in view.every("closing", ClosingSpec) if spec.key == "filing"), ())


def rows_from_register(batch: Batch, expected: list[Expected]) -> Iterator[dict[str, str | date | Decimal]]:
    """Yield, by the fields of the form, what the register knows of each who is on the list or missing from it."""
    drawn = [student.registration for student in expected if not student.reason]
    delays, months = delays_of([leaver.pk for leaver in drawn]), months_of(batch)
    for place, leaver in enumerate(drawn, start=1):
        record, person = leaver.enrolment, leaver.enrolment.person
        number = getattr(person, "student_number", None)
        yield {
            "sequence": str(place), "name": person.name, "id_document_type": person.id_document_type,
            "resident_id": str(person.resident_id), "sex": person.sex, "birth_date": person.birth_date,
            "programme": record.programme.name, "duration_years": record.duration_years,
            "study_mode": record.study_mode, "entry_month": record.entry_month,
            "graduation_month": leaver.expected_graduation if leaver.expected_graduation in months else "",
            "details.delay_reason": "、".join(delays.get(leaver.pk, [])),
            "details.student_number": str(number.number) if number else "",
        }  # fmt: skip
