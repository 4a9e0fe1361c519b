"""Findings about a school as a whole: how far the two systems differ (FM5), sites that are not on record (FM6)."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, Min, Q

from xueji.core.status.negative import ListedFacts
from xueji.institutions.models import TeachingSite, UsedSchoolCode
from xueji.licences.models import PublishedLicence
from xueji.registry.models import ACTIVE, Registration
from xueji.supervision.models import SystemComparison
from xueji.supervision.searches.scope import ListedMatter, Scope


def search_systems(scope: Scope) -> Iterator[ListedMatter]:
    """Yield the last comparison of each school with the national system (FM5)."""
    rows = SystemComparison.objects.filter(school__in=scope.keys, compared_on__lte=scope.on)
    for row in rows.order_by("school_id", "-compared_on", "-at", "-id").distinct("school_id").defer("rows"):
        facts = ListedFacts(item="FM5", differing=row.differing, total=row.total)
        evidence = {"comparison": row.pk, "compared_on": row.compared_on.isoformat(), "counts": row.counts}
        yield ListedMatter(row.school_id, "systems", facts, row.compared_on, evidence=evidence)


def search_sites(scope: Scope) -> Iterator[ListedMatter]:
    """Yield the sites entered without being on record, and the campuses of students that nothing on record names (FM6).

    Campuses are compared only at a school of which a campus is on record at all, by its sites or its licences.
    """
    used = TeachingSite.objects.filter(Q(until_on=None) | Q(until_on__gt=scope.on), from_on__lte=scope.on)
    on_record: dict[int, set[str]] = {}
    for site in used.filter(school__in=scope.keys).order_by("school_id", "from_on", "pk"):
        is_filed = site.filed_on is not None and site.filed_on <= scope.on
        facts = ListedFacts(item="FM6", site_on_record=is_filed, activity="teach")
        yield ListedMatter(
            site.school_id,
            f"site:{site.pk}",
            facts,
            site.from_on,
            label=site.name,
            evidence={"kind": site.get_kind_display()},
        )
        on_record.setdefault(site.school_id, set()).add(site.name)  # an unfiled one is named once, by itself
    for school_id, campus in _licensed_campuses(scope):
        on_record.setdefault(school_id, set()).add(campus)
    rows = Registration.objects.filter(enrolment__school__in=list(on_record), enrolment__status__in=ACTIVE).exclude(
        campus=""
    )
    for school_id, campus, count, first in (
        rows.order_by().values_list("enrolment__school", "campus").annotate(Count("pk"), Min("entered_on"))
    ):
        facts = ListedFacts(item="FM6", site_on_record=campus in on_record[school_id], activity="enrol")
        yield ListedMatter(school_id, f"campus:{campus}", facts, first, label=campus, evidence={"students": count})


def _licensed_campuses(scope: Scope) -> Iterator[tuple[int, str]]:
    school_of = dict(UsedSchoolCode.objects.filter(school__in=scope.keys).values_list("code", "school_id"))
    rows = PublishedLicence.objects.filter(
        publication__in=[row.pk for row in scope.publications()], school_code__in=list(school_of)
    ).exclude(campus="")
    for code, campus in rows.order_by().values_list("school_code", "campus").distinct():
        yield school_of[code], campus
