"""What an office compares before it decides on a batch, paper by paper, as far as the system holds it.

Each function counts one thing the notices ask for; nothing here refuses anything: the rules did, an officer looks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Max, Min, Q, QuerySet

from xueji.core.months import Month
from xueji.core.packs import PackView
from xueji.draws.models import DrawOutcome
from xueji.graduation.facts import LIVE
from xueji.graduation.models import (
    Batch,
    Candidate,
    CollegeEntry,
    EFileState,
    EmploymentRecord,
    GraduationOutcome,
    SpotCheckItem,
    StatusChangeLine,
    SubjectResult,
)
from xueji.graduation.records.eligibility import not_processed
from xueji.graduation.records.rates import holds_matching

NAMED = 30  # names shown of those who lack something
_COMPARED = {
    "姓名": ("name", "person__name"),
    "性别": ("sex", "person__sex"),
    "专业": ("programme_name", "enrolment__programme__name"),
    "学制": ("duration_years", "enrolment__duration_years"),
    "入学年月": ("entry_month", "enrolment__entry_month"),
    "学习形式": ("study_mode", "enrolment__study_mode"),
}


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of the graduates have something, in which sorts, and who has not."""

    of: int
    having: int
    sorts: tuple[tuple[str, int], ...] = ()
    lacking: tuple[str, ...] = ()  # the first names
    lacking_count: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether the system holds nothing of it at all."""
        return self.having == 0 and not self.sorts


def _live(batch: Batch) -> QuerySet[Candidate]:
    return Candidate.objects.filter(batch=batch, state__in=LIVE)


def _tally(everybody: QuerySet[Candidate], lacking: QuerySet[Candidate], sorts: Iterable[tuple[str, int]]) -> Tally:
    of, without = everybody.count(), list(lacking.order_by("ordinal").values_list("name", flat=True))
    return Tally(of, of - len(without), tuple(sorts), tuple(without[:NAMED]), len(without))


def _sorts(lines: QuerySet[Any], field: str) -> list[tuple[str, int]]:
    return list(lines.order_by(field).values_list(field).annotate(n=Count("pk")))


def vocational_tally(batch: Batch, view: PackView) -> Tally:
    """Return who holds a vocational certificate of the level that belongs to theirs, by level of training (S3-10)."""
    everybody = _live(batch).filter(outcome=GraduationOutcome.GRADUATION)
    holding = everybody.filter(holds_matching(view))
    by_level = holding.order_by("details__graduate_level").values_list("details__graduate_level")
    sorts = [(level or "（未填）", n) for level, n in by_level.annotate(n=Count("pk", distinct=True))]
    return _tally(everybody, everybody.exclude(pk__in=holding.order_by().values("pk")), sorts)


def employment_tally(batch: Batch) -> Tally:
    """Return whose (expected) employment is on record, by destination (S3-10)."""
    lines = EmploymentRecord.objects.filter(candidate__in=_live(batch).order_by())
    return _tally(_live(batch), _live(batch).filter(employmentrecords=None), _sorts(lines, "destination"))


def results_tally(batch: Batch) -> Tally:
    """Return whose marks by subject are on record, how many lines there are, and how many name no teacher (S3-19)."""
    lines = SubjectResult.objects.filter(candidate__in=_live(batch).order_by())
    figures = lines.order_by().aggregate(
        lines=Count("pk"), subjects=Count("subject", distinct=True), nobody=Count("pk", filter=Q(teacher=""))
    )
    sorts = [
        ("成绩（条）", figures["lines"]),
        ("课程（门）", figures["subjects"]),
        ("没有任课教师（条）", figures["nobody"]),
    ]
    return _tally(_live(batch), _live(batch).filter(subjectresults=None), sorts if figures["lines"] else [])


def efile_tally(batch: Batch) -> Tally:
    """Return whom the national system shows as graduated or completed as the list says (S4-07)."""
    lines = EFileState.objects.filter(candidate__in=_live(batch).order_by())
    return _tally(_live(batch), not_processed(batch), _sorts(lines, "outcome"))


def changes_tally(batch: Batch) -> Tally:
    """Return how many changes of status the summary holds, by type (S4-14)."""
    lines = StatusChangeLine.objects.filter(batch=batch)
    sorts = _sorts(lines, "change_type")
    return Tally(sum(n for _, n in sorts), sum(n for _, n in sorts), tuple(sorts))


def college_tally(batch: Batch) -> Tally:
    """Return who goes on to which college (S4-15)."""
    lines = CollegeEntry.objects.filter(candidate__in=_live(batch).order_by())
    sorts = _sorts(lines, "college")
    return Tally(_live(batch).count(), sum(n for _, n in sorts), tuple(sorts))


@dataclass(frozen=True, slots=True)
class HeadGroup:
    """Graduates of one programme, level, entry, duration and mode, with the ends of their numbers once they have any."""

    programme: str
    level: str
    entry_month: str
    graduation_month: str
    duration_years: Decimal
    study_mode: str
    outcome: str
    count: int
    first: str | None
    last: str | None


def head_groups(batch: Batch) -> list[HeadGroup]:
    """Return the list counted as the forms count it (S4-12, S3-20)."""
    rows = (
        _live(batch)
        .order_by("programme_name", "entry_month", "duration_years")
        .values_list(
            "programme_name", "details__graduate_level", "entry_month", "graduation_month", "duration_years", "study_mode",
            "outcome",
        )
        .annotate(n=Count("pk"), first=Min("certificate__number__number"), last=Max("certificate__number__number"))
    )  # fmt: skip
    return [
        HeadGroup(name, level or "", entry, graduation, years, mode, GraduationOutcome(outcome).label, *counted)
        for name, level, entry, graduation, years, mode, outcome, *counted in rows
    ]


@dataclass(frozen=True, slots=True)
class StudyLength:
    """Graduates who studied for so long under one duration; `beyond` is in months, below zero when they were quicker."""

    duration_years: Decimal
    study_mode: str
    months: int
    count: int

    @property
    def beyond(self) -> int:
        """How many months longer than the duration."""
        return self.months - int(self.duration_years * 12)


def spans_of_study(batch: Batch) -> list[StudyLength]:
    """Return how long graduates studied, from entry to graduation, beside their duration (S2-36)."""
    rows = _live(batch).order_by().values_list("duration_years", "study_mode", "entry_month", "graduation_month")
    counts: Counter[tuple[Decimal, str, int]] = Counter()
    for years, mode, entry, graduation, n in rows.annotate(n=Count("pk")):
        counts[years, mode, _months(entry, graduation)] += n
    return [StudyLength(*key, count) for key, count in sorted(counts.items())]


def _months(entry: str, graduation: str) -> int:
    first, last = Month.parse(entry), Month.parse(graduation)
    return (last.year - first.year) * 12 + last.month - first.month


@dataclass(frozen=True, slots=True)
class RegistryComparison:
    """The list beside the register of students: how many were compared, whose record no office confirmed, who differs."""

    compared: int
    unconfirmed: int
    differing: tuple[tuple[str, str, str, str], ...]  # name, item, as listed, as registered


def compare_with_registry(batch: Batch) -> RegistryComparison:
    """Return where the list says something else than the student's record (S2-12, S2-32); sealed items are the rules' matter."""
    differs = Q()
    for listed, registered in _COMPARED.values():
        differs |= ~Q(**{listed: F(registered)})
    columns = [name for pair in _COMPARED.values() for name in pair]
    rows = _live(batch).filter(differs).order_by("ordinal").values("name", *columns)[:NAMED]
    found = [
        (row["name"], label, str(row[listed]), str(row[registered]))
        for row in rows
        for label, (listed, registered) in _COMPARED.items()
        if row[listed] != row[registered]
    ]
    counts = _live(batch).aggregate(n=Count("pk"), open=Count("pk", filter=Q(enrolment__confirmed_at=None)))
    return RegistryComparison(counts["n"], counts["open"], tuple(found))


@dataclass(frozen=True, slots=True)
class SpotCheckStanding:
    """The latest draw of handbooks: how many of how many, and what was found by two."""

    drawn_at: Any
    population: int
    size: int
    passed: int
    failed: tuple[str, ...]
    pending: int


def spot_check_standing(batch: Batch) -> SpotCheckStanding | None:
    """Return how the spot check of a batch stands; None before a draw (S4-02)."""
    latest = batch.spot_checks.select_related("draw").first()
    if latest is None:
        return None
    lots = latest.draw
    items = list(SpotCheckItem.objects.filter(item__draw=lots).select_related("item", "candidate"))
    settled = [check_item for check_item in items if check_item.item.confirmed_at is not None]
    failed = [check_item for check_item in settled if check_item.item.outcome == DrawOutcome.FAILED]
    names = tuple(check_item.candidate.name if check_item.candidate else check_item.item.code for check_item in failed)
    passed = sum(check_item.item.outcome == DrawOutcome.PASSED for check_item in settled)
    return SpotCheckStanding(lots.drawn_at, lots.population, lots.size, passed, names, len(items) - len(settled))
