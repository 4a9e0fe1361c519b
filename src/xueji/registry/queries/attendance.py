"""Read attendance: what checks found, who is proposed for withdrawal on which evidence, who is not and why (S2 第十三条, 负面清单 FM4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import cast
from uuid import UUID

from django.db.models import Count, Max

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.attendance import TermAttendance, by_term, missed_in_a_row, term_start
from xueji.core.findings import Finding, Severity, errors_of
from xueji.core.intakes import months_after
from xueji.core.packs import PackView, RuleSwitch
from xueji.core.rules.changes import ABSENCE
from xueji.core.status.fold import Value
from xueji.core.status_words import WITHDRAW
from xueji.institutions.models import School
from xueji.institutions.queries import pack_of
from xueji.registry.models import ACTIVE, AttendanceNote, Enrolment, Registration
from xueji.registry.queries.applications import ClassOfSchool, classes_of
from xueji.registry.queries.open_applications import open_findings
from xueji.registry.queries.status_changes import AskedChange, JudgedWish, Wish, changes_of_law, judge_wishes

RULE = "change.absence_over_three_months"
KEY = "attendance"  # the kind of upload


@dataclass(frozen=True, slots=True)
class Absentee:
    """Somebody who was away at the last check, with what was noted of them; `judged` says whether the law withdraws them."""

    notes: tuple[AttendanceNote, ...]  # one a check, the latest first: the evidence
    judged: JudgedWish
    missed: int  # checks missed one after the other without leave

    @property
    def last(self) -> AttendanceNote:
        """The note of the last check."""
        return self.notes[0]

    @property
    def record(self) -> Enrolment:
        """Whose notes they are."""
        return self.judged.wish.enrolment

    @property
    def since(self) -> date | None:
        """The first day away without leave; None while they are on leave."""
        return self.last.attendance.without_leave_since(self.last.checked_on)

    @property
    def is_proposed(self) -> bool:
        """Whether nothing stands against the withdrawal."""
        return self.judged.allowed

    @property
    def reasons(self) -> list[Finding]:
        """Why it is not proposed."""
        return errors_of(self.judged.findings)


@dataclass(frozen=True, slots=True)
class CheckedClass:
    """A class with its last check, and how many of it were checked this term."""

    of: ClassOfSchool
    last: date | None
    checked: int


def absence_rule(view: PackView) -> RuleSwitch | None:
    """Return the rule by which a law withdraws who is away without leave; None where it has none."""
    if WITHDRAW not in changes_of_law(view):
        return None
    return next((switch for switch in view.rules("change") if switch.rule == RULE), None)


def term_months(view: PackView) -> list[int]:
    """Return the months in which terms start."""
    return cast("list[int]", view.value("terms_start"))


def terms_of(record: Enrolment, on: date) -> tuple[list[TermAttendance], tuple[AttendanceNote, ...]]:
    """Return what checks found of a record the caller was let see: term by term, and each check; nothing where none is known."""
    view = pack_of(record.school).on(on)
    notes = checks_of([record.pk], on).get(record.pk, ())
    if not notes or absence_rule(view) is None:
        return [], ()
    return by_term([(note.checked_on, note.attendance) for note in notes], term_months(view)), notes


def absentees(school: School, on: date, view: PackView) -> list[Absentee]:
    """Return who was away at their last check at a school the caller was let see, the longest first; a few statements."""
    switch = absence_rule(view)
    away = [note.enrolment_id for note in _last_notes(school, on) if note.attendance.is_away]
    if switch is None or not away:
        return []
    by_record = checks_of(away, on)
    records = Enrolment.objects.filter(pk__in=away).select_related("person", "programme", "registration")
    wishes = [Wish(record, wanted_of(by_record[record.pk][0])) for record in records.defer("registration__form")]
    busy = open_findings(away, view)
    months = cast("int", switch.params["months"])
    found = []
    for row in judge_wishes(AskedChange(WITHDRAW, on, school, ABSENCE), wishes, view):
        notes = by_record[row.wish.enrolment.pk]
        more = [
            *_unconfirmed(notes[0], months, switch),
            *([busy[key]] if (key := row.wish.enrolment.pk) in busy else []),
        ]
        missed = missed_in_a_row([(note.checked_on, note.attendance) for note in notes])
        found.append(Absentee(notes, replace(row, findings=(*row.findings, *more)), missed))
    return sorted(found, key=lambda row: (row.since or on, row.record.person.name))


def wanted_of(note: AttendanceNote) -> dict[str, Value]:
    """Return what a withdrawal for absence states, as the last check found it."""
    since = note.attendance.without_leave_since(note.checked_on) or note.absent_since
    return {"absent_since": since.isoformat() if since else None, "leave_granted": note.has_leave}


def checks_of(records: Iterable[UUID], on: date | None = None) -> dict[UUID, tuple[AttendanceNote, ...]]:
    """Return the notes that count of records the caller was let see: one a day, the latest first; one statement."""
    rows = AttendanceNote.objects.filter(enrolment__in=list(records)).select_related("entered_by")
    if on is not None:
        rows = rows.filter(checked_on__lte=on)
    by_record: dict[UUID, dict[date, AttendanceNote]] = {}
    for note in rows.order_by("-checked_on", "-entered_at"):
        by_record.setdefault(note.enrolment_id, {}).setdefault(note.checked_on, note)
    return {key: tuple(notes.values()) for key, notes in by_record.items()}


def present_before(records: Iterable[UUID], checked_on: date) -> dict[UUID, date]:
    """Return, by record, the last check before a day at which somebody was there; one statement."""
    found = {}
    for key, notes in checks_of(records).items():
        earlier = [note.checked_on for note in notes if note.checked_on < checked_on and not note.attendance.is_away]
        if earlier:
            found[key] = earlier[0]
    return found


def classes_checked(
    user: User, school: School, on: date, view: PackView, permission: Permission = Permission.FILE_STATUS_CHANGE
) -> tuple[date, list[CheckedClass]]:
    """Return the day this term began, and the classes of a school with how far each was checked in it."""
    starts = term_start(on, term_months(view))
    rows = AttendanceNote.objects.filter(
        enrolment__school=school, enrolment__status__in=ACTIVE, checked_on__gte=starts, checked_on__lte=on
    )
    counted = rows.order_by().values_list("enrolment__registration__grade", "enrolment__registration__class_name")
    by_class = {
        (grade, name): (last, checked)
        for grade, name, last, checked in counted.annotate(Max("checked_on"), Count("enrolment", distinct=True))
    }
    classes = [row for row in classes_of(user, permission) if row.school_id == school.pk]
    return starts, [CheckedClass(row, *by_class.get((row.grade, row.class_name), (None, 0))) for row in classes]


def entered_days(records: Iterable[UUID]) -> Mapping[UUID, date]:
    """Return, by record, the day somebody was admitted."""
    return dict(Registration.objects.filter(pk__in=list(records)).values_list("pk", "entered_on"))


def _last_notes(school: School, on: date) -> list[AttendanceNote]:
    rows = AttendanceNote.objects.filter(enrolment__school=school, enrolment__status__in=ACTIVE, checked_on__lte=on)
    return list(rows.order_by("enrolment", "-checked_on", "-entered_at").distinct("enrolment"))


def _unconfirmed(note: AttendanceNote, months: int, switch: RuleSwitch) -> list[Finding]:
    """Return that the last check is not evidence yet: nobody looked again after the term had run out."""
    since = note.attendance.without_leave_since(note.checked_on)
    if since is None or note.checked_on > months_after(since, months):
        return []
    message = f"最近一次核查（{note.checked_on}）时未请假离校还没有超过 {months} 个月"
    remedy = f"{months_after(since, months)} 以后再核查一次"
    return [Finding("attendance.checked_again", Severity.ERROR, message, "checked_on", remedy, switch.cites)]
