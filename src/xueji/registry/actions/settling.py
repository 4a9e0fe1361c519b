"""A duplicate is decided as a case of both schools (S2 第八条): one record stands, or it is two persons; undone by a case too.

What ends, ends by a change of status; what moves from one person to another is kept row by row, and moves back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.cases.actions import attach_evidence, open_case, submit_case
from xueji.cases.kinds import require_approved
from xueji.cases.law import law_of
from xueji.cases.models import Case
from xueji.core.errors import BadInput, Conflict, RuleViolation
from xueji.core.findings import errors_of
from xueji.core.status_words import CANCEL
from xueji.documents.storage import read_stored
from xueji.institutions.models import School
from xueji.institutions.queries import require_permission
from xueji.ledger.actions import event_of, record_event, record_events
from xueji.ledger.tags import EventTag
from xueji.registry.actions.changing import Move, record_status_changes, undo_status_changes
from xueji.registry.actions.disputing import remember_two_persons
from xueji.registry.disputes import dispute_findings
from xueji.registry.models import (
    Duplicate,
    DuplicateFiling,
    Enrolment,
    EnrolmentStatus,
    MovedRecord,
    Person,
    StatusChange,
    TwoPersons,
)
from xueji.registry.queries.duplicates import (
    ANSWERING,
    KIND,
    AskedOutcome,
    asked_outcome,
    changes_by,
    duplicate_for,
    filing_of,
    latest_answers,
    other_record,
    own_record,
)

CLAIM_CONFIRMED = "查重确认"  # the change by which a claim becomes a record that stands
Outcome = DuplicateFiling.Outcome


def file_duplicate(*, duplicate: Duplicate, school: School, by: User, at: datetime) -> DuplicateFiling:
    """Ask the authority to decide as the school has answered, and submit it to the leader of the school.

    BadInput before the school has answered; Conflict while another request about the same two records is under way.
    """
    require_permission(by, Permission.FILE_STATUS_CHANGE, school=school)
    with transaction.atomic():
        locked = _lock(duplicate, by)
        record = own_record(locked, school.pk)
        answer = latest_answers([locked]).get((locked.pk, school.pk))
        if answer is None:
            raise BadInput("请先答复（是本校学生、不在本校就读、是两名学生），再提交核准")
        filing = DuplicateFiling(duplicate=locked, record=record, asked=answer.answer, statement=answer.statement)
        _open(filing, f"学籍查重 {record.person.name}", by, at)
        if answer.file is not None:
            data = read_stored(answer.file.address)
            attach_evidence(
                case=filing.case, kind="答复的证明材料", file_name=answer.file_name, data=data, by=by, at=at
            )  # fmt: skip
        submit_case(case=filing.case, by=by, at=at)
    filing.case.refresh_from_db()
    return filing


def open_duplicate_undoing(
    *, filing: DuplicateFiling, school: School, statement: str, by: User, at: datetime
) -> DuplicateFiling:
    """Draft the taking back of a decision; the same schools and authorities decide it, on evidence of its own."""
    require_permission(by, Permission.FILE_STATUS_CHANGE, school=school)
    if not statement.strip():
        raise BadInput("请填写撤销的理由")
    with transaction.atomic():
        locked = _lock(filing.duplicate, by)
        record = own_record(locked, school.pk)
        row = DuplicateFiling(
            duplicate=locked, record=record, asked=filing.asked, statement=statement.strip(), undoes=filing
        )
        _open(row, f"撤销学籍查重认定 {record.person.name}", by, at)
    return row


def _lock(duplicate: Duplicate, by: User) -> Duplicate:
    """Return a duplicate held, with both records as they are: whoever files second waits for the first."""
    seen = duplicate_for(by, duplicate.pk)
    Duplicate.objects.select_for_update().get(pk=seen.pk)
    return duplicate_for(by, duplicate.pk)


def _open(filing: DuplicateFiling, title: str, by: User, at: datetime) -> None:
    """Store a filing with its case; nothing is stored where it could not be approved anyway."""
    under_way = filing.duplicate.filings.filter(outcome=Outcome.OPEN).select_related("case").first()
    if under_way is not None:
        raise Conflict(
            f"已有一件申请没有办结：「{under_way.case.title}」（{under_way.case.get_state_display()}）；请先办结或撤回"
        )
    record, other = filing.record, other_record(filing.duplicate, filing.record)
    filing.case = open_case(
        kind=KIND, school=record.school, parties={ANSWERING: other.school}, title=title,
        legal_date=timezone.localdate(at), by=by, at=at,
    )  # fmt: skip
    filing.save(force_insert=True)
    if errors_of(findings := dispute_findings(filing.case)):
        raise RuleViolation(findings)
    after = {"asked": filing.get_asked_display(), "other": other.school.name, "undoing": filing.undoes_id is not None}
    record_event(
        tag=EventTag.DUPLICATE_FILED, subject=filing.duplicate, parent=filing.case, by=by, at=at,
        school_id=record.school_id, view=law_of(filing.case), after=after, note=filing.statement[:200],
    )  # fmt: skip


# -- what becomes of it


def apply_duplicate(case: Case, by: User, at: datetime) -> None:
    """Carry out what was approved, in the transaction of the last approval."""
    require_approved(case)
    filing = filing_of(case)
    Duplicate.objects.select_for_update().get(pk=filing.duplicate_id)
    if errors_of(findings := dispute_findings(case)):  # the world may have changed meanwhile
        raise RuleViolation(findings)
    if filing.undoes is not None:
        _undo(filing, filing.undoes, by, at)
    elif (outcome := asked_outcome(filing)).ends is None:
        _keep_apart(filing, outcome, by, at)
    else:
        _let_one_stand(filing, outcome, outcome.ends, by, at)
    filing.outcome = Outcome.DONE
    filing.save()
    tag = EventTag.DUPLICATE_DECIDED if filing.undoes_id is None else EventTag.DUPLICATE_REOPENED
    record_event(
        tag=tag, subject=filing.duplicate, parent=case, by=by, at=at, school_id=case.school_id, view=law_of(case),
        after={"asked": filing.get_asked_display(), "state": filing.duplicate.get_state_display()},
    )  # fmt: skip


def leave_out_duplicate(case: Case, by: User, at: datetime) -> None:
    """Note that nothing came of a filing, refused or withdrawn: both records stay as they are, and the duplicate open."""
    filing = filing_of(case)
    filing.outcome = Outcome.LEFT_OUT
    filing.save()
    record_event(
        tag=EventTag.DUPLICATE_FILING_LEFT_OUT, subject=filing.duplicate, parent=case, by=by, at=at,
        school_id=case.school_id, view=law_of(case), after={"state": case.get_state_display()},
    )  # fmt: skip


def _let_one_stand(filing: DuplicateFiling, outcome: AskedOutcome, ends: Enrolment, by: User, at: datetime) -> None:
    """End one record, confirm the other where it was a claim, and put both under one person."""
    _change(filing, CANCEL, Move(ends, EnrolmentStatus.CANCELLED, reason=f"学籍查重：{filing.statement}"), by, at)
    _confirm(filing, [outcome.stands], by, at)
    if outcome.merges:
        rows = Enrolment.objects.filter(person=ends.person_id).select_related("person", "school").order_by("pk")
        _move(filing, list(rows), outcome.stands.person, by, at)
    filing.duplicate.state, filing.duplicate.stands = Duplicate.State.ONE_STANDS, outcome.stands
    filing.duplicate.closed_at = at
    filing.duplicate.save()


def _keep_apart(filing: DuplicateFiling, outcome: AskedOutcome, by: User, at: datetime) -> None:
    """Have two persons where the register had one: the claim gets a person of its own, whose document is put right later."""
    both = (outcome.stands, outcome.other)
    if outcome.stands.person_id == outcome.other.person_id:
        claim = next(record for record in both if record.status == EnrolmentStatus.CLAIMED)
        known = claim.person
        stranger = Person.objects.create(
            id=uuid4(), id_document_type=known.id_document_type, resident_id="", resident_id_index=None, name=known.name,
            sex=known.sex, birth_date=known.birth_date, ethnicity=known.ethnicity,
            political_status=known.political_status,
        )  # fmt: skip
        _move(filing, [claim], stranger, by, at)
    _confirm(filing, both, by, at)
    remember_two_persons(duplicate=filing.duplicate, by=by, at=at, case_id=filing.case_id)


def _confirm(filing: DuplicateFiling, records: Iterable[Enrolment], by: User, at: datetime) -> None:
    for record in records:
        if record.status == EnrolmentStatus.CLAIMED:
            _change(filing, CLAIM_CONFIRMED, Move(record, EnrolmentStatus.STUDYING, reason=filing.statement), by, at)


def _change(filing: DuplicateFiling, kind: str, move: Move, by: User, at: datetime) -> None:
    record_status_changes(
        kind=kind, moves=[move], effective_on=timezone.localdate(at), by=by, at=at, case=filing.case,
        view=law_of(filing.case),
    )  # fmt: skip


def _move(filing: DuplicateFiling, records: Sequence[Enrolment], person: Person, by: User, at: datetime) -> None:
    """Put records under another person, each with a row that says whose it was."""
    moved = [
        MovedRecord(filing=filing, enrolment=record, from_person=record.person, to_person=person, moved_at=at)
        for record in records
    ]
    MovedRecord.objects.bulk_create(moved)
    _place([(row.enrolment, person) for row in moved], filing, by, at)


def _place(records: Sequence[tuple[Enrolment, Person]], filing: DuplicateFiling, by: User, at: datetime) -> None:
    events = []
    for record, person in records:
        was = record.person
        record.person = person
        record.save(update_fields=["person", "tail_index"])
        events.append(
            event_of(
                tag=EventTag.ENROLMENT_MOVED, subject=record, parent=filing.case, by=by, at=at,
                school_id=record.school_id, before={"person": str(was.pk)}, after={"person": str(person.pk)},
            )
        )  # fmt: skip
    record_events(events)


def _undo(filing: DuplicateFiling, undone: DuplicateFiling, by: User, at: datetime) -> None:
    """Take back a decision: first what it let stand, then what it moved, then what it ended; the duplicate is open again."""
    changes = changes_by(undone)
    _take_back(filing, [change for change in changes if change.to_status != EnrolmentStatus.CANCELLED], by, at)
    rows = MovedRecord.objects.select_for_update(of=("self",)).filter(filing=undone, moved_back_at=None)
    back = list(rows.select_related("enrolment__person", "from_person").order_by("pk"))
    for row in back:
        row.moved_back_at = at
        row.save(update_fields=["moved_back_at"])
    _place([(row.enrolment, row.from_person) for row in back], filing, by, at)
    _take_back(filing, [change for change in changes if change.to_status == EnrolmentStatus.CANCELLED], by, at)
    TwoPersons.objects.filter(case=undone.case, ended_at=None).update(ended_at=at)
    filing.duplicate.state, filing.duplicate.stands = Duplicate.State.OPEN, None
    filing.duplicate.closed_at = None
    filing.duplicate.save()


def _take_back(filing: DuplicateFiling, changes: Sequence[StatusChange], by: User, at: datetime) -> None:
    undo_status_changes(
        changes=changes, reason=f"撤销学籍查重认定：{filing.statement}", effective_on=timezone.localdate(at), by=by, at=at,
        case=filing.case, view=law_of(filing.case),
    )  # fmt: skip
