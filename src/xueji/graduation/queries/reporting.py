"""Which schools have reported the graduates of a season, which have not, and who was reminded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.cases.models import CaseState
from xueji.graduation.models import Batch, Season
from xueji.graduation.queries import seasons_visible_to
from xueji.graduation.season_authority import season_authority
from xueji.institutions.models import School
from xueji.institutions.queries import schools_visible_to
from xueji.ledger.models import Event
from xueji.ledger.tags import EventTag

SCHOOL = "institutions.School"
_IN_HANDS = (CaseState.DRAFT, CaseState.RETURNED)


@dataclass(frozen=True, slots=True)
class Reminder:
    """That a school was told its graduates of a season are awaited."""

    school_id: int
    season_id: int
    season: str
    by: str
    at: datetime
    note: str


@dataclass(frozen=True, slots=True)
class Reporting:
    """How far a school is with a season: its batch, or none, and when it was last reminded."""

    school: School
    batch: Batch | None
    reminder: Reminder | None = None

    @property
    def is_awaited(self) -> bool:
        """Whether the school has still to submit: nothing opened, nothing submitted, or returned and not submitted again."""
        return self.batch is None or self.batch.case.state in _IN_HANDS


def reporting_of(user: User, season: Season) -> list[Reporting]:
    """Return the schools that the person watches and the season's authority seals for, those that are awaited first.

    Schools that are closed or teach nothing any more are awaited no longer, and stand there only with a batch.
    """
    schools = _schools_of(user, season)
    batches = Batch.objects.filter(season=season, is_late=False, school__in=list(schools)).select_related(
        "case", "issue"
    )
    by_school = {batch.school_id: batch for batch in batches.exclude(case__state=CaseState.WITHDRAWN)}
    teaching = set(School.objects.filter(pk__in=list(schools), programmes__closed_on=None).values_list("pk", flat=True))
    reminders = reminders_of(schools)
    rows = [
        Reporting(school, by_school.get(pk), reminders.get((pk, season.pk)))
        for pk, school in schools.items()
        if pk in by_school or (pk in teaching and school.closed_on is None)
    ]
    return sorted(rows, key=lambda row: (not row.is_awaited, row.school.authority.name, row.school.name))


def seasons_watched(user: User) -> list[Season]:
    """Return the seasons whose schools the person may remind, the newest first."""
    return list(seasons_visible_to(user))


def _schools_of(user: User, season: Season) -> dict[int, School]:
    found = list(schools_visible_to(user, permission=Permission.WATCH_DUTIES).order_by("pk"))
    sealed_by: dict[int, int | None] = {}  # a school's authority says who seals: asked once for each
    for school in found:
        if school.authority_id not in sealed_by:
            authority = season_authority(school, season.legal_date)
            sealed_by[school.authority_id] = authority.pk if authority else None
    return {school.pk: school for school in found if sealed_by[school.authority_id] == season.authority_id}


def reminders_of(schools: Iterable[int]) -> Mapping[tuple[int, int], Reminder]:
    """Return the last reminder of each of these schools, by school and season."""
    reminded = Event.objects.filter(
        subject_type=SCHOOL, subject_id__in=[str(pk) for pk in schools], tag=EventTag.SCHOOL_REMINDED
    )
    found = {}
    for event in reminded.order_by("id"):
        after = event.after if isinstance(event.after, dict) else {}
        reminder = Reminder(
            int(event.subject_id),
            int(after["season_id"]),
            str(after["season"]),
            event.actor_label,
            event.at,
            event.note,
        )
        found[reminder.school_id, reminder.season_id] = reminder
    return found


def open_reminders(schools: Iterable[int]) -> list[Reminder]:
    """Return the reminders of a person's own schools that they have not followed: the batch is not submitted still."""
    reminders = reminders_of(schools)
    if not reminders:
        return []
    done = Batch.objects.filter(season__in=[season for _, season in reminders], is_late=False)
    submitted = set(
        done.exclude(case__state__in=[*_IN_HANDS, CaseState.WITHDRAWN]).values_list("school_id", "season_id")
    )
    gone = {season for _, season in reminders} - set(
        Season.objects.filter(pk__in=[season for _, season in reminders], closed_at=None).values_list("pk", flat=True)
    )
    return [reminder for key, reminder in reminders.items() if key not in submitted and reminder.season_id not in gone]
