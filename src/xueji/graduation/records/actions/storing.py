"""The lines of a faultless upload of records are stored; a stored line is taken away, with the reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.errors import BadInput, Conflict, NotFound, RuleViolation
from xueji.core.findings import errors_of
from xueji.core.record_facts import RECORD_KINDS, RecordFacts
from xueji.graduation.locks import lock_batch
from xueji.graduation.models import Batch, Candidate, StatusChangeLine
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
from xueji.institutions.queries import pick, require_permission
from xueji.ledger.actions import event_of, record_event, record_events
from xueji.ledger.tags import EventTag
from xueji.sealing.texts import blind_index
from xueji.uploads.models import Upload, UploadRow


def store_records(
    *, upload: Upload, subject: Batch, rows: Sequence[UploadRow], by: User, at: datetime
) -> dict[str, int]:
    """Store the lines of an upload, in the transaction of its confirmation: new ones are added, changed ones brought
    up to date; nothing is taken away.

    RuleViolation when somebody left the batch since it was read.
    """
    facts, missed = look_up([from_text(upload.kind, row.payload) for row in rows], subject)
    if errors := errors_of([finding for _, finding in missed]):
        raise RuleViolation(errors)
    return _store(upload, subject, facts, by=by, at=at)


def drop_record(*, kind: str, batch: Batch, record_id: object, reason: str, by: User, at: datetime) -> None:
    """Take one stored line away, with the reason; the ledger keeps what it said."""
    require_permission(by, Permission.RECORD_GRADUATES, school=batch.school)
    reason = reason.strip()[:200]
    if not reason:
        raise BadInput("请写明删去的原因")
    if kind not in STORES:
        raise BadInput(f"没有这种表册：{kind}")
    with transaction.atomic():
        lock_batch(batch)
        scope = {"batch": batch} if kind == "changes" else {"candidate__batch": batch}
        try:
            line = pick(STORES[kind].objects.filter(**scope), record_id)
        except NotFound:
            raise Conflict("这一行已经删去") from None
        removed = {name: str(getattr(line, name) or "") for name in fields_in_clear(kind)}
        record_event(
            tag=EventTag.RECORD_REMOVED, subject=line.candidate or batch, parent=batch, by=by, at=at,
            school_id=batch.school_id, before={"kind": RECORD_KINDS[kind].label, **removed}, note=reason,
        )  # fmt: skip
        line.delete()


def _store(upload: Upload, batch: Batch, facts: Sequence[RecordFacts], *, by: User, at: datetime) -> dict[str, int]:
    """Write the lines; return how many were new and changed. Each graduate concerned gets an event of their own."""
    kind, model = upload.kind, STORES[upload.kind]
    candidates, stored = candidates_by_index(batch), by_key(upload.kind, batch)
    new: list[Any] = []
    changed: list[Any] = []
    touched: dict[Any, Candidate] = {}
    for record in facts:
        candidate, line, values = (
            candidates.get(blind_index(record.text("resident_id"))),
            stored.get(key_of(record)),
            values_of(record),
        )
        if line is None:
            new.append(_new_line(upload, batch, record, candidate, values))
        elif any(getattr(line, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(line, name, value)
            line.upload = upload
            changed.append(line)
        else:
            continue
        if candidate is not None:
            touched[candidate.pk] = candidate
    model.objects.bulk_create(new, batch_size=1000)
    model.objects.bulk_update(changed, [*fields_in_clear(kind), "upload"], batch_size=500)
    record_events(
        [
            event_of(tag=EventTag.RECORDS_STORED, subject=record, parent=batch, by=by, at=at, school_id=batch.school_id,
                     after={"kind": upload.label})
            for record in touched.values()
        ]
    )  # fmt: skip
    return {"rows": len(facts), "new": len(new), "changed": len(changed)}


def _new_line(
    upload: Upload, batch: Batch, facts: RecordFacts, candidate: Candidate | None, values: dict[str, Any]
) -> Any:
    if upload.kind != "changes":
        return STORES[upload.kind](candidate=candidate, upload=upload, **values)
    number = facts.text("resident_id")
    return StatusChangeLine(
        batch=batch, candidate=candidate, upload=upload, name=facts.text("name")[:100],
        resident_id=number, resident_id_index=blind_index(number), content_index=content_index_of(values), **values,
    )  # fmt: skip
