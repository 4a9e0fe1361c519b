"""A transfer is opened by the school that sends, and carried out at both in one transaction (S2 第十二条); undone by a case too."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import cast

from django.db import IntegrityError, transaction
from django.utils import timezone

from xueji.accounts.models import User
from xueji.cases.actions import open_case
from xueji.cases.kinds import require_approved
from xueji.cases.law import law_of
from xueji.cases.models import Case
from xueji.core.errors import BadInput, Conflict, RuleViolation
from xueji.core.findings import errors_of
from xueji.core.status_words import CANCEL, TRANSFER
from xueji.institutions.models import Programme, School
from xueji.ledger.actions import event_of, record_event, record_events
from xueji.ledger.copying import copy_rows
from xueji.ledger.models import Event
from xueji.ledger.tags import EventTag
from xueji.registry.actions.changing import Move, record_status_changes, undo_status_changes
from xueji.registry.models import (
    Enrolment,
    EnrolmentStatus,
    HandOverItem,
    Registration,
    StatusApplicant,
    StatusApplication,
    StatusChange,
)
from xueji.registry.queries.applications import application_of
from xueji.registry.queries.open_applications import require_free
from xueji.registry.queries.status_changes import registration_of
from xueji.registry.queries.transfers import (
    KIND,
    RECEIVING,
    SENDING,
    applicants_of,
    programmes_wanted,
    school_of,
)
from xueji.registry.transfers import transfer_findings
from xueji.sealing.rows import store_signed

_ORIGIN = "vocational_school"  # how the student came to the new school (core.status_words.ORIGINS)
# What the register keeps of a student wherever they go; the day of 入学手续 is the day they come.
_CARRIED = (
    "intake_year", "intake_term", "national_on", "national_source", "filing", "filed_on", "filed_by_id", "grade",
    "expected_graduation", "compulsory_until", "form",
)  # fmt: skip


def open_transfer(
    *,
    enrolments: Sequence[Enrolment],
    receiving: School,
    programmes: Mapping[uuid.UUID, Programme],
    statement: str,
    effective_on: date,
    by: User,
    at: datetime,
    classes: Mapping[uuid.UUID, str] | None = None,
) -> StatusApplication:
    """Draft the transfer of students of one school to another; submitted once the students' applications are attached.

    `programmes` says what each is to study there, `classes` the class where it is known. RuleViolation names what the law
    says against it, Conflict the application that is already under way.
    """
    sending = _require_one_school(enrolments)
    _require_statement(statement, effective_on, at)
    wanted = {
        record.pk: {"programme_id": programmes[record.pk].pk if record.pk in programmes else None,
                    "class_name": (classes or {}).get(record.pk, "").strip()[:40]}
        for record in enrolments
    }  # fmt: skip
    applicants = [StatusApplicant(enrolment=record, wanted=wanted[record.pk]) for record in enrolments]
    application = StatusApplication(change=TRANSFER, statement=statement.strip(), effective_on=effective_on)
    return _opened(application, applicants, {SENDING: sending, RECEIVING: receiving}, by, at)


def open_transfer_undoing(
    *, changes: Sequence[StatusChange], statement: str, effective_on: date, by: User, at: datetime
) -> StatusApplication:
    """Draft the taking back of a transfer that should not have been: the same schools and authorities decide it."""
    targets = {change.moves_to.school for change in changes if change.moves_to is not None}
    if len(targets) != 1:
        raise BadInput("请选择转入同一所学校的学生，一并撤销转学")
    sending = _require_one_school([change.enrolment for change in changes])
    _require_statement(statement, effective_on, at)
    applicants = [StatusApplicant(enrolment=change.enrolment, undoes=change) for change in changes]
    application = StatusApplication(
        change=TRANSFER, statement=statement.strip(), effective_on=effective_on, is_undoing=True
    )
    return _opened(application, applicants, {SENDING: sending, RECEIVING: targets.pop()}, by, at)


def _require_one_school(enrolments: Sequence[Enrolment]) -> School:
    schools = {record.school for record in enrolments}
    if len(schools) != 1 or len({record.pk for record in enrolments}) != len(enrolments):
        raise BadInput("请选择同一所学校的学生，每人一次")
    return schools.pop()


def _require_statement(statement: str, effective_on: date, at: datetime) -> None:
    if not statement.strip():
        raise BadInput("请填写申请事由")
    if effective_on > timezone.localdate(at):
        raise BadInput("生效日期还没有到：异动在发生的当天或以后登记")


def _opened(
    application: StatusApplication,
    applicants: Sequence[StatusApplicant],
    schools: Mapping[str, School],
    by: User,
    at: datetime,
) -> StatusApplication:
    """Store an application with its case; nothing is stored where it could not be approved anyway."""
    with transaction.atomic():
        names = _locked_names(applicants)
        what = "撤销转学" if application.is_undoing else "转学"
        title = f"{what} {names[0]}" if len(names) == 1 else f"{what} {names[0]}等 {len(names)} 人"
        application.case = open_case(
            kind=KIND, school=schools[SENDING], parties={RECEIVING: schools[RECEIVING]}, title=title,
            legal_date=timezone.localdate(at), by=by, at=at,
        )  # fmt: skip
        begun = [a.undoes.moves_to_id for a in applicants if a.undoes is not None and a.undoes.moves_to_id is not None]
        require_free([applicant.enrolment_id for applicant in applicants] + begun)
        application.save(force_insert=True)
        _store_applicants(application, applicants)
        if errors_of(findings := transfer_findings(application.case)):
            raise RuleViolation(findings)
        record_event(
            tag=EventTag.TRANSFER_OPENED, subject=application, parent=application.case, by=by, at=at,
            school_id=schools[SENDING].pk, view=law_of(application.case), note=application.statement,
            after={
                "students": names, "from": schools[SENDING].name, "to": schools[RECEIVING].name,
                "on": application.effective_on, "undoing": application.is_undoing,
            },
        )  # fmt: skip
    return application


def _locked_names(applicants: Sequence[StatusApplicant]) -> list[str]:
    """Hold the records, in one order, and return whose they are in the order of the list."""
    keys = [applicant.enrolment_id for applicant in applicants]
    rows = Enrolment.objects.select_for_update(of=("self",)).filter(pk__in=keys).select_related("person").order_by("pk")
    names = {row.pk: row.person.name for row in rows}
    return [names[key] for key in keys]


def _store_applicants(application: StatusApplication, applicants: Sequence[StatusApplicant]) -> None:
    for applicant in applicants:
        applicant.application = application
    try:
        with transaction.atomic():
            StatusApplicant.objects.bulk_create(applicants)
    except IntegrityError as error:
        if "one_open_application_per_enrolment" not in str(error):
            raise
        raise Conflict("名单中有学生刚刚被另一件申请占用，请刷新后查看") from error


# -- what becomes of it


def apply_transfer(case: Case, by: User, at: datetime) -> None:
    """Move the students, or move them back: at both schools on one day, in the transaction of the last approval."""
    require_approved(case)
    application = application_of(case)
    applicants = applicants_of(application)
    if errors_of(findings := transfer_findings(case)):  # the world may have changed meanwhile
        raise RuleViolation(findings)
    done = _undo if application.is_undoing else _move
    changes, events = done(application, applicants, by, at)
    for applicant, change in zip(applicants, changes, strict=True):
        applicant.done_by = change
    store_signed(applicants, "done_by", outcome=StatusApplicant.Outcome.DONE)
    view = law_of(case)
    if not application.is_undoing:
        names = cast("list[str]", view.value_or("handed_over_in_transfer", []))
        HandOverItem.objects.bulk_create(HandOverItem(applicant=a, what=name) for a in applicants for name in names)
    applied = event_of(
        tag=EventTag.TRANSFER_APPLIED, subject=application, parent=case, by=by, at=at, school_id=case.school_id,
        view=view, after={"on": application.effective_on, "undoing": application.is_undoing},
    )  # fmt: skip
    record_events([*events, applied])


def _move(
    application: StatusApplication, applicants: Sequence[StatusApplicant], by: User, at: datetime
) -> tuple[list[StatusChange], list[Event]]:
    """End the records here and begin them there: what ends goes first, since a person has one active record."""
    case = application.case
    receiving = school_of(case, RECEIVING)
    programmes = programmes_wanted(applicants)
    begun = [_record_begun(a.enrolment, programmes[a.wanted["programme_id"]], at) for a in applicants]
    moves = [
        Move(applicant.enrolment, EnrolmentStatus.TRANSFERRED, reason=application.statement, moves_to=record)
        for applicant, record in zip(applicants, begun, strict=True)
    ]
    changes = record_status_changes(
        kind=TRANSFER, moves=moves, effective_on=application.effective_on, by=by, at=at, case=case, view=law_of(case)
    )
    copy_rows(begun)
    copy_rows([_registration_begun(a, record, by, at) for a, record in zip(applicants, begun, strict=True)])
    events = [
        event_of(
            tag=EventTag.ENROLMENT_REGISTERED, subject=record, parent=record.person, by=by, at=at,
            school_id=receiving.pk, view=law_of(case), after={"transferred_from": str(applicant.enrolment_id)},
        )
        for applicant, record in zip(applicants, begun, strict=True)
    ]  # fmt: skip
    return changes, events


def _record_begun(record: Enrolment, programme: Programme, at: datetime) -> Enrolment:
    """Return the record at the other school, not yet stored: the duration stays that of the programme first studied."""
    return Enrolment(
        person=record.person, school_id=programme.school_id, programme=programme, entry_month=record.entry_month,
        duration_years=record.duration_years, study_mode=record.study_mode, confirmed_at=at,
    )  # fmt: skip


def _registration_begun(applicant: StatusApplicant, record: Enrolment, by: User, at: datetime) -> Registration:
    """Return what the register keeps of the new record: filing and form are carried over, class and campus are new."""
    registration = registration_of(applicant.enrolment)
    assert registration is not None  # `transfer_findings` refused whoever has none
    return Registration(
        enrolment=record, entered_on=applicant.application.effective_on, registered_on=timezone.localdate(at),
        registered_by=by, origin=_ORIGIN, class_name=applicant.wanted.get("class_name", ""),
        **{name: getattr(registration, name) for name in _CARRIED},
    )  # fmt: skip


def _undo(
    application: StatusApplication, applicants: Sequence[StatusApplicant], by: User, at: datetime
) -> tuple[list[StatusChange], list[Event]]:
    """Cancel the records there and bring back those here; nothing is deleted."""
    case = application.case
    undone = [applicant.undoes for applicant in applicants if applicant.undoes is not None]
    reason = f"撤销转学：{application.statement}"
    cancelled = [
        Move(change.moves_to, EnrolmentStatus.CANCELLED, reason=reason)
        for change in undone
        if change.moves_to is not None
    ]
    record_status_changes(
        kind=CANCEL, moves=cancelled, effective_on=application.effective_on, by=by, at=at, case=case, view=law_of(case)
    )
    changes = undo_status_changes(
        changes=undone, reason=reason, effective_on=application.effective_on, by=by, at=at, case=case,
        view=law_of(case),
    )  # fmt: skip
    return changes, []
