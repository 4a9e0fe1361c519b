"""What a check of the term finds to be mended (S2 第十六条), school by school: as many statements as there are kinds, whatever the schools."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, QuerySet

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.errors import BadInput, NotFound
from xueji.core.packs import PackView
from xueji.core.term_checks import STATUS_CHECK, Nearest, nearest_window
from xueji.institutions.models import School
from xueji.institutions.queries import pack_of, pick, schools_visible_to
from xueji.registry.models import Enrolment
from xueji.registry.problems import PROBLEMS, RegisterProblem, register_problem
from xueji.registry.queries.attendance import absence_rule
from xueji.registry.queries.attendance_of_area import away_of_schools

__all__ = [
    "PROBLEMS",
    "CheckOfSchool",
    "ProblemCount",
    "RegisterProblem",
    "checks_of_schools",
    "narrow_to_problem",
    "register_problem",
    "school_checked",
    "schools_checked",
]  # what apps above register their own problems with among them


@dataclass(frozen=True, slots=True)
class ProblemCount:
    """One kind of what is to be mended at a school, with how many records have it."""

    key: str
    label: str
    advice: str
    count: int


@dataclass(frozen=True, slots=True)
class CheckOfSchool:
    """A school before the check closes: every kind with its count, those with none too."""

    school: School
    nearest: Nearest
    lines: tuple[ProblemCount, ...]
    away: int  # away for longer than the law lets them, and nobody applied

    @property
    def total(self) -> int:
        """How much is to be mended; a record with two faults counts twice."""
        return sum(line.count for line in self.lines) + self.away


def schools_checked(user: User, on: date) -> list[School]:
    """Return the schools of somebody's register whose law checks each term, by name."""
    packs: dict[str, bool] = {}
    found = []
    for school in schools_visible_to(user, permission=Permission.VIEW_REGISTER).order_by("name"):
        try:
            pack = pack_of(school)
        except BadInput:  # no pack covers the place: no law, no check
            continue
        if pack.id not in packs:
            packs[pack.id] = nearest_window(pack.on(on), STATUS_CHECK, on) is not None
        if packs[pack.id]:
            found.append(school)
    return found


def school_checked(user: User, school_id: object, on: date) -> School:
    """Return a school of somebody's register whose law checks each term, else NotFound."""
    school: School = pick(schools_visible_to(user, permission=Permission.VIEW_REGISTER), school_id)
    if nearest_window(pack_of(school).on(on), STATUS_CHECK, on) is None:
        raise NotFound
    return school


def narrow_to_problem(found: QuerySet[Enrolment], key: str, view: PackView, on: date) -> QuerySet[Enrolment]:
    """Narrow a list somebody may see to the records with a problem; NotFound for one nobody knows."""
    if key not in PROBLEMS:
        raise NotFound
    return PROBLEMS[key].narrow(found, view, on)


def checks_of_schools(schools: Sequence[School], on: date) -> list[CheckOfSchool]:
    """Return what is to be mended at schools the caller was let see, in their order; one statement a kind and pack."""
    by_pack: dict[str, list[School]] = {}
    for school in schools:
        by_pack.setdefault(pack_of(school).id, []).append(school)
    found: dict[int, CheckOfSchool] = {}
    for of_pack in by_pack.values():
        found |= _checks(of_pack, pack_of(of_pack[0]).on(on), on)
    return [found[school.pk] for school in schools if school.pk in found]


def _checks(schools: Sequence[School], view: PackView, on: date) -> dict[int, CheckOfSchool]:
    nearest = nearest_window(view, STATUS_CHECK, on)
    if nearest is None:
        return {}
    counted = {key: _counted(key, [school.pk for school in schools], view, on) for key in PROBLEMS}
    away = {row.school.pk: row.unanswered for row in away_of_schools(schools, on)} if absence_rule(view) else {}
    return {
        school.pk: CheckOfSchool(
            school, nearest,
            tuple(ProblemCount(p.key, p.label, p.advice, counted[p.key][school.pk]) for p in PROBLEMS.values()),
            away.get(school.pk, 0),
        )
        for school in schools
    }  # fmt: skip


def _counted(key: str, schools: Iterable[int], view: PackView, on: date) -> Counter[int]:
    rows = narrow_to_problem(Enrolment.objects.filter(school__in=list(schools)), key, view, on)
    return Counter(dict(rows.order_by().values_list("school").annotate(Count("pk", distinct=True))))
