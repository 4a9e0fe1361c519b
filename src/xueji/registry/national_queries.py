"""What pages ask of registrations in the national system: how far each intake is, the list to fill in, one student as a list of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO

from django.db.models import Count, Q

from xueji.accounts.models import User
from xueji.accounts.permissions import Sight
from xueji.core.identifiers import tail_of
from xueji.core.intakes import Intake
from xueji.exchange.templates import write_prefilled
from xueji.institutions.models import School
from xueji.institutions.queries import sight_of
from xueji.registry.bulk_reading import class_of
from xueji.registry.models import ACTIVE, Enrolment, EnrolmentStatus, Registration
from xueji.registry.national_columns import COMPARED, EXPORT, FORM, KEY, TITLE, TYPED

__all__ = ["EXPORT", "KEY", "TITLE", "TYPED"]  # what pages ask for
_COUNTED = (*ACTIVE, EnrolmentStatus.CLAIMED)


@dataclass(frozen=True, slots=True)
class NationalStanding:
    """An intake of a school: how many are registered here, of how many the national date is known, how many are filed."""

    intake: Intake
    students: int
    recorded: int
    filed: int

    @property
    def key(self) -> str:
        """Return the intake as an address names it."""
        return f"{self.intake.year}-{self.intake.term}"

    @property
    def label(self) -> str:
        """Return the intake in words."""
        return f"{self.intake.year} 年{Registration.Term(self.intake.term).label}"

    @property
    def missing(self) -> int:
        """Of how many the date is not known."""
        return self.students - self.recorded


def national_standing(school: School) -> list[NationalStanding]:
    """Return the intakes of a school the caller was let see, the newest first; one statement."""
    rows = Registration.objects.filter(enrolment__school=school, enrolment__status__in=_COUNTED).order_by()
    counted = rows.values_list("intake_year", "intake_term").annotate(
        students=Count("pk"), recorded=Count("pk", filter=Q(national_on__isnull=False)),
        filed=Count("pk", filter=Q(filing=Registration.Filing.FILED)),
    )  # fmt: skip
    found = [NationalStanding(Intake(year, term), *counts) for year, term, *counts in counted]
    return sorted(found, key=lambda row: (-row.intake.year, row.intake.term))


def without_national_date(school: School, intake: Intake) -> list[Enrolment]:
    """Return the students of an intake of whom the date is not known; who may ask was asked before."""
    rows = Enrolment.objects.filter(
        school=school, status__in=_COUNTED, registration__intake_year=intake.year,
        registration__intake_term=intake.term, registration__national_on__isnull=True,
    )  # fmt: skip
    rows = rows.select_related("person", "registration").defer("registration__form")
    return list(rows.order_by("registration__grade", "registration__class_name", "person__name", "pk"))


def national_workbook(user: User, records: Sequence[Enrolment]) -> bytes:
    """Return the list to fill in: day and source are left."""
    return _workbook(user, records, {})


def typed_national(user: User, record: Enrolment, on: date, source: str) -> bytes:
    """Return the list of one student as it was typed on a page: it is read, and confirmed by another, as any list."""
    return _workbook(user, [record], {"national_on": on.isoformat(), "source": source})


def _workbook(user: User, records: Sequence[Enrolment], given: dict[str, str]) -> bytes:
    tails = sight_of(user) == Sight.TAIL
    rows = [
        {
            "record": str(record.pk), "name": record.person.name, "class_now": class_of(record),
            "tail": tail_of(record.person.resident_id) if tails else "", **given,
        }
        for record in records
    ]  # fmt: skip
    out = BytesIO()
    write_prefilled(FORM, rows, out, compared=COMPARED | {"record"})
    return out.getvalue()
