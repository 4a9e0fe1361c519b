"""An upload comes in, is confirmed or put away. Nothing of it counts before it is confirmed, and only without an error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from xueji.accounts.models import User
from xueji.core.errors import Conflict, RuleViolation
from xueji.core.facts import GraduateFacts
from xueji.core.findings import Citation, Finding, Severity
from xueji.documents.storage import store_once
from xueji.graduation.actions.batches import lock_for_school
from xueji.graduation.actions.reading import COMPARED, candidate_values
from xueji.graduation.clashes import clash_findings
from xueji.graduation.facts import from_text, outcome_of
from xueji.graduation.models import Batch, Candidate, CandidateState, Intake, IntakeRow, IntakeState
from xueji.graduation.uploads import Upload, check_size, clean_name
from xueji.jobs.actions import start_job
from xueji.ledger.actions import event_of, record_event, record_events
from xueji.ledger.copying import copy_rows
from xueji.ledger.tags import EventTag
from xueji.registry.actions import drop_unexamined, found_graduates
from xueji.registry.models import Enrolment
from xueji.sealing.fields import EMPTY, store_sealed
from xueji.sealing.rows import store_signed

_SHOWN_FINDINGS = 200


def receive_workbook(*, batch: Batch, workbook: Upload, photos: Upload | None, by: User, at: datetime) -> Intake:
    """Keep an upload and start reading it; one still waiting for confirmation is put away by the new one."""
    check_size(workbook, settings.MAX_WORKBOOK_BYTES, "名册")
    if photos:
        check_size(photos, settings.MAX_PHOTO_ARCHIVE_BYTES, "照片压缩包")
    with transaction.atomic():
        batch = lock_for_school(batch, by)
        if batch.intakes.filter(state=IntakeState.READING).exists():
            raise Conflict("上一份数据还在检查，请等它完成，或先放弃")
        for waiting in batch.intakes.filter(state=IntakeState.READY):
            _put_away(waiting, by, at, note="由新上传的数据代替")
        intake = Intake.objects.create(
            batch=batch,
            workbook=store_once(workbook[1], "application/octet-stream"),
            workbook_name=clean_name(workbook[0]),
            photos=store_once(photos[1], "application/zip") if photos else None,
            photos_name=clean_name(photos[0]) if photos else "",
            uploaded_by=by,
            uploaded_at=at,
        )
        intake.job = start_job(
            kind="intake.read", title=f"检查毕业生数据 {batch.case.title}", arguments={"intake_id": intake.pk}, by=by, at=at,
            school_id=batch.school_id,
        )  # fmt: skip
        intake.save(update_fields=["job"])
        record_event(
            tag=EventTag.INTAKE_RECEIVED, subject=intake, parent=batch, by=by, at=at, school_id=batch.school_id,
            after={"workbook": intake.workbook_name, "file": intake.workbook_id, "photos": intake.photos_name},
        )  # fmt: skip
    return intake


def discard_intake(*, intake: Intake, by: User, at: datetime) -> Intake:
    """Put an upload away: its rows are deleted, the batch stays as it is."""
    with transaction.atomic():
        lock_for_school(intake.batch, by)
        held = Intake.objects.select_for_update(of=("self",)).select_related("batch").get(pk=intake.pk)
        if held.state not in (IntakeState.READING, IntakeState.READY):
            raise Conflict(f"这份数据{held.get_state_display()}，不能放弃")
        return _put_away(held, by, at)


def _put_away(intake: Intake, by: User, at: datetime, note: str = "") -> Intake:
    intake.rows.all().delete()
    intake.state = IntakeState.DISCARDED
    intake.save(update_fields=["state"])
    record_event(
        tag=EventTag.INTAKE_DISCARDED, subject=intake, parent=intake.batch, by=by, at=at,
        school_id=intake.batch.school_id, note=note,
    )  # fmt: skip
    return intake


def confirm_intake(*, intake: Intake, by: User, at: datetime) -> Intake:
    """Put a faultless upload into register and batch: new ones listed, changed ones brought up to date, missing ones out.

    RuleViolation when it holds an error, or when somebody has been listed elsewhere since it was read; Conflict when
    it was confirmed before.
    """
    with transaction.atomic():
        batch = lock_for_school(intake.batch, by)
        held = Intake.objects.select_for_update(of=("self",)).get(pk=intake.pk)
        if held.state != IntakeState.READY:
            raise Conflict(f"这份数据{held.get_state_display()}，不能确认")
        if held.error_count or not held.row_count:
            raise RuleViolation(_stored_errors(held) or [_no_rows(batch)])
        rows = list(held.rows.exclude(change=IntakeRow.Change.REMOVED))
        facts = [from_text(row.payload) for row in rows]
        if clashes := clash_findings(facts, batch):
            raise RuleViolation([finding for _, finding in clashes])
        cites = batch.law.workflow("particulars_change").cites
        enrolments = found_graduates(facts, school=batch.school, by=by, at=at, cites=cites)
        counts = _list_candidates(batch, rows, facts, enrolments, by=by, at=at)
        held.rows.update(payload=EMPTY)  # the register holds them now
        held.state, held.confirmed_by, held.confirmed_at = IntakeState.CONFIRMED, by, at
        held.save(update_fields=["state", "confirmed_by", "confirmed_at"])
        record_event(
            tag=EventTag.INTAKE_CONFIRMED, subject=held, parent=batch, by=by, at=at, school_id=batch.school_id,
            view=batch.law, after=counts,
        )  # fmt: skip
    intake.refresh_from_db()
    return held


def _stored_errors(intake: Intake) -> list[Finding]:
    rows = intake.findings.filter(severity=Severity.ERROR.value)[:_SHOWN_FINDINGS]
    return [
        Finding(
            row.rule, Severity.ERROR, f"第{row.row}行 {row.column}：{row.message}" if row.row else row.message,
            remedy=row.remedy, cites=tuple(Citation(c["source"], c["clause"]) for c in row.cites),
        )
        for row in rows
    ]  # fmt: skip


def _no_rows(batch: Batch) -> Finding:
    cites = batch.law.workflow("graduation_batch").cites
    return Finding("roster.not_empty", Severity.ERROR, "名单中没有一名毕业生", cites=cites)


def _list_candidates(
    batch: Batch,
    rows: Sequence[IntakeRow],
    facts: Sequence[GraduateFacts],
    enrolments: Sequence[Enrolment],
    *,
    by: User,
    at: datetime,
) -> dict[str, Any]:
    there = {c.person_id: c for c in batch.candidates.select_related("person")}
    new, changed, moved = [], [], []
    for ordinal, (row, claimed, enrolment) in enumerate(zip(rows, facts, enrolments, strict=True), start=1):
        candidate = there.pop(enrolment.person_id, None)
        if candidate is None:
            new.append(_new_candidate(batch, ordinal, row, claimed, enrolment))
        elif _bring_up_to_date(candidate, row, claimed, enrolment):
            changed.append(candidate)
        if candidate is not None and candidate.ordinal != ordinal:
            candidate.ordinal = ordinal
            moved.append(candidate)
    removed = _remove(there, by=by, at=at)
    in_clear = [name for name in COMPARED if name != "birth_date"]
    Candidate.objects.bulk_update(
        changed, [*in_clear, "outcome", "state", "mark_reason", "photo", "enrolment"], batch_size=500
    )
    store_sealed(changed, "birth_date", "digest")
    Candidate.objects.bulk_update(moved, ["ordinal"], batch_size=1000)
    copy_rows(new)
    events = [(EventTag.CANDIDATES_LISTED, c) for c in new] + [(EventTag.CANDIDATES_CORRECTED, c) for c in changed]
    record_events(
        [
            event_of(tag=tag, subject=c, parent=batch, by=by, at=at, school_id=batch.school_id, after={"name": c.name})
            for tag, c in events
        ]
    )
    return {"listed": len(rows), "new": len(new), "changed": len(changed), "removed": removed}


def _new_candidate(batch: Batch, ordinal: int, row: IntakeRow, facts: GraduateFacts, enrolment: Enrolment) -> Candidate:
    return Candidate(
        batch=batch, ordinal=ordinal, person_id=enrolment.person_id, enrolment=enrolment, photo_id=row.photo_id,
        outcome=outcome_of(facts, batch.law), **candidate_values(facts),
    )  # fmt: skip


def _bring_up_to_date(candidate: Candidate, row: IntakeRow, facts: GraduateFacts, enrolment: Enrolment) -> bool:
    """Take over what the school claims now; a mark is answered by it, and without a new photograph the old one stays."""
    values: Mapping[str, Any] = {
        **candidate_values(facts),
        "outcome": outcome_of(facts, candidate.batch.law),
        "state": CandidateState.LISTED,
        "mark_reason": "",
        "photo_id": row.photo_id or candidate.photo_id,
        "enrolment_id": enrolment.pk,
    }
    is_changed = any(getattr(candidate, name) != value for name, value in values.items())
    for name, value in values.items():
        setattr(candidate, name, value)
    return is_changed


def _remove(there: Mapping[Any, Candidate], *, by: User, at: datetime) -> list[str]:
    """Take those out whom the new list no longer names; return their names. What others decided about stays on record."""
    leaving = [c for c in there.values() if c.state in (CandidateState.LISTED, CandidateState.MARKED)]
    if not leaving:
        return []
    batch = leaving[0].batch
    record_events(
        [
            event_of(
                tag=EventTag.CANDIDATES_WITHDRAWN, subject=c, parent=batch, by=by, at=at, school_id=batch.school_id,
                before={"state": c.state, "name": c.name}, note="新名单中没有此人",
            )
            for c in leaving
        ]
    )  # fmt: skip
    argued = set(
        Candidate.objects.filter(pk__in=[c.pk for c in leaving], special_case_items__isnull=False).values_list(
            "pk", flat=True
        )
    )
    store_signed([c for c in leaving if c.pk in argued], state=CandidateState.WITHDRAWN, mark_reason="新名单中没有此人")
    Candidate.objects.filter(pk__in=[c.pk for c in leaving if c.pk not in argued]).delete()
    drop_unexamined([c.enrolment_id for c in leaving])
    return [c.name for c in leaving]
