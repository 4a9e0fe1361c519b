"""Duplicates are found, answered by both schools, reminded of: acts that move no record (S2 第八条)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.cases.actions import accepted_file
from xueji.core.errors import BadInput, Conflict, NotPermitted
from xueji.documents.models import StoredFile
from xueji.documents.storage import store_bytes
from xueji.institutions.models import School
from xueji.institutions.queries import authorities_granting, pack_of, require_permission, schools_visible_to
from xueji.ledger.actions import event_of, mask_identity_numbers, record_event, record_events
from xueji.ledger.models import Event
from xueji.ledger.tags import EventTag
from xueji.registry.duplicates import COUNTED, find_pairs
from xueji.registry.models import (
    Duplicate,
    DuplicateAnswer,
    DuplicateFiling,
    DuplicateReminder,
    Enrolment,
    TwoPersons,
)
from xueji.registry.queries.duplicates import (
    duplicate_for,
    has_duplicates,
    latest_answers,
    most_reminders,
    own_record,
    standings,
)

Answer = DuplicateAnswer.Answer
_MAX_STATEMENT = 2000


def open_duplicates(*, records: Sequence[Enrolment], by: User, at: datetime) -> list[Duplicate]:
    """Note what these records are duplicates of: a definite one holds the filing, a possible one waits to be looked at.

    Conflict where somebody found the same at the same moment.

    For the actions that register students, and for `search_duplicates`: nothing is merged, ended or filed.
    """
    rows = [
        Duplicate(
            first=pair.first, second=pair.second, certainty=pair.certainty.value, ground=pair.ground.value,
            found_by=by, found_at=at,
        )
        for pair in find_pairs(records)
    ]  # fmt: skip
    if not rows:
        return []
    try:
        with transaction.atomic():
            Duplicate.objects.bulk_create(rows)
            record_events([event for row in rows for event in _found(row, by, at)])
    except IntegrityError as clash:
        if not any(name in str(clash) for name in ("duplicate_once", "of two persons")):
            raise
        raise Conflict("其中有学籍刚刚由另一处查出重复或者认定为两人，请重新办理") from clash
    return rows


def _found(duplicate: Duplicate, by: User, at: datetime) -> list[Event]:
    after = {"certainty": duplicate.get_certainty_display(), "ground": duplicate.get_ground_display()}
    subjects: dict[int, Enrolment | Duplicate] = {
        record.school_id: record for record in duplicate.records
    }  # one event in the ledger of each school
    subjects[duplicate.second.school_id] = duplicate
    return [
        event_of(tag=EventTag.DUPLICATE_FOUND, subject=subject, by=by, at=at, school_id=school_id, after=after)
        for school_id, subject in subjects.items()
    ]


def search_duplicates(*, school: School, by: User, at: datetime) -> list[Duplicate]:
    """Look over everybody of a school for duplicates in the whole register; return those that nobody knew of."""
    require_permission(by, Permission.REGISTER_STUDENTS, school=school)
    if not has_duplicates(school, timezone.localdate(at)):
        raise BadInput("本地的规定没有学籍查重，不能在这里查")
    with transaction.atomic():
        School.objects.select_for_update(of=("self",), no_key=True).get(
            pk=school.pk
        )  # two searches wait for each other
        records = Enrolment.objects.filter(school=school, status__in=COUNTED).select_related("person", "school")
        rows = open_duplicates(records=list(records.order_by("pk")), by=by, at=at)
        record_event(
            tag=EventTag.DUPLICATES_SEARCHED,
            subject=school,
            by=by,
            at=at,
            school_id=school.pk,
            after={"new": len(rows)},
        )
    return rows


def answer_duplicate(
    *,
    duplicate: Duplicate,
    school: School,
    answer: str,
    statement: str,
    by: User,
    at: datetime,
    file_name: str = "",
    data: bytes = b"",
) -> DuplicateAnswer:
    """Say for a school whether the student is its own; «mine» and «two persons» come with evidence.

    A possible duplicate of which both schools say that it is two persons is cleared up by that, and never comes back.
    """
    require_permission(by, Permission.FILE_STATUS_CHANGE, school=school)
    if answer not in Answer.values or not statement.strip():
        raise BadInput("请选择答复，并填写情况说明")
    if answer != Answer.NOT_MINE and not data:
        raise BadInput("请上传证明材料（如考勤、在校照片、户口簿）")
    with transaction.atomic():
        locked = _lock(duplicate, by)
        own_record(locked, school.pk)
        _require_unfiled(locked, school)
        row = DuplicateAnswer(
            duplicate=locked, school=school, answer=answer, statement=statement.strip()[:_MAX_STATEMENT], by=by, at=at
        )
        if data:
            row.file_name, row.file = _stored(file_name, data)
        row.save(force_insert=True)
        waiting = locked.reminders.filter(to_school=school, received_at=None)
        waiting.update(received_by=by, received_at=at)  # who answers has read what they were reminded of
        record_event(
            tag=EventTag.DUPLICATE_ANSWERED, subject=locked, by=by, at=at, school_id=school.pk, note=row.statement,
            after={"school": school.name, "answer": row.get_answer_display(), "file": row.file_name},
        )  # fmt: skip
        if locked.certainty == Duplicate.Certainty.POSSIBLE and _both_say_two(locked):
            remember_two_persons(duplicate=locked, by=by, at=at)
    return row


def _lock(duplicate: Duplicate, by: User) -> Duplicate:
    """Return a duplicate as it is now, held; Conflict where it was cleared up."""
    seen = duplicate_for(by, duplicate.pk)
    now = Duplicate.objects.select_for_update().get(pk=seen.pk)
    if not now.is_open:
        raise Conflict(f"本件{now.get_state_display()}，不再答复或者催办")
    now.first, now.second = seen.first, seen.second
    return now


def _require_unfiled(duplicate: Duplicate, school: School) -> None:
    """Conflict while what the school asked for is being decided: the answer is what was asked."""
    mine = DuplicateFiling.objects.filter(
        duplicate=duplicate, outcome=DuplicateFiling.Outcome.OPEN, case__school=school, case__state="in_progress"
    )
    if mine.exists():
        raise Conflict("本校的申请正在办理，答复不能改变；请先撤回申请")


def _stored(file_name: str, data: bytes) -> tuple[str, StoredFile]:
    name, media_type = accepted_file(file_name, data)
    return mask_identity_numbers(name), store_bytes(data, media_type)


def _both_say_two(duplicate: Duplicate) -> bool:
    latest = latest_answers([duplicate])
    schools = {record.school_id for record in duplicate.records}
    answers = [latest.get((duplicate.pk, school)) for school in schools]
    return all(answer is not None and answer.answer == Answer.TWO_PERSONS for answer in answers)


def remember_two_persons(*, duplicate: Duplicate, by: User, at: datetime, case_id: int | None = None) -> TwoPersons:
    """Note that two records are of two persons: from now on they are no duplicates of each other, whatever is alike.

    For the answers of both schools, and for the case that decides it.
    """
    first, second = sorted((_person(duplicate.first_id), _person(duplicate.second_id)))
    duplicate.state, duplicate.closed_at = Duplicate.State.TWO_PERSONS, at
    duplicate.save()
    row = TwoPersons.objects.create(
        first_id=first, second_id=second, duplicate=duplicate, case_id=case_id, decided_by=by, decided_at=at
    )
    record_event(
        tag=EventTag.DUPLICATE_DECIDED, subject=duplicate, by=by, at=at, school_id=duplicate.second.school_id,
        after={"state": duplicate.get_state_display()},
    )  # fmt: skip
    return row


def _person(enrolment_id: UUID) -> UUID:
    return Enrolment.objects.values_list("person_id", flat=True).get(pk=enrolment_id)


def remind_school(*, duplicate: Duplicate, to_school: School, by: User, at: datetime) -> DuplicateReminder:
    """Remind a silent school, for the other school or for the authority over it; Conflict before its term has passed."""
    with transaction.atomic():
        locked = _lock(duplicate, by)
        own_record(locked, to_school.pk)
        standing = standings([locked], timezone.localdate(at))[locked.pk, to_school.pk]
        if standing.answer is not None:
            raise Conflict(f"{to_school.name}已经答复，不必催办")
        if timezone.localdate(at) <= standing.due_on:
            raise Conflict(f"{to_school.name}的答复期限到 {standing.due_on:%Y-%m-%d}，逾期再催办")
        if standing.reminded >= (most := most_reminders(pack_of(to_school).on(timezone.localdate(at)))):
            raise Conflict(f"已催办 {most} 次，不再催办；请凭本校的材料提交学籍主管部门核准")
        row = DuplicateReminder(duplicate=locked, to_school=to_school, by=by, at=at, **_sender(locked, to_school, by))
        row.save(force_insert=True)
        record_event(
            tag=EventTag.DUPLICATE_REMINDED, subject=locked, by=by, at=at, school_id=to_school.pk,
            after={"from": row.sender.name, "to": to_school.name, "number": standing.reminded + 1},
        )  # fmt: skip
    return row


def _sender(duplicate: Duplicate, to_school: School, by: User) -> dict[str, object]:
    """Return for whom somebody reminds: the other school, or the nearest authority over the silent one."""
    other = duplicate.first.school if duplicate.second.school_id == to_school.pk else duplicate.second.school
    mine = schools_visible_to(by, permission=Permission.FILE_STATUS_CHANGE)
    if other.pk != to_school.pk and mine.filter(pk=other.pk).exists():
        return {"from_school": other}
    line = to_school.authority.path
    for office in authorities_granting(by, Permission.DECIDE_CASES):
        if line.startswith(office.path):
            return {"from_authority": office}
    raise NotPermitted("由对方学校，或者被催办学校的主管部门催办")


def receive_reminder(*, reminder: DuplicateReminder, by: User, at: datetime) -> DuplicateReminder:
    """Note that a school has taken note of a reminder; the second click changes nothing."""
    require_permission(by, Permission.FILE_STATUS_CHANGE, school=reminder.to_school)
    with transaction.atomic():
        now = DuplicateReminder.objects.select_for_update(of=("self",)).get(pk=reminder.pk)
        if now.received_at is None:
            now.received_by, now.received_at = by, at
            now.save(update_fields=["received_by", "received_at"])
            record_event(
                tag=EventTag.DUPLICATE_REMINDER_RECEIVED, subject=now, parent=now.duplicate, by=by, at=at,
                school_id=now.to_school_id,
            )  # fmt: skip
    return now
