"""An upload is read by its kind; every row and every finding is stored in one transaction, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from xueji.core.findings import Severity
from xueji.documents.models import StoredFile
from xueji.documents.storage import store_once
from xueji.jobs.progress import JobProgress
from xueji.ledger.actions import record_event
from xueji.ledger.copying import copy_rows
from xueji.ledger.tags import EventTag
from xueji.uploads.actions.replacing import give_way, lock_open
from xueji.uploads.kinds import PlacedFinding, ReadRow, UploadReading
from xueji.uploads.models import NOT_WRITTEN, Upload, UploadFinding, UploadRow, UploadState

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def read_upload(upload_id: int, progress: JobProgress) -> dict[str, int]:
    """Read one upload and store everything found; started again after a crash, it begins anew and doubles nothing."""
    upload = Upload.objects.select_related("workbook", "photos").get(pk=upload_id)
    if upload.state != UploadState.READING:
        return {"rows": upload.row_count, "errors": upload.error_count}
    reading = upload.kind_spec.read(upload, progress)
    marked = store_once(reading.error_workbook, _XLSX) if reading.error_workbook is not None else None
    return _store(upload, reading, marked)


def _store(upload: Upload, reading: UploadReading, marked: StoredFile | None) -> dict[str, int]:
    counts = {severity: sum(f.severity is severity for f in reading.findings) for severity in Severity}
    spec = upload.kind_spec
    left_out = _left_out(upload, reading)
    counts[Severity.ERROR] -= sum(f.severity is Severity.ERROR and f.row in left_out for f in reading.findings)
    subject, at = upload.subject, timezone.now()
    with transaction.atomic():
        beside = lock_open(upload, subject)
        current = Upload.objects.select_for_update(of=("self",)).get(pk=upload.pk)
        if current.state != UploadState.READING:  # discarded meanwhile
            return {"rows": 0, "errors": 0}
        current.rows.all().delete()
        current.findings.all().delete()
        copy_rows(_rows(current, reading.rows))
        UploadFinding.objects.bulk_create((_finding(current, f) for f in reading.findings), batch_size=1000)
        current.row_count = sum(row.change not in NOT_WRITTEN for row in reading.rows)
        current.left_out_count = len(left_out)
        current.error_workbook, current.state = marked, UploadState.READY
        current.error_count, current.warning_count = counts[Severity.ERROR], counts[Severity.WARNING]
        current.advice_count = counts[Severity.ADVICE]
        give_way(current, beside, subject, at=at)
        current.save()
        after = {"rows": current.row_count, "errors": current.error_count, "warnings": current.warning_count}
        if spec.leaves_out:
            after["left_out"] = current.left_out_count
        if spec.takes_photos:
            after["photos"] = sum(row.photo_id is not None for row in reading.rows)
        record_event(
            tag=EventTag.UPLOAD_READ, subject=current, parent=subject, by=None, at=at,
            view=spec.subject.law(subject), after={"kind": spec.label, **after},
        )  # fmt: skip
    return after


def _left_out(upload: Upload, reading: UploadReading) -> set[int]:
    """Return the numbers of the rows whose errors keep out themselves alone: none where no row would be left."""
    left_out = {row.row_number for row in reading.rows if row.change == UploadRow.Change.LEFT_OUT}
    if left_out and not upload.kind_spec.leaves_out:
        raise ValueError(f"uploads of kind {upload.kind!r} leave out no row")
    return left_out if any(row.change not in NOT_WRITTEN for row in reading.rows) else set()


def _rows(upload: Upload, rows: Sequence[ReadRow]) -> list[UploadRow]:
    return [
        UploadRow(
            id=uuid4(), upload=upload, part=row.part, sheet=row.sheet[:60], row_number=row.row_number,
            name=row.name[:100], payload=row.payload, photo_id=row.photo_id, change=row.change,
            change_summary=row.change_summary[:300],
        )
        for row in rows
    ]  # fmt: skip


def _finding(upload: Upload, finding: PlacedFinding) -> UploadFinding:
    return UploadFinding(
        upload=upload,
        sheet=finding.sheet[:60],
        row=finding.row or None,
        column=finding.column[:60],
        severity=finding.severity.value,
        rule=finding.rule,
        message=finding.message,
        remedy=finding.remedy,
        cites=[{"source": c.source, "clause": c.clause} for c in finding.cites],
    )
