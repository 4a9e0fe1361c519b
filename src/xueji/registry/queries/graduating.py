"""Who of a school is to leave by a month, as the register has it: what a class of graduates is drawn from."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet

from xueji.core import status_words as words
from xueji.core.intakes import SPRING, Intake
from xueji.institutions.models import School
from xueji.registry.models import ACTIVE, Registration, StatusChange

_DELAYING = (words.REPEAT, words.SUSPEND)  # they move the day of graduation (S2 第十七条)


def leavers_of(school: School, until: str) -> QuerySet[Registration]:
    """Return the students of a school whose studies end by a month «YYYY-MM» and who are still there, by class and name."""
    found = Registration.objects.filter(
        enrolment__school=school, enrolment__status__in=ACTIVE, expected_graduation__lte=until
    )
    people = found.select_related("enrolment__person", "enrolment__person__student_number", "enrolment__programme")
    return people.defer("form").order_by("enrolment__programme__name", "class_name", "enrolment__person__name", "pk")


def delays_of(keys: Iterable[object]) -> dict[object, list[str]]:
    """Return, by record, which of 留级 and 休学 moved its end: decided ones that nobody took back."""
    found = StatusChange.objects.filter(
        enrolment__in=list(keys), kind__in=_DELAYING, counters=None, countered_by=None
    ).order_by("enrolment", "ordinal")
    delays: dict[object, list[str]] = {}
    for record, kind in found.values_list("enrolment", "kind"):
        kinds = delays.setdefault(record, [])
        if kind not in kinds:
            kinds.append(kind)
    return delays


def register_begins(school: School) -> Intake | None:
    """Return the first intake that the register of the school's province knows; None where it knows none.

    Asked on pages of a batch: both statements go along the index of intakes and end at their first row.
    """
    province = "/".join(school.authority.path.split("/")[:2])
    found = Registration.objects.filter(enrolment__school__authority__path__startswith=f"{province}/")
    first = found.order_by("intake_year", "intake_term").values_list("intake_year", "intake_term").first()
    if first is None:
        return None
    year, term = first  # by the alphabet the autumn stands ahead
    return Intake(year, SPRING if found.filter(intake_year=year, intake_term=SPRING).exists() else term)
