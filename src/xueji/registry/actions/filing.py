"""A look at a full number; a correction filed, and applied when it was approved."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.cases.actions import open_case
from xueji.cases.kinds import require_approved
from xueji.cases.law import law_of
from xueji.cases.models import Case
from xueji.core.errors import BadInput, Conflict, NotFound, RuleViolation
from xueji.institutions.queries import require_permission, schools_visible_to
from xueji.ledger.actions import record_event
from xueji.ledger.tags import EventTag
from xueji.registry.changes import (
    KIND,
    claimed_values,
    notify_followers,
    particulars_findings,
    programme_of,
    read_changes,
    recorded_value,
    recorded_values,
    value_findings,
    wanted_values,
)
from xueji.registry.models import Enrolment, IdentityDocument, ParticularsChange, ParticularsChangeItem, Person, Reveal
from xueji.registry.queries import open_changes_of, person_for, resident_id_of
from xueji.sealing.texts import blind_index


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
            tag=EventTag.RESIDENT_ID_REVEALED, subject=person, by=by, at=at, school_id=record.school_id,
            note=reason,
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
        locked = (
            Enrolment.objects.select_for_update(of=("self",)).select_related("person", "programme").get(pk=enrolment.pk)
        )
        if open_changes_of([locked.pk]).exists():
            raise Conflict(f"{locked.person.name}已有一件信息更正在办理，办结后才能再次申请")
        wanted = {
            k: v for k, v in read_changes(changes, timezone.localdate(at)).items() if v != claimed_values(locked)[k]
        }
        if not wanted:
            raise BadInput("更正的内容与现有信息相同")
        case = open_case(
            kind=KIND, school=school, title=f"信息更正 {locked.person.name}", by=by, at=at,
            legal_date=legal_date or timezone.localdate(at),
        )  # fmt: skip
        change = ParticularsChange.objects.create(
            case=case, enrolment=locked, document_number=document_number.strip()[:60], reason=reason.strip()
        )
        stands = claimed_values(locked)
        ParticularsChangeItem.objects.bulk_create(
            ParticularsChangeItem(change=change, field=name, before=stands[name], after=text)
            for name, text in wanted.items()
        )
        shown = _recorded(change)
        record_event(
            tag=EventTag.PARTICULARS_CHANGE_OPENED, subject=change, parent=case, by=by, at=at, school_id=school.pk,
            after={"document_number": change.document_number, "changes": shown}, note=change.reason,
        )  # fmt: skip
    return change


def _recorded(change: ParticularsChange) -> dict[str, dict[str, str]]:
    """Return what a correction changes, as the ledger may keep it."""
    return {
        item.field: {
            "before": recorded_value(item.field, item.before),
            "after": recorded_value(item.field, item.after),
        }
        for item in change.items.all()
    }


def apply_change(case: Case, by: User, at: datetime) -> None:
    """Correct the person and the record, and have those who hold copies of them follow."""
    require_approved(case)
    change = ParticularsChange.objects.get(case=case)
    enrolment = (
        Enrolment.objects.select_for_update(of=("self",))
        .select_related("person", "programme")
        .get(pk=change.enrolment_id)
    )
    change.enrolment = enrolment
    person = Person.objects.select_for_update().get(pk=enrolment.person_id)
    enrolment.person = person
    if findings := value_findings(change, law_of(case).workflow(KIND).cites):  # the world may have changed meanwhile
        raise RuleViolation(findings)
    wanted = wanted_values(change)
    shown = _recorded(change)
    _correct_person(person, wanted, at)
    _correct_enrolment(enrolment, wanted, at)
    change.applied_at = at
    change.save(update_fields=["applied_at"])
    record_event(
        tag=EventTag.PARTICULARS_CHANGE_APPLIED, subject=enrolment, parent=case, by=by, at=at, school_id=case.school_id,
        view=law_of(case), after=shown, note=change.document_number,
    )  # fmt: skip
    notify_followers(change, by, at)


def correct_record(*, enrolment: Enrolment, wanted: Mapping[str, str], case: Case, by: User, at: datetime) -> Enrolment:
    """Bring a record and its person in line with what another case decided; RuleViolation when the values are impossible.

    For cases about something printed from the record: what was wrong there is wrong here too.
    """
    require_approved(case)
    with transaction.atomic():
        locked = (
            Enrolment.objects.select_for_update(of=("self",)).select_related("person", "programme").get(pk=enrolment.pk)
        )
        locked.person = Person.objects.select_for_update().get(pk=locked.person_id)
        if findings := particulars_findings(locked, wanted, law_of(case).workflow(case.kind).cites):
            raise RuleViolation(findings)
        before = {name: text for name, text in claimed_values(locked).items() if name in wanted}
        _correct_person(locked.person, wanted, at)
        _correct_enrolment(locked, wanted, at)
        record_event(
            tag=EventTag.ENROLMENT_CORRECTED, subject=locked, parent=case, by=by, at=at, school_id=locked.school_id,
            view=law_of(case), before=recorded_values(before), after=recorded_values(wanted),
        )  # fmt: skip
    return locked


def _correct_person(person: Person, wanted: Mapping[str, str], at: datetime) -> None:
    person.name = wanted.get("name", person.name)
    person.sex = wanted.get("sex", person.sex)
    if "birth_date" in wanted:
        person.birth_date = date.fromisoformat(wanted["birth_date"])
    number = wanted.get("resident_id")
    if number:
        _replace_document(person, number, at)
        person.resident_id, person.resident_id_index = number, blind_index(number)
    person.save()
    if number:
        for record in person.enrolments.select_for_update():
            record.person = person
            record.save(update_fields=["tail_index"])


def _replace_document(person: Person, number: str, at: datetime) -> None:
    """End the document of a number that was put right, on the day it began: it was never theirs, and shows nobody a file.

    So ends what an older correction left with somebody else who has another number by now.
    """
    index = blind_index(number)
    rows = IdentityDocument.objects.select_for_update(of=("self",)).filter(until__isnull=True)
    ended = list(rows.filter(number_index__in=[index, bytes(person.resident_id_index or b"")]))
    for row in ended:
        row.until = row.since
        row.save(update_fields=["until"])
    if any(row.person_id == person.pk for row in ended):
        IdentityDocument.objects.create(
            person=person, kind=person.id_document_type, number=number, number_index=index,
            since=timezone.localdate(at),
        )  # fmt: skip


def _correct_enrolment(enrolment: Enrolment, wanted: Mapping[str, str], at: datetime) -> None:
    if {"programme", "duration_years"} & set(wanted):
        programme = programme_of(enrolment, {**claimed_values(enrolment), **wanted})
        assert programme is not None, "checked just before"
        enrolment.programme, enrolment.duration_years = programme, programme.duration_years
    enrolment.entry_month = wanted.get("entry_month", enrolment.entry_month)
    enrolment.confirmed_at = enrolment.confirmed_at or at  # an authority has examined it now
    enrolment.save()
