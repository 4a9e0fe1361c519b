"""A workbook of records comes in, is confirmed or put away. Nothing of it counts before it is confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.errors import BadInput, Conflict, NotFound, RuleViolation
from xueji.core.findings import Citation, Finding, Severity, errors_of
from xueji.core.record_facts import RECORD_KINDS, RecordFacts
from xueji.documents.storage import store_once
from xueji.exchange.records import record_kinds_of
from xueji.graduation.locks import lock_batch
from xueji.graduation.models import Batch, Candidate, RecordIntake, RecordIntakeState, StatusChangeLine
from xueji.graduation.records.matching import candidates_by_index, look_up
from xueji.graduation.records.stores import (
    STORES,
    by_key,
    content_index_of,
    fields_in_clear,
    from_text,
    key_of,
    values_of,
)
from xueji.graduation.uploads import Upload, check_size, clean_name
from xueji.institutions.queries import pick, require_permission
from xueji.jobs.actions import start_job
from xueji.ledger.actions import event_of, record_event, record_events
from xueji.ledger.tags import EventTag
from xueji.sealing.fields import EMPTY
from xueji.sealing.texts import blind_index

_SHOWN_FINDINGS = 200


def receive_records(*, batch: Batch, kind: str, workbook: Upload, by: User, at: datetime) -> RecordIntake:
    """Keep an upload and start reading it; one still waiting for confirmation is put away by the new one."""
    require_permission(by, Permission.RECORD_GRADUATES, school=batch.school)
    kinds = record_kinds_of(batch.law)
    if kind not in kinds:
        raise BadInput(f"这里不收这种表册：{kind}；可用：{'、'.join(kinds) or '无'}")
    label = RECORD_KINDS[kind].label
    check_size(workbook, settings.MAX_WORKBOOK_BYTES, label)
    with transaction.atomic():
        batch = lock_batch(batch)
        open_ones = batch.record_intakes.filter(kind=kind)
        if open_ones.filter(state=RecordIntakeState.READING).exists():
            raise Conflict("上一份数据还在检查，请等它完成，或先放弃")
        for waiting in open_ones.filter(state=RecordIntakeState.READY):
            _put_away(waiting, by, at, note="由新上传的数据代替")
        intake = RecordIntake.objects.create(
            batch=batch, kind=kind, workbook=store_once(workbook[1], "application/octet-stream"),
            workbook_name=clean_name(workbook[0]), uploaded_by=by, uploaded_at=at,
        )  # fmt: skip
        intake.job = start_job(
            kind="records.read", title=f"检查{label} {batch.case.title}", arguments={"intake_id": intake.pk}, by=by,
            at=at, school_id=batch.school_id,
        )  # fmt: skip
        intake.save(update_fields=["job"])
        record_event(
            tag=EventTag.RECORDS_RECEIVED, subject=intake, parent=batch, by=by, at=at, school_id=batch.school_id,
            after={"kind": label, "workbook": intake.workbook_name, "file": intake.workbook_id},
        )  # fmt: skip
    return intake


def discard_records(*, intake: RecordIntake, by: User, at: datetime) -> RecordIntake:
    """Put an upload away: its rows are deleted, what is stored stays as it is."""
    require_permission(by, Permission.RECORD_GRADUATES, school=intake.batch.school)
    with transaction.atomic():
        held = RecordIntake.objects.select_for_update(of=("self",)).select_related("batch").get(pk=intake.pk)
        if held.state not in (RecordIntakeState.READING, RecordIntakeState.READY):
            raise Conflict(f"这份数据{held.get_state_display()}，不能放弃")
        return _put_away(held, by, at)


def _put_away(intake: RecordIntake, by: User, at: datetime, note: str = "") -> RecordIntake:
    intake.rows.all().delete()
    intake.state = RecordIntakeState.DISCARDED
    intake.save(update_fields=["state"])
    record_event(
        tag=EventTag.RECORDS_DISCARDED, subject=intake, parent=intake.batch, by=by, at=at,
        school_id=intake.batch.school_id, after={"kind": intake.get_kind_display()}, note=note,
    )  # fmt: skip
    return intake


def confirm_records(*, intake: RecordIntake, by: User, at: datetime) -> RecordIntake:
    """Store a faultless upload: new lines are added, changed ones brought up to date; nothing is taken away.

    RuleViolation when it holds an error, or when somebody left the batch since it was read.
    """
    require_permission(by, Permission.RECORD_GRADUATES, school=intake.batch.school)
    with transaction.atomic():
        batch = lock_batch(intake.batch)
        held = RecordIntake.objects.select_for_update(of=("self",)).get(pk=intake.pk)
        if held.state != RecordIntakeState.READY:
            raise Conflict(f"这份数据{held.get_state_display()}，不能确认")
        if held.error_count or not held.row_count:
            raise RuleViolation(_stored_errors(held) or [_no_rows(held)])
        rows = list(held.rows.all())
        facts, missed = look_up([from_text(held.kind, row.payload) for row in rows], batch)
        if errors := errors_of([finding for _, finding in missed]):
            raise RuleViolation(errors)
        counts = _store(held, batch, facts, by=by, at=at)
        held.rows.update(payload=EMPTY)
        held.state, held.confirmed_by, held.confirmed_at = RecordIntakeState.CONFIRMED, by, at
        held.save(update_fields=["state", "confirmed_by", "confirmed_at"])
        record_event(
            tag=EventTag.RECORDS_CONFIRMED, subject=held, parent=batch, by=by, at=at, school_id=batch.school_id,
            view=batch.law, after={"kind": held.get_kind_display(), **counts},
        )  # fmt: skip
    intake.refresh_from_db()
    return held


def drop_record(*, kind: str, batch: Batch, record_id: Any, reason: str, by: User, at: datetime) -> None:
    """Take one stored line away, with the reason; the ledger keeps what it said."""
    require_permission(by, Permission.RECORD_GRADUATES, school=batch.school)
    reason = reason.strip()[:200]
    if not reason:
        raise BadInput("请写明删去的原因")
    if kind not in STORES:
        raise BadInput(f"没有这种表册：{kind}")
    with transaction.atomic():
        lock_batch(batch)
        own = {"batch": batch} if kind == "changes" else {"candidate__batch": batch}
        try:
            line = pick(STORES[kind].objects.filter(**own), record_id)
        except NotFound:
            raise Conflict("这一行已经删去") from None
        said = {name: str(getattr(line, name) or "") for name in fields_in_clear(kind)}
        record_event(
            tag=EventTag.RECORD_REMOVED, subject=line.candidate or batch, parent=batch, by=by, at=at,
            school_id=batch.school_id, before={"kind": RECORD_KINDS[kind].label, **said}, note=reason,
        )  # fmt: skip
        line.delete()


def _stored_errors(intake: RecordIntake) -> list[Finding]:
    rows = intake.findings.filter(severity=Severity.ERROR.value)[:_SHOWN_FINDINGS]
    return [
        Finding(
            row.rule, Severity.ERROR, f"第{row.row}行 {row.column}：{row.message}" if row.row else row.message,
            remedy=row.remedy, cites=tuple(Citation(c["source"], c["clause"]) for c in row.cites),
        )
        for row in rows
    ]  # fmt: skip


def _no_rows(intake: RecordIntake) -> Finding:
    cites = intake.batch.law.workbook(intake.kind).cites
    return Finding("records.not_empty", Severity.ERROR, "文件中没有一行数据", cites=cites)


def _store(
    intake: RecordIntake, batch: Batch, facts: Sequence[RecordFacts], *, by: User, at: datetime
) -> dict[str, int]:
    """Write the lines; return how many were new and changed. Each graduate concerned gets an event of their own."""
    kind, model = intake.kind, STORES[intake.kind]
    there, stored = candidates_by_index(batch), by_key(intake.kind, batch)
    new: list[Any] = []
    changed: list[Any] = []
    touched: dict[Any, Candidate] = {}
    for one in facts:
        candidate, line, values = (
            there.get(blind_index(one.text("resident_id"))),
            stored.get(key_of(one)),
            values_of(one),
        )
        if line is None:
            new.append(_new_line(intake, batch, one, candidate, values))
        elif any(getattr(line, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(line, name, value)
            line.intake = intake
            changed.append(line)
        else:
            continue
        if candidate is not None:
            touched[candidate.pk] = candidate
    model.objects.bulk_create(new, batch_size=1000)
    model.objects.bulk_update(changed, [*fields_in_clear(kind), "intake"], batch_size=500)
    record_events(
        [
            event_of(tag=EventTag.RECORDS_STORED, subject=one, parent=batch, by=by, at=at, school_id=batch.school_id,
                     after={"kind": intake.get_kind_display()})
            for one in touched.values()
        ]
    )  # fmt: skip
    return {"rows": len(facts), "new": len(new), "changed": len(changed)}


def _new_line(
    intake: RecordIntake, batch: Batch, facts: RecordFacts, candidate: Candidate | None, values: dict[str, Any]
) -> Any:
    if intake.kind != "changes":
        return STORES[intake.kind](candidate=candidate, intake=intake, **values)
    number = facts.text("resident_id")
    return StatusChangeLine(
        batch=batch, candidate=candidate, intake=intake, name=facts.text("name")[:100],
        resident_id=number, resident_id_index=blind_index(number), content_index=content_index_of(values), **values,
    )  # fmt: skip
