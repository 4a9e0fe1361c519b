"""Read duplicates on behalf of a person: the queue, one with what was said of it, what each school is to do by when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import cast
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.cases.models import Case
from xueji.cases.queries import subject_of
from xueji.core.calendar import days_left_until, deadline_by_clock
from xueji.core.duplicates import NextAct, Silence, next_act
from xueji.core.errors import NotFound
from xueji.core.packs import PackView
from xueji.institutions.calendars import Calendars
from xueji.institutions.models import School
from xueji.institutions.queries import pack_of, pick, school_scope, schools_visible_to
from xueji.registry.duplicates import COUNTED
from xueji.registry.models import (
    Duplicate,
    DuplicateAnswer,
    DuplicateFiling,
    DuplicateReminder,
    Enrolment,
    MovedRecord,
    Person,
    StatusChange,
)

KIND = "duplicate"
CLAIMING, ANSWERING = "claiming", "answering"
_RELATED = (
    "first__person", "first__school__authority", "first__programme", "first__registration",
    "second__person", "second__school__authority", "second__programme", "second__registration",
)  # fmt: skip


def duplicates_visible_to(user: User) -> QuerySet[Duplicate]:
    """Return the duplicates with a record of a school whose register somebody may see: each party sees both records."""
    first, second = (
        school_scope(user, prefix=f"{side}__school__", permission=Permission.VIEW_REGISTER)
        for side in ("first", "second")
    )
    found = Duplicate.objects.filter(first | second).select_related(*_RELATED)
    return found.defer("first__registration__form", "second__registration__form").order_by("found_at", "pk")


def duplicate_for(user: User, duplicate_id: object) -> Duplicate:
    """Return a duplicate somebody may see, else NotFound."""
    return pick(duplicates_visible_to(user), duplicate_id)


def open_duplicates_of(record: Enrolment) -> list[Duplicate]:
    """Return what is to be cleared up about a record."""
    rows = Duplicate.objects.filter(Q(first=record) | Q(second=record), state=Duplicate.State.OPEN)
    return list(rows.select_related("first__school", "second__school"))


def decided_against(record: Enrolment) -> list[Duplicate]:
    """Return the decisions by which the other record stands, and this one is kept to be looked at."""
    rows = Duplicate.objects.filter(Q(first=record) | Q(second=record), state=Duplicate.State.ONE_STANDS)
    return list(rows.exclude(stands=record).select_related("stands__school"))


def has_duplicates(school: School, on: date) -> bool:
    """Whether the law of a school knows the way in which duplicates are decided."""
    return KIND in pack_of(school).on(on).keys("workflow")


def searching_schools(user: User) -> list[School]:
    """Return the schools whose students somebody may look over for duplicates."""
    on = timezone.localdate()
    schools = schools_visible_to(user, permission=Permission.REGISTER_STUDENTS).order_by("name")[:20]
    return [school for school in schools if has_duplicates(school, on)]


def lasts(record: Enrolment) -> bool:
    """Whether a record stands, or claims to."""
    return record.status in COUNTED


def persons_then(moved: Iterable[MovedRecord]) -> dict[UUID, Person]:
    """Return whose the records were before a decision that stands moved them, by record."""
    return {row.enrolment_id: row.from_person for row in moved if row.moved_back_at is None}


def own_record(duplicate: Duplicate, school_id: int | None) -> Enrolment:
    """Return the record of a school that is a party, the later one where both are its own; NotFound for another school."""
    for record in (duplicate.second, duplicate.first):
        if record.school_id == school_id:
            return record
    raise NotFound


def other_record(duplicate: Duplicate, record: Enrolment) -> Enrolment:
    """Return the record that is not this one."""
    return duplicate.first if record.pk == duplicate.second_id else duplicate.second


def latest_answers(duplicates: Iterable[Duplicate]) -> dict[tuple[int, int], DuplicateAnswer]:
    """Return the answer that counts, by duplicate and school."""
    rows = DuplicateAnswer.objects.filter(duplicate__in=list(duplicates)).select_related("school", "by").order_by("pk")
    return {(row.duplicate_id, row.school_id): row for row in rows}


def answers_of(duplicate: Duplicate) -> list[DuplicateAnswer]:
    """Return everything the schools said, in its order."""
    return list(duplicate.answers.select_related("school", "by", "file").order_by("pk"))


def reminders_of(duplicate: Duplicate) -> list[DuplicateReminder]:
    """Return the reminders, in their order."""
    related = ("from_school", "from_authority", "to_school", "by", "received_by")
    return list(duplicate.reminders.select_related(*related).order_by("pk"))


def filings_of(duplicate: Duplicate) -> list[DuplicateFiling]:
    """Return what was asked to be decided, with the cases."""
    return list(duplicate.filings.select_related("case__school", "record__school").order_by("pk"))


def moved_by(filings: Iterable[DuplicateFiling]) -> list[MovedRecord]:
    """Return every record these moved to another person."""
    rows = MovedRecord.objects.filter(filing__in=list(filings))
    return list(rows.select_related("enrolment__school", "from_person", "to_person").order_by("pk"))


def filing_of(case: Case) -> DuplicateFiling:
    """Return what a case decides; NotFound for a case about something else."""
    related = [f"duplicate__{path}" for path in _RELATED]
    rows = DuplicateFiling.objects.select_related("undoes__case", *related)
    found: DuplicateFiling = subject_of(case, rows)
    found.record = found.duplicate.first if found.record_id == found.duplicate.first_id else found.duplicate.second
    return found


@dataclass(frozen=True, slots=True)
class AskedOutcome:
    """What is asked for: which record stands and which ends; both stand where it is two persons."""

    stands: Enrolment
    ends: Enrolment | None
    other: Enrolment  # the record that is not `stands`

    @property
    def merges(self) -> bool:
        """Whether two persons become one."""
        return self.ends is not None and self.ends.person_id != self.stands.person_id


def asked_outcome(filing: DuplicateFiling) -> AskedOutcome:
    """Return what a filing asks for."""
    other = other_record(filing.duplicate, filing.record)
    if filing.asked == DuplicateAnswer.Answer.MINE:
        return AskedOutcome(filing.record, other, other)
    if filing.asked == DuplicateAnswer.Answer.NOT_MINE:
        return AskedOutcome(other, filing.record, filing.record)
    return AskedOutcome(filing.record, None, other)


def changes_by(filing: DuplicateFiling) -> list[StatusChange]:
    """Return the changes of status a decision brought about, the last one first: in that order they are taken back."""
    rows = StatusChange.objects.filter(case=filing.case_id, counters=None).select_related("enrolment__person")
    return sorted(rows, key=lambda change: change.to_status == "cancelled")


# -- what each school is to do by when


@dataclass(frozen=True, slots=True)
class PartyStanding:
    """Where a school stands in a duplicate: what it said, until when it is to answer, what is proposed to it."""

    school: School
    answer: DuplicateAnswer | None
    due_on: date
    days_left: int
    act: NextAct
    reminded: int  # how often this school was reminded
    most_reminders: int

    @property
    def may_be_reminded(self) -> bool:
        """Whether it was reminded less often than the pack allows."""
        return self.reminded < self.most_reminders


@dataclass(frozen=True, slots=True)
class _Known:
    """What is stored about some duplicates, looked up at once, and the day they are looked at."""

    answers: Mapping[tuple[int, int], DuplicateAnswer]
    sent: Mapping[tuple[int, int], list[DuplicateReminder]]
    filed: frozenset[int]
    calendars: Calendars
    on: date

    def due(self, duplicate: Duplicate, school: School) -> date:
        """Return the last day on which a school is to answer: its term runs anew from every reminder."""
        reminders = self.sent.get((duplicate.pk, school.pk), [])
        since = timezone.localdate(reminders[-1].at if reminders else duplicate.found_at)
        view = pack_of(school).on(self.on)
        calendar = self.calendars.of(view, school.authority)
        return deadline_by_clock(since, view.clock("duplicate_answered"), calendar).on

    def standing(self, duplicate: Duplicate, school: School) -> PartyStanding:
        """Return where a school stands in a duplicate."""
        other = duplicate.first.school if school.pk == duplicate.second.school_id else duplicate.second.school
        mine, theirs = (duplicate.pk, school.pk), (duplicate.pk, other.pk)
        view = pack_of(school).on(self.on)
        most = most_reminders(view)
        silence = Silence(
            has_answered=mine in self.answers, other_has_answered=theirs in self.answers,
            reminders=len(self.sent.get(theirs, [])), due_on=self.due(duplicate, other),
            most_reminders=most, is_filed=duplicate.pk in self.filed,
        )  # fmt: skip
        due = self.due(duplicate, school)
        left = days_left_until(due, self.on, self.calendars.of(view, school.authority))
        reminded = len(self.sent.get(mine, []))
        return PartyStanding(school, self.answers.get(mine), due, left, next_act(silence, self.on), reminded, most)


def standings(duplicates: Iterable[Duplicate], on: date) -> dict[tuple[int, int], PartyStanding]:
    """Return where each school of open duplicates stands, by duplicate and school, in a few statements."""
    rows = [row for row in duplicates if row.is_open and all(has_duplicates(r.school, on) for r in row.records)]
    if not rows:
        return {}
    sent: dict[tuple[int, int], list[DuplicateReminder]] = {}
    for reminder in DuplicateReminder.objects.filter(duplicate__in=rows).order_by("pk"):
        sent.setdefault((reminder.duplicate_id, reminder.to_school_id), []).append(reminder)
    open_filings = DuplicateFiling.objects.filter(duplicate__in=rows, outcome=DuplicateFiling.Outcome.OPEN)
    filed = frozenset(open_filings.order_by().values_list("duplicate", flat=True))
    known = _Known(latest_answers(rows), sent, filed, Calendars(), on)
    return {
        (row.pk, school.pk): known.standing(row, school)
        for row in rows
        for school in (row.first.school, row.second.school)
    }


def most_reminders(view: PackView) -> int:
    """Return how often a silent school is reminded at most."""
    return cast("int", view.value("duplicate_reminders"))
