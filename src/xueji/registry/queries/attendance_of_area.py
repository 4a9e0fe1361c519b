"""Attendance over the schools of an authority: which were checked this term, who is away for longer than the law lets them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

from django.db.models import Count, Exists, Max, OuterRef

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.attendance import term_start
from xueji.core.errors import NotFound
from xueji.core.intakes import months_after
from xueji.core.packs import PackView
from xueji.institutions.models import School
from xueji.institutions.queries import pack_of, pick, schools_visible_to
from xueji.registry.models import ACTIVE, AttendanceNote, Enrolment, StatusApplicant
from xueji.registry.queries.attendance import absence_rule, term_months


@dataclass(frozen=True, slots=True)
class AwayOfSchool:
    """A school with how many were away at their last check, and for how many of them nobody applied although the term is over."""

    school: School
    away: int
    unanswered: int


@dataclass(frozen=True, slots=True)
class CheckedSchool:
    """How far a school is with its checks of this term."""

    of: AwayOfSchool
    students: int
    checked: int
    last: date | None

    @property
    def unchecked(self) -> int:
        """How many were not checked yet."""
        return self.students - self.checked


def schools_checking(user: User, on: date) -> list[School]:
    """Return the schools somebody watches whose law withdraws who is away for too long, by name."""
    views: dict[str, bool] = {}
    found = []
    for school in schools_visible_to(user, permission=Permission.WATCH_DUTIES).order_by("name"):
        pack = pack_of(school)
        if pack.id not in views:
            views[pack.id] = absence_rule(pack.on(on)) is not None
        if views[pack.id]:
            found.append(school)
    return found


def school_checking(user: User, school_id: object, on: date) -> tuple[School, PackView]:
    """Return a school somebody watches, with its law; NotFound for another, or where the law withdraws nobody for absence."""
    school: School = pick(schools_visible_to(user, permission=Permission.WATCH_DUTIES), school_id)
    view = pack_of(school).on(on)
    if absence_rule(view) is None:
        raise NotFound
    return school, view


def away_of_schools(schools: Sequence[School], on: date) -> list[AwayOfSchool]:
    """Return of schools the caller was let see who was away at their last check, the most unanswered first; one statement."""
    away, unanswered = Counter[int](), Counter[int]()
    by_key = {school.pk: school for school in schools}
    packs = {pack.id: pack for school in schools if (pack := pack_of(school))}
    limits = {key: _months(pack.on(on)) for key, pack in packs.items()}
    for note in away_now(by_key, on):
        school = by_key[note.enrolment.school_id]
        away[school.pk] += 1
        since = note.attendance.without_leave_since(note.checked_on)
        is_over = since is not None and note.checked_on > months_after(since, limits[pack_of(school).id])
        unanswered[school.pk] += is_over and not note.is_applied_for  # type: ignore[attr-defined]  # annotated below
    rows = [AwayOfSchool(school, away[school.pk], unanswered[school.pk]) for school in schools]
    return sorted(rows, key=lambda row: (-row.unanswered, -row.away, row.school.name))


def checked_schools(rows: Sequence[AwayOfSchool], on: date) -> list[CheckedSchool]:
    """Return how far schools are with this term; two statements, for the schools of one page of a list."""
    keys = [row.school.pk for row in rows]
    active = Enrolment.objects.filter(school__in=keys, status__in=ACTIVE, registration__isnull=False).order_by()
    students = dict(active.values_list("school").annotate(Count("pk")))
    starts = {row.school.pk: term_start(on, term_months(pack_of(row.school).on(on))) for row in rows}
    checks = AttendanceNote.objects.filter(
        enrolment__school__in=keys, enrolment__status__in=ACTIVE, checked_on__lte=on,
        checked_on__gte=min(starts.values(), default=on),
    ).order_by()  # fmt: skip
    checked = {
        school: (count, last)
        for school, count, last in checks.values_list("enrolment__school").annotate(
            Count("enrolment", distinct=True), Max("checked_on")
        )
    }
    return [CheckedSchool(row, students.get(row.school.pk, 0), *checked.get(row.school.pk, (0, None))) for row in rows]


def _months(view: PackView) -> int:
    switch = absence_rule(view)
    return cast("int", switch.params["months"]) if switch else 0


def away_now(schools: Iterable[int], on: date) -> list[AttendanceNote]:
    """Return the last note of everybody whose last note finds them away: by the index of those, not by everybody's last."""
    later = AttendanceNote.objects.filter(enrolment=OuterRef("enrolment"), checked_on__lte=on)
    same_day = later.filter(checked_on=OuterRef("checked_on"), entered_at__gt=OuterRef("entered_at"))
    applied = StatusApplicant.objects.filter(enrolment=OuterRef("enrolment"), outcome=StatusApplicant.Outcome.OPEN)
    rows = AttendanceNote.objects.filter(
        enrolment__school__in=list(schools), enrolment__status__in=ACTIVE, absent_since__isnull=False,
        back_on__isnull=True, checked_on__lte=on,
    )  # fmt: skip
    rows = rows.exclude(Exists(later.filter(checked_on__gt=OuterRef("checked_on")))).exclude(Exists(same_day))
    return list(rows.order_by().annotate(is_applied_for=Exists(applied)).select_related("enrolment"))
