"""Counting the rates of a season: share of graduates with a matching certificate, share in employment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from django.db.models import Count, Q

from xueji.core.packs import PackView
from xueji.graduation.models import Candidate, CandidateState, GraduationOutcome, Season
from xueji.graduation.records.eligibility import HELD
from xueji.institutions.models import School

SMALLEST_GROUP = 10


def publishes_rates(view: PackView) -> bool:
    """Whether the pack has rates published."""
    return view.value_or("published_rates", default=False) is True


def smallest_group(view: PackView) -> int:
    """Return below how many graduates a school's parts and rates are not told, only its head-count."""
    stated = cast("Mapping[str, Any]", view.value_or("rates", {"smallest_group": SMALLEST_GROUP}))
    return int(stated["smallest_group"])


def definition_of(view: PackView) -> str:
    """Return how the figures are counted, in the words of the pack's readings."""
    wanted = ("values.rates", "values.employed_destinations")
    return "\n".join(reading.text for reading in view.readings if reading.key in wanted)


def count_rates(season: Season, view: PackView) -> list[dict[str, Any]]:
    """Return school, graduates, certified, employed for every school with approved graduates of a season."""
    graduates = Candidate.objects.filter(
        batch__season=season, state=CandidateState.APPROVED, outcome=GraduationOutcome.GRADUATION
    )
    rows = (
        graduates.order_by()
        .values_list("batch__school")
        .annotate(
            graduates=Count("pk", distinct=True),
            certified=Count("pk", filter=holds_matching(view), distinct=True),
            employed=Count("pk", filter=Q(employmentrecords__destination__in=employed_words(view)), distinct=True),
        )
    )
    counted = {school: figures for school, *figures in rows}
    schools = School.objects.filter(pk__in=counted).order_by("code")
    return [
        dict(zip(("graduates", "certified", "employed"), counted[school.pk], strict=True), school=school)
        for school in schools
    ]


def employed_words(view: PackView) -> list[str]:
    """Return the destinations that count as employed."""
    return [str(word) for word in cast("list[object]", view.value_or("employed_destinations", []))]


def holds_matching(view: PackView) -> Q:
    """Who holds a certificate of the level that belongs to the graduate level: the rule of handing out, as a query."""
    switch = next((rule for rule in view.rules("hand_out") if rule.rule == HELD), None)
    if switch is None:
        return Q(vocationalcertificates__isnull=False)
    levels = cast("Mapping[str, list[str]]", switch.params["levels"])
    named = Q(pk__in=[])
    for graduate_level, words in levels.items():
        named |= Q(details__graduate_level=graduate_level, vocationalcertificates__level__in=list(words))
    unnamed = Q(details__graduate_level__isnull=True) | ~Q(details__graduate_level__in=list(levels))
    return named | (unnamed & Q(vocationalcertificates__isnull=False))
