"""Findings about single records: duplicates (FM3), students who are away (FM4), students who are not filed (FM7)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import cast
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from xueji.core.attendance import missed_in_a_row
from xueji.core.intakes import Intake
from xueji.core.status.negative import JUDGES, ListedFacts
from xueji.core.status_specs import ClosingSpec
from xueji.registry.models import (
    ACTIVE,
    AttendanceNote,
    Duplicate,
    DuplicateAnswer,
    DuplicateReminder,
    Enrolment,
    EnrolmentStatus,
    FilingEntry,
    Registration,
)
from xueji.registry.queries.attendance import checks_of
from xueji.registry.queries.attendance_of_area import away_now
from xueji.registry.queries.duplicates import latest_answers
from xueji.supervision.searches.scope import ListedMatter, Scope

_LASTING = (*ACTIVE, EnrolmentStatus.CLAIMED)  # records that stand, or claim to
_EXPLAINED = (DuplicateAnswer.Answer.MINE, DuplicateAnswer.Answer.TWO_PERSONS)


def search_duplicates(scope: Scope) -> Iterator[ListedMatter]:
    """Yield the definite duplicates that are open, once for each record at a school asked for (FM3)."""
    rows = list(
        Duplicate.objects.filter(
            Q(first__school__in=scope.keys) | Q(second__school__in=scope.keys),
            state=Duplicate.State.OPEN, certainty=Duplicate.Certainty.DEFINITE,
        ).select_related("first", "second").order_by("pk")
    )  # fmt: skip
    answers = latest_answers(rows)
    sent: dict[tuple[int, int], list[date]] = {}
    for duplicate_id, school_id, at in (
        DuplicateReminder.objects.filter(duplicate__in=rows).order_by("pk").values_list("duplicate", "to_school", "at")
    ):
        sent.setdefault((duplicate_id, school_id), []).append(timezone.localdate(at))
    checks = _last_checks({record.pk for row in rows for record in row.records}, scope.on)
    for row in rows:
        for record in row.records:
            if record.school_id in scope.schools and record.status in _LASTING:
                key = (row.pk, record.school_id)
                yield _of_duplicate(row, record, answers.get(key), sent.get(key, []), checks.get(record.pk))


def _of_duplicate(
    row: Duplicate,
    record: Enrolment,
    answer: DuplicateAnswer | None,
    reminded: list[date],
    check: AttendanceNote | None,
) -> ListedMatter:
    attending = None if check is None else not check.attendance.is_away
    explained = answer.answer in _EXPLAINED if answer else (False if reminded else None)
    began_on = reminded[-1] if reminded else check.checked_on if check else timezone.localdate(row.found_at)
    facts = ListedFacts(
        item="FM3", duplicate=True, attending=attending, explained=explained, reminders=len(reminded), reported=answer is not None
    )  # fmt: skip
    evidence = {
        "duplicate": row.pk, "ground": row.get_ground_display(), "found_on": timezone.localdate(row.found_at).isoformat(),
        "reminded_on": [day.isoformat() for day in reminded], "checked_on": check.checked_on.isoformat() if check else None,
        "answer": answer.get_answer_display() if answer else "",
    }  # fmt: skip
    return ListedMatter(
        record.school_id, f"duplicate:{row.pk}:{record.pk}", facts, began_on, record.pk, evidence=evidence
    )


def _last_checks(records: Iterable[UUID], on: date) -> dict[UUID, AttendanceNote]:
    notes = AttendanceNote.objects.filter(enrolment__in=list(records), checked_on__lte=on)
    return {note.enrolment_id: note for note in notes.order_by("checked_on", "entered_at")}


def search_absences(scope: Scope) -> Iterator[ListedMatter]:
    """Yield who was away without leave at the last check, with the first check at which the rule was met (FM4).

    What was not looked at again is not evidence: the days away count up to the last check.
    """
    away = [note.enrolment_id for note in away_now(scope.keys, scope.on)]
    records = Enrolment.objects.in_bulk(away)
    for key, notes in checks_of(away, scope.on).items():
        began_on = facts = None
        for place in range(len(notes)):  # the latest first: back to the first check that already met the rule
            at_check = _of_absence(records[key], notes[place:])
            if not JUDGES["FM4"](at_check, _limits(scope, "FM4")):
                break
            began_on, facts = notes[place].checked_on, facts or at_check
        if facts is not None and began_on is not None:
            evidence = {
                "checks": [note.checked_on.isoformat() for note in notes],
                "absent_since": facts.absent_since.isoformat() if facts.absent_since else None,
                "reason": notes[0].reason,
            }
            yield ListedMatter(records[key].school_id, f"enrolment:{key}", facts, began_on, key, evidence=evidence)


def _of_absence(record: Enrolment, notes: tuple[AttendanceNote, ...]) -> ListedFacts:
    last = notes[0]
    return ListedFacts(
        item="FM4", on=last.checked_on, study_mode=record.study_mode, status=record.get_status_display(),
        leave_granted=last.has_leave, absent_since=last.attendance.without_leave_since(last.checked_on),
        missed_checks=missed_in_a_row([(note.checked_on, note.attendance) for note in notes]),
    )  # fmt: skip


def _limits(scope: Scope, item: str) -> dict[str, int]:
    rule = f"supervision.{item.lower()}"
    params = next((switch.params for switch in scope.view.rules("supervision") if switch.rule == rule), {})
    return cast("dict[str, int]", dict(params))


def search_unfiled_students(scope: Scope) -> Iterator[ListedMatter]:
    """Yield who was refused filing, or not filed by the last day for it, with the national registration and the last check (FM7).

    Who is in a request under way is not decided yet and not named.
    """
    under_way = FilingEntry.objects.filter(enrolment=OuterRef("enrolment"), outcome=FilingEntry.Outcome.OPEN)
    rows = list(
        Registration.objects.filter(enrolment__school__in=scope.keys, enrolment__status__in=_LASTING)
        .exclude(filing=Registration.Filing.FILED).exclude(Exists(under_way))
        .select_related("enrolment").defer("form").order_by("pk")
    )  # fmt: skip
    closing = scope.view.entry("closing", "filing", ClosingSpec)
    checks = _last_checks([row.pk for row in rows], scope.on)
    for row in rows:
        last_day = closing.day_for(Intake(row.intake_year, row.intake_term))
        is_refused = row.filing == Registration.Filing.BARRED
        if not is_refused and scope.on <= last_day:
            continue
        check = checks.get(row.pk)
        attending = None if check is None else not check.attendance.is_away
        facts = ListedFacts(
            item="FM7", filed=False, registered_nationally=row.national_on is not None, attending=attending
        )
        seen = [day for day in (row.national_on, check.checked_on if attending and check else None) if day is not None]
        after = row.registered_on if is_refused else last_day + timedelta(days=1)
        evidence = {
            "filing": row.get_filing_display(), "filing_last": last_day.isoformat(),
            "national_on": row.national_on.isoformat() if row.national_on else None,
            "checked_on": check.checked_on.isoformat() if check else None,
        }  # fmt: skip
        began_on = max(after, min(seen, default=after))
        yield ListedMatter(row.enrolment.school_id, f"enrolment:{row.pk}", facts, began_on, row.pk, evidence=evidence)
