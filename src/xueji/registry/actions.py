"""Writes of the registry: founding (`founding.py`), revealing a number, filing a correction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.cases.actions import open_case
from xueji.core.errors import BadInput, Conflict, NotFound
from xueji.core.facts import GraduateFacts
from xueji.core.identifiers import mask_resident_id
from xueji.institutions.models import School
from xueji.institutions.queries import require_permission, schools_visible_to
from xueji.ledger.actions import record_event
from xueji.ledger.tags import EventTag
from xueji.registry.changes import KIND, claimed_values, current_value, read_changes
from xueji.registry.founding import found_graduates
from xueji.registry.models import Enrolment, ParticularsChange, ParticularsChangeItem, Person, Reveal
from xueji.registry.privacy import seal
from xueji.registry.queries import open_changes_of, person_for, resident_id_of

__all__ = ["found_graduates", "found_person_and_enrolment", "open_particulars_change", "reveal_resident_id"]


def found_person_and_enrolment(*, facts: GraduateFacts, school: School, by: User, at: datetime) -> Enrolment:
    """Store one person with their record at a school."""
    return found_graduates([facts], school=school, by=by, at=at)[0]


def reveal_resident_id(*, person: Person, reason: str, by: User, at: datetime) -> str:
    """Return the full ID number to somebody whose post allows it; who, when and why stay on record."""
    reason = reason.strip()[:200]
    if not reason:
        raise BadInput("请填写查看完整证件号的用途")
    person = person_for(by, person.pk)
    require_permission(by, Permission.REVEAL_IDENTITY)
    allowed = schools_visible_to(by, permission=Permission.REVEAL_IDENTITY)
    record = person.enrolments.filter(school__in=allowed.order_by().values("pk")).first()
    if record is None:
        raise NotFound
    with transaction.atomic():
        Reveal.objects.create(person=person, by=by, at=at, reason=reason)
        record_event(
            tag=EventTag.PERSON_REVEALED, subject=person, by=by, at=at, school_id=record.school_id,
            after={"id": person.resident_id_masked}, note=reason,
        )  # fmt: skip
    return resident_id_of(person)


def open_particulars_change(
    *,
    enrolment: Enrolment,
    document_number: str,
    reason: str,
    changes: Mapping[str, str],
    by: User,
    at: datetime,
    legal_date: date | None = None,
) -> ParticularsChange:
    """Open a correction on paper and evidence (S1-07); it is submitted, and decided by the authority, as a case.

    `changes` maps name, sex, birth_date, resident_id, programme, duration_years or entry_month to what is right.
    """
    school = enrolment.school
    require_permission(by, Permission.FILE_PARTICULARS_CHANGE, school=school)
    if not document_number.strip() or not reason.strip():
        raise BadInput("请填写学校文号和变更原因")
    with transaction.atomic():
        held = (
            Enrolment.objects.select_for_update(of=("self",)).select_related("person", "programme").get(pk=enrolment.pk)
        )
        if open_changes_of([held.pk]).exists():
            raise Conflict(f"{held.person.name}已有一件信息更正在办理，办结后才能再次申请")
        wanted = {k: v for k, v in read_changes(changes).items() if v != claimed_values(held)[k]}
        if not wanted:
            raise BadInput("更正的内容与现有信息相同")
        case = open_case(
            kind=KIND, school=school, title=f"信息更正 {held.person.name}", by=by, at=at,
            legal_date=legal_date or timezone.localdate(at),
        )  # fmt: skip
        change = ParticularsChange.objects.create(
            case=case, enrolment=held, document_number=document_number.strip()[:60], reason=reason.strip()
        )
        ParticularsChangeItem.objects.bulk_create(_item(change, held, name, text) for name, text in wanted.items())
        shown = {item.field: {"before": item.before, "after": item.after} for item in change.items.all()}
        record_event(
            tag=EventTag.PARTICULARS_CHANGE_OPENED, subject=change, parent=case, by=by, at=at, school_id=school.pk,
            after={"document_number": change.document_number, "changes": shown}, note=change.reason,
        )  # fmt: skip
    return change


def _item(change: ParticularsChange, enrolment: Enrolment, name: str, text: str) -> ParticularsChangeItem:
    """Return one line of the correction; an ID number is sealed at its line and shown masked."""
    item = ParticularsChangeItem(change=change, field=name, before=current_value(enrolment, name), after=text)
    if name == "resident_id":
        item.after = mask_resident_id(text)
        item.after_sealed = seal(text, table="registry_particularschangeitem", column="after", row=change.pk)
    return item
