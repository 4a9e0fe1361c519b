"""Findings about whole intakes: admission beside the published licences (FM2), too few admitted or enrolled two years running (FM8)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from django.db.models import Count, Exists, Min, OuterRef, QuerySet, Sum

from xueji.core.intakes import AUTUMN, Intake
from xueji.core.status.negative import ListedFacts
from xueji.core.status_specs import ClosingSpec
from xueji.institutions.models import UsedSchoolCode
from xueji.licences.models import PublishedLicence
from xueji.registry.models import ACTIVE, EnrolmentStatus, Registration, StatusChange
from xueji.supervision.searches.scope import ListedMatter, Scope

_NEVER_ADMITTED = (EnrolmentStatus.CLAIMED, EnrolmentStatus.CANCELLED)
_SEASONS = dict(Registration.Term.choices)


def search_admissions(scope: Scope) -> Iterator[ListedMatter]:
    """Yield the programmes of an intake that a school has students of without a licence, or beyond its places (FM2).

    Nothing is said of an intake for which no licences are published. Who came by transfer or changed the programme later was
    not admitted to it; who is beyond the places published has none on file.
    """
    publications = scope.publications()
    published = {(row.year, row.season) for row in publications}
    places = _licensed(scope, [row.pk for row in publications])
    licensed_schools = {key[:3] for key in places}
    for row in _admitted(scope):
        if (row.year, row.term) not in published:
            continue
        quota = places.get((row.school_id, row.year, row.term, row.programme), 0)
        is_over = row.number > quota
        facts = ListedFacts(
            item="FM2",
            school_licensed=(row.school_id, row.year, row.term) in licensed_schools,
            programme_on_file=not is_over,
        )
        began_on = _day_beyond(scope, row, quota) if quota and is_over else row.first
        label = f"{row.year} 年{_SEASONS[row.term]}「{row.programme}」"
        evidence = {
            "admitted": row.number,
            "quota": quota,
            "programme": row.programme,
            "intake": f"{row.year}-{row.term}",
        }
        subject = f"admission:{row.year}-{row.term}:{row.programme}"
        yield ListedMatter(row.school_id, subject, facts, began_on, None, label, evidence)


class _Admitted(NamedTuple):
    """How many a school admitted to a programme in an intake, and the first day of it."""

    school_id: int
    programme: str
    year: int
    term: str
    number: int
    first: date


_BY = ("enrolment__school", "enrolment__programme__name", "intake_year", "intake_term")


def _admitted(scope: Scope) -> list[_Admitted]:
    counted = _admissions(scope).order_by().values_list(*_BY).annotate(Count("pk"), Min("registered_on"))
    return [_Admitted(*row) for row in counted]


def _admissions(scope: Scope) -> QuerySet[Registration]:
    moved = StatusChange.objects.filter(enrolment=OuterRef("pk"), after__has_key="programme_id")
    return Registration.objects.filter(
        enrolment__school__in=scope.keys, enrolment__came_by__isnull=True
    ).exclude(enrolment__status__in=_NEVER_ADMITTED).exclude(Exists(moved))  # fmt: skip


def _day_beyond(scope: Scope, row: _Admitted, quota: int) -> date:
    """Return the day on which the first student beyond the places was registered."""
    days = _admissions(scope).filter(**dict(zip(_BY, row[:4], strict=True))).order_by("registered_on", "pk")
    return days.values_list("registered_on", flat=True)[quota]


def _licensed(scope: Scope, publications: list[int]) -> dict[tuple[int, int, str, str], int]:
    """Return the places by school, year, season and programme, whatever the duration and the campus."""
    school_of = dict(UsedSchoolCode.objects.filter(school__in=scope.keys).values_list("code", "school_id"))
    rows = PublishedLicence.objects.filter(publication__in=publications, school_code__in=list(school_of)).order_by()
    found: dict[tuple[int, int, str, str], int] = {}
    for code, year, season, programme, quota in rows.values_list(
        "school_code", "publication__year", "publication__season", "programme_name"
    ).annotate(Sum("quota")):
        key = (school_of[code], year, season, programme)
        found[key] = found.get(key, 0) + quota
    return found


def search_intakes(scope: Scope) -> Iterator[ListedMatter]:
    """Yield the licensed schools with what was filed and how many were enrolled in the last two years whose filing is over (FM8).

    A year of which the register knows nobody anywhere is not known, not empty.
    """
    closing = scope.view.entry("closing", "filing", ClosingSpec)
    newest = scope.on.year if closing.day_for(Intake(scope.on.year, AUTUMN)) < scope.on else scope.on.year - 1
    years = (newest - 1, newest)
    days = [closing.day_for(Intake(year, AUTUMN)) for year in years]
    licensed = _licensed_in(scope, years)
    intakes = {year: _filed(scope, year) for year in years}
    enrolled = {day: _enrolled(scope, day) for day in days}
    for school in scope.schools:
        facts = ListedFacts(
            item="FM8", licensed=school in licensed,
            intake=tuple(intakes[year].get(school, 0) for year in years) if all(intakes.values()) else None,
            enrolled=tuple(enrolled[day].get(school, 0) for day in days) if all(enrolled.values()) else None,
        )  # fmt: skip
        evidence = {
            "years": list(years), "intake": list(facts.intake or ()), "enrolled": list(facts.enrolled or ()),
            "counted_on": [day.isoformat() for day in days],
        }  # fmt: skip
        label = f"{years[0]}、{years[1]} 年"
        yield ListedMatter(
            school, f"years:{years[0]}-{years[1]}", facts, days[-1] + timedelta(days=1), None, label, evidence
        )


def _licensed_in(scope: Scope, years: tuple[int, int]) -> set[int]:
    """Return the schools that were licensed in each of two years."""
    publications = [row.pk for row in scope.publications() if row.year in years]
    found = {year: {key[0] for key in _licensed(scope, publications) if key[1] == year} for year in years}
    return found[years[0]] & found[years[1]]


def _filed(scope: Scope, year: int) -> dict[int, int]:
    rows = Registration.objects.filter(
        enrolment__school__in=scope.keys, intake_year=year, filing=Registration.Filing.FILED, enrolment__came_by__isnull=True
    )  # fmt: skip
    return dict(rows.order_by().values_list("enrolment__school").annotate(Count("pk")))


def _enrolled(scope: Scope, day: date) -> dict[int, int]:
    """Return how many were enrolled at the end of a day, by what the changes say of it."""
    left = StatusChange.objects.filter(
        enrolment=OuterRef("pk"), effective_on__lte=day, counters__isnull=True, countered_by__isnull=True
    ).exclude(to_status__in=ACTIVE)  # fmt: skip
    back = StatusChange.objects.filter(
        enrolment=OuterRef("enrolment"), ordinal__gt=OuterRef("ordinal"), effective_on__lte=day, to_status__in=ACTIVE,
        counters__isnull=True, countered_by__isnull=True,
    )  # fmt: skip
    rows = Registration.objects.filter(enrolment__school__in=scope.keys, registered_on__lte=day)
    rows = rows.exclude(enrolment__status=EnrolmentStatus.CLAIMED).exclude(Exists(left.exclude(Exists(back))))
    return dict(rows.order_by().values_list("enrolment__school").annotate(Count("pk")))
