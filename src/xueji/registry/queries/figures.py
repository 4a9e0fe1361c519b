"""The register in figures: students by status, school, programme, within somebody's reach."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.institutions.queries import school_scope
from xueji.registry.models import ACTIVE, Enrolment, EnrolmentStatus

_MOST_PROGRAMMES = 12


@dataclass(frozen=True, slots=True)
class SchoolFigures:
    """A school with how many of its records stand in each status."""

    school_id: int
    name: str
    by_status: Counter[str]

    @property
    def studying(self) -> int:
        """How many study."""
        return self.by_status[EnrolmentStatus.STUDYING]

    @property
    def suspended(self) -> int:
        """How many are suspended."""
        return self.by_status[EnrolmentStatus.SUSPENDED]

    @property
    def active(self) -> int:
        """How many are on the roll: they study or are suspended."""
        return self.studying + self.suspended

    @property
    def total(self) -> int:
        """How many records there are, whatever became of them."""
        return self.by_status.total()


def figures_of_schools(user: User) -> list[SchoolFigures]:
    """Return the schools whose figures somebody sees, the largest first; one statement."""
    scope = school_scope(user, prefix="school__", permission=Permission.SEE_STATISTICS)
    rows = Enrolment.objects.filter(scope, registration__isnull=False).order_by()
    found: dict[int, SchoolFigures] = {}
    for school, name, status, count in rows.values_list("school", "school__name", "status").annotate(count=Count("pk")):
        found.setdefault(school, SchoolFigures(school, name, Counter())).by_status[status] = count
    return sorted(found.values(), key=lambda row: (-row.active, row.name))


def figures_of_programmes(user: User) -> list[tuple[str, int]]:
    """Return the programmes that most study, over all schools whose figures somebody sees; one statement."""
    scope = school_scope(user, prefix="school__", permission=Permission.SEE_STATISTICS)
    rows = Enrolment.objects.filter(scope, registration__isnull=False, status__in=ACTIVE).order_by()
    counted = rows.values_list("programme__name").annotate(count=Count("pk")).order_by("-count", "programme__name")
    return list(counted[:_MOST_PROGRAMMES])
