"""What a student or a guardian does with their registration, and what the school does of it: looks, requests, answers, barring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from xueji.accounts.models import Applicant, User
from xueji.accounts.permissions import Permission
from xueji.core.errors import BadInput, Conflict, NotFound, NotPermitted, RuleViolation
from xueji.institutions.queries import pack_of, require_permission
from xueji.ledger.actions import mask_identity_numbers, record_event, record_look
from xueji.ledger.tags import EventTag
from xueji.messaging.actions import queue_message
from xueji.registry.actions.filing import open_particulars_change
from xueji.registry.changes import (
    FIELDS,
    KIND,
    claimed_values,
    particulars_findings,
    read_changes,
    with_what_number_says,
)
from xueji.registry.models import ACTIVE, CorrectionRequest, Enrolment, Guardian
from xueji.registry.queries.own_records import OwnRecord, decides_who_looks, own_record_for
from xueji.registry.queries.students import is_minor

ASKED = (
    "name",
    "sex",
    "birth_date",
    "resident_id",
    "entry_month",
)  # what information changes put right; the rest moves by 异动
ANSWERED_TEMPLATE = "correction_answered"
State = CorrectionRequest.State
_MATCHES = ("particulars.birth_date_matches_id", "particulars.sex_matches_id")
_BY_NUMBER = "请求仍待处理：请启动同一学生的证件号码更正请求，还没有的请申请人提出；出生日期、性别随证件号码一并更正"
_AGAIN = "请求仍待处理：请核对原件，填错的答复不采纳并写明理由，申请人可以重新提出"


@transaction.atomic
def record_own_look(*, applicant: Applicant, enrolment_id: object, by: User, at: datetime) -> OwnRecord:
    """Return a registration to its student or a guardian, NotFound to anybody else; every look at a minor's is recorded, with who looked as what."""
    _require_own(applicant, by)
    viewed = own_record_for(applicant, enrolment_id, timezone.localdate(at))
    if is_minor(viewed.record, timezone.localdate(at)):
        as_whom = f"监护人（{viewed.guardian.relation}）" if viewed.guardian else "学生本人"
        record_look(
            tag=EventTag.OWN_RECORD_VIEWED, subject=viewed.record, by=by, at=at, school_id=viewed.record.school_id,
            after={"purpose": f"{as_whom}查询学籍"},
        )  # fmt: skip
    return viewed


@transaction.atomic
def request_correction(
    *, applicant: Applicant, enrolment: Enrolment, field: str, wanted: str, statement: str, by: User, at: datetime
) -> CorrectionRequest:
    """Ask the school to put a field right; BadInput for one that does not move so, Conflict while the same is asked already."""
    _require_own(applicant, by)
    viewed = own_record_for(applicant, enrolment.pk, timezone.localdate(at))
    if viewed.record.status not in ACTIVE:
        raise Conflict(f"学籍{viewed.record.get_status_display()}，不能在这里申请更正；请联系学校")
    if field not in ASKED:
        raise BadInput(f"这里不能更正「{field[:20]}」；可用：{'、'.join(FIELDS[name] for name in ASKED)}")
    if not statement.strip():
        raise BadInput("请写明哪里不对、有什么证明")
    value = read_changes({field: wanted}, timezone.localdate(at))[field]
    if value == claimed_values(viewed.record)[field]:
        raise BadInput(f"填写的「{FIELDS[field]}」与学籍上的相同")
    locked = Enrolment.objects.select_for_update(of=("self",)).get(pk=viewed.record.pk)
    if CorrectionRequest.objects.filter(enrolment=locked, field=field, state=State.OPEN).exists():
        raise Conflict(f"「{FIELDS[field]}」已经提出更正，正在等学校处理")
    asked = CorrectionRequest.objects.create(
        enrolment=locked, applicant=applicant, guardian=viewed.guardian, field=field, wanted=value,
        statement=statement.strip()[:500], asked_at=at,
    )  # fmt: skip
    record_event(
        tag=EventTag.CORRECTION_REQUESTED, subject=asked, parent=locked, by=by, at=at, school_id=locked.school_id,
        after={"field": FIELDS[field], "as": viewed.guardian.relation if viewed.guardian else "本人"},
    )  # fmt: skip
    return asked


@transaction.atomic
def withdraw_correction(*, request: CorrectionRequest, by: User, at: datetime) -> CorrectionRequest:
    """Take back what was asked, while the school has not answered; only who asked does."""
    _require_own(request.applicant, by)
    return _answered(request, State.WITHDRAWN, "", by, at)


@transaction.atomic
def take_up_correction(
    *, request: CorrectionRequest, document_number: str, by: User, at: datetime
) -> CorrectionRequest:
    """Start the information change that was asked for: the school adds the papers and submits it as any other.

    A number brings the birth date and sex it says. RuleViolation for what could only end dead: the request stays open.
    """
    locked = _locked(request)
    require_permission(by, Permission.FILE_PARTICULARS_CHANGE, school=locked.enrolment.school)
    wanted = with_what_number_says(locked.enrolment, {locked.field: locked.wanted})
    _require_possible(locked.enrolment, wanted, at)
    change = open_particulars_change(
        enrolment=locked.enrolment, document_number=document_number, changes=wanted,
        reason=f"{_who(locked)}申请更正「{FIELDS[locked.field]}」", by=by, at=at,
    )  # fmt: skip
    locked.change = change
    return _answered(locked, State.TAKEN, "", by, at)


def _require_possible(enrolment: Enrolment, wanted: Mapping[str, str], at: datetime) -> None:
    """RuleViolation where the record would contradict itself after the change: it could be opened, never decided."""
    cites = pack_of(enrolment.school).on(timezone.localdate(at)).workflow(KIND).cites
    found = particulars_findings(enrolment, wanted, cites)
    if found:
        raise RuleViolation([replace(row, remedy=_BY_NUMBER if row.rule in _MATCHES else _AGAIN) for row in found])


@transaction.atomic
def refuse_correction(*, request: CorrectionRequest, answer: str, by: User, at: datetime) -> CorrectionRequest:
    """Say why the school does not take up what was asked, identity numbers masked; BadInput without words."""
    locked = _locked(request)
    require_permission(by, Permission.FILE_PARTICULARS_CHANGE, school=locked.enrolment.school)
    if not answer.strip():
        raise BadInput("请写明不采纳的理由，申请人看得到")
    return _answered(locked, State.REFUSED, mask_identity_numbers(answer.strip())[:300], by, at)


def _answered(
    request: CorrectionRequest, state: CorrectionRequest.State, answer: str, by: User, at: datetime
) -> CorrectionRequest:
    locked = _locked(request)
    locked.change = request.change
    locked.state, locked.answer, locked.answered_by, locked.answered_at = state, answer, by, at
    locked.save(update_fields=["state", "answer", "answered_by", "answered_at", "change"])
    tag = EventTag.CORRECTION_WITHDRAWN if state == State.WITHDRAWN else EventTag.CORRECTION_ANSWERED
    record_event(
        tag=tag, subject=locked, parent=locked.enrolment, by=by, at=at, school_id=locked.enrolment.school_id,
        after={"state": state.label}, note=answer,
    )  # fmt: skip
    if state != State.WITHDRAWN and locked.applicant.phone:
        values = {"school": locked.enrolment.school.name, "field": FIELDS[locked.field], "state": state.label}
        queue_message(template=ANSWERED_TEMPLATE, address=locked.applicant.phone, values=values, by=by, at=at)
    return locked


def _locked(request: CorrectionRequest) -> CorrectionRequest:
    rows = CorrectionRequest.objects.select_for_update(of=("self",)).select_related("enrolment__school", "applicant")
    locked = rows.get(pk=request.pk)
    if locked.state != State.OPEN:
        raise Conflict(f"这件请求{locked.get_state_display()}，不能再处理")
    return locked


def _who(request: CorrectionRequest) -> str:
    return f"监护人（{request.guardian.relation}）" if request.guardian else "学生本人"


def _require_own(applicant: Applicant, by: User) -> None:
    if by.pk != applicant.user_id:
        raise NotPermitted("只有本人可以办理")
    if not applicant.is_proven:
        raise NotFound


# -- who may look as a guardian


@transaction.atomic
def bar_guardian(*, guardian: Guardian, enrolment: Enrolment, because: str, by: User, at: datetime) -> Guardian:
    """Keep a guardian from seeing the student's registrations; the school of this one was shown why (a protection order)."""
    if not because.strip():
        raise BadInput("请写明限制查看的原因和依据的文书")
    return _barred(guardian, enrolment, because.strip()[:200], EventTag.GUARDIAN_BARRED, by=by, at=at)


@transaction.atomic
def readmit_guardian(*, guardian: Guardian, enrolment: Enrolment, because: str, by: User, at: datetime) -> Guardian:
    """Let a guardian see the registrations again; BadInput without the reason."""
    if not because.strip():
        raise BadInput("请写明恢复查看的原因")
    return _barred(guardian, enrolment, "", EventTag.GUARDIAN_READMITTED, by=by, at=at, note=because.strip()[:200])


def _barred(
    guardian: Guardian, enrolment: Enrolment, because: str, tag: EventTag, *, by: User, at: datetime, note: str = ""
) -> Guardian:
    locked = Guardian.objects.select_for_update(of=("self",)).get(pk=guardian.pk)
    record = Enrolment.objects.select_related("school").get(pk=enrolment.pk, person=locked.person_id)
    require_permission(by, Permission.FILE_PARTICULARS_CHANGE, school=record.school)
    if not decides_who_looks(record):
        raise Conflict("学生的学籍不在这所学校：由在籍的学校限制或恢复监护人查看")
    if locked.ended_on is not None or bool(locked.barred_because) == bool(because):
        raise Conflict("这名监护人的查看权限已经改过，请刷新页面")
    locked.barred_because = because
    locked.save(update_fields=["barred_because"])
    record_event(
        tag=tag, subject=locked, parent=record, by=by, at=at, school_id=record.school_id,
        after={"relation": locked.relation}, note=because or note,
    )  # fmt: skip
    return locked
