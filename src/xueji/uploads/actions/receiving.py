"""An upload comes in, is confirmed or put away. Nothing of it counts before it is confirmed, and only without an error."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Model

from xueji.accounts.models import User
from xueji.core.errors import BadInput, Conflict, NotPermitted, RuleViolation
from xueji.core.findings import Citation, Finding, Severity
from xueji.documents.storage import store_once
from xueji.institutions.models import School
from xueji.jobs.actions import start_job
from xueji.ledger.actions import record_event
from xueji.ledger.offices import model_label
from xueji.ledger.tags import EventTag
from xueji.sealing.fields import EMPTY
from xueji.uploads.actions.replacing import give_way, lock_open, put_away
from xueji.uploads.files import File, check_size, clean_name
from xueji.uploads.kinds import UploadKind, kind_of
from xueji.uploads.models import NOT_WRITTEN, OPEN, Upload, UploadState
from xueji.uploads.queries import uploads_of

_SHOWN_FINDINGS = 200


def receive_upload(
    *, kind: str, subject: Model, workbook: File, photos: File | None = None, by: User, at: datetime
) -> Upload:
    """Keep an upload and start reading it; one that waits keeps waiting until it was read (`replacing.py`). Conflict while another is read."""
    spec = kind_of(kind)
    spec.require(by, subject)
    spec.suits(subject)
    _check_files(spec, workbook, photos)
    with transaction.atomic():
        subject = _taken_up(spec, subject)
        if not spec.waits_beside and uploads_of(subject, kind).filter(state=UploadState.READING).exists():
            raise Conflict("上一份数据还在检查，请等它完成，或先放弃")
        upload = Upload.objects.create(
            kind=kind,
            subject_type=model_label(subject),
            subject_id=subject.pk,
            **_whose(spec, subject),
            workbook=store_once(workbook[1], "application/octet-stream"),
            workbook_name=clean_name(workbook[0]),
            photos=store_once(photos[1], "application/zip") if photos else None,
            photos_name=clean_name(photos[0]) if photos else "",
            uploaded_by=by,
            uploaded_at=at,
            needs_another=spec.second_hand is not None,
        )
        upload.job = start_job(
            kind="upload.read", title=f"检查{spec.label} {spec.subject.title(subject)}", by=by, at=at,
            arguments={"upload_id": upload.pk}, school_id=upload.school_id,
        )  # fmt: skip
        upload.save(update_fields=["job"])
        after = {"kind": spec.label, "workbook": upload.workbook_name, "file": upload.workbook_id}
        record_event(
            tag=EventTag.UPLOAD_RECEIVED, subject=upload, parent=subject, by=by, at=at,
            after=after | ({"photos": upload.photos_name} if spec.takes_photos else {}),
        )  # fmt: skip
    return upload


def _check_files(spec: UploadKind, workbook: File, photos: File | None) -> None:
    check_size(workbook, settings.MAX_WORKBOOK_BYTES, spec.workbook_label or spec.label)
    if photos is None:
        return
    if not spec.takes_photos:
        raise BadInput(f"{spec.label}不附照片")
    check_size(photos, settings.MAX_PHOTO_ARCHIVE_BYTES, "照片压缩包")


def _whose(spec: UploadKind, subject: Any) -> dict[str, Any]:
    place = spec.subject.place(subject)
    return {"school": place} if isinstance(place, School) else {"authority": place}


def _taken_up(spec: UploadKind, subject: Any) -> Any:
    """Return the subject locked, when its state lets something in."""
    locked = spec.subject.lock(subject)
    spec.settle(locked)
    return locked


def discard_upload(*, upload: Upload, by: User, at: datetime) -> Upload:
    """Put an upload away: its rows are deleted, what is stored stays as it is."""
    spec = kind_of(upload.kind)
    if spec.second_hand is None or upload.uploaded_by_id == by.pk:  # the sender may think better of it
        spec.require(by, upload.subject)
    else:
        spec.second_hand(by, upload.subject)
    with transaction.atomic():
        subject = _taken_up(spec, upload.subject)
        current = Upload.objects.select_for_update(of=("self",)).get(pk=upload.pk)
        if current.state not in OPEN:
            raise Conflict(f"这份数据{current.get_state_display()}，不能放弃")
        return put_away(current, subject, by, at)


def confirm_upload(*, upload: Upload, by: User, at: datetime) -> Upload:
    """Have a faultless upload written by its kind, all of it or nothing; its rows are emptied, the rest stays on record.

    RuleViolation when it holds an error, or when something stands against it by now; Conflict when it was confirmed before.
    """
    spec = kind_of(upload.kind)
    (spec.second_hand or spec.require)(by, upload.subject)
    if spec.second_hand is not None and upload.uploaded_by_id == by.pk:
        raise NotPermitted(f"{spec.label}由一人录入、另一人确认，请由本单位另一名人员确认")
    with transaction.atomic():
        subject = _taken_up(spec, upload.subject)
        beside = lock_open(upload, subject)
        current = Upload.objects.select_for_update(of=("self",)).get(pk=upload.pk)
        current.subject = subject
        if current.state != UploadState.READY:
            raise Conflict(f"这份数据{current.get_state_display()}，不能确认")
        if current.error_count or not current.row_count:
            raise RuleViolation(_stored_errors(current) or [spec.no_rows(subject)])
        rows = list(current.rows.exclude(change__in=NOT_WRITTEN))
        counts = spec.confirm(upload=current, subject=subject, rows=rows, by=by, at=at)
        current.rows.update(payload=EMPTY)  # it is stored where it belongs now
        current.state, current.confirmed_by, current.confirmed_at = UploadState.CONFIRMED, by, at
        current.save(update_fields=["state", "confirmed_by", "confirmed_at"])
        record_event(
            tag=EventTag.UPLOAD_CONFIRMED, subject=current, parent=subject, by=by, at=at,
            view=spec.subject.law(subject), after={"kind": spec.label, **counts},
        )  # fmt: skip
        give_way(current, beside, subject, by=by, at=at)
    upload.refresh_from_db()
    return current


def _stored_errors(upload: Upload) -> list[Finding]:
    rows = upload.findings.filter(severity=Severity.ERROR.value)[:_SHOWN_FINDINGS]
    return [
        Finding(
            row.rule, Severity.ERROR, f"第{row.row}行 {row.column}：{row.message}" if row.row else row.message,
            remedy=row.remedy, cites=tuple(Citation(c["source"], c["clause"]) for c in row.cites),
        )
        for row in rows
    ]  # fmt: skip
