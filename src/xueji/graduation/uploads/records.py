"""Records about graduates as uploads: read in a limited process, against every rule and the graduates of the batch."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from django.utils import timezone

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.core.errors import BadInput
from xueji.core.findings import Finding, Severity
from xueji.core.record_facts import RECORD_KINDS, RecordKind
from xueji.documents.storage import open_stored
from xueji.exchange.error_workbook import write_error_workbook
from xueji.exchange.records import RecordReport, RecordRow, read_records, record_kinds_of
from xueji.graduation.models import Batch
from xueji.graduation.records.actions.storing import store_records
from xueji.graduation.records.matching import look_up
from xueji.graduation.records.stores import by_key, differences, key_of, label_of, to_text
from xueji.graduation.uploads.subjects import BATCH
from xueji.institutions.queries import require_permission
from xueji.jobs.progress import JobProgress
from xueji.uploads.kinds import ReadRow, UploadKind, UploadReading
from xueji.uploads.models import Upload, UploadRow


def read_record_upload(upload: Upload, progress: JobProgress) -> UploadReading:
    """Read a workbook of records: lines with what would change in what is stored, everything found at once."""
    batch: Batch = upload.subject
    progress.phase("读取表册，检查每一行")
    with open_stored(upload.workbook_id) as workbook:
        report = read_records(
            workbook, batch.law, upload.kind,
            on=timezone.localdate(upload.uploaded_at), name=upload.workbook_name,
            look_up=lambda rows: look_up(rows, batch),
        )  # fmt: skip
    progress.phase("与已登记的比对")
    return UploadReading(
        _rows(batch, upload.kind, report.rows), report.findings, _error_workbook(report, batch, upload.kind)
    )


def _error_workbook(report: RecordReport, batch: Batch, kind: str) -> bytes | None:
    if not report.findings:
        return None
    view = batch.law
    out = BytesIO()
    write_error_workbook(report.table, report.findings, out, view=view, spec=view.workbook(kind))
    return out.getvalue()


def _rows(batch: Batch, kind: str, rows: Sequence[RecordRow]) -> list[ReadRow]:
    stored = by_key(kind, batch)
    labels = label_of(batch.law.workbook(kind).columns)
    change = UploadRow.Change
    made = []
    for row in rows:
        facts, number = row.facts, row.facts.text("resident_id")
        line = stored.get(key_of(facts)) if number else None
        summary = differences(facts, line, labels) if line is not None else ""
        against = change.NEW if line is None else change.CHANGED if summary else change.SAME
        made.append(ReadRow(row.row_number, facts.text("name"), to_text(facts), against, summary))
    return made


def _require(by: User, batch: Batch) -> None:
    require_permission(by, Permission.RECORD_GRADUATES, school=batch.school)


def _kind_of(record: RecordKind) -> UploadKind:
    def suits(batch: Batch) -> None:
        kinds = record_kinds_of(batch.law)
        if record.key not in kinds:
            raise BadInput(f"这里不收这种表册：{record.key}；可用：{'、'.join(kinds) or '无'}")

    def no_rows(batch: Batch) -> Finding:
        cites = batch.law.workbook(record.key).cites
        return Finding("records.not_empty", Severity.ERROR, "文件中没有一行数据", cites=cites)

    return UploadKind(
        key=record.key, label=record.label, subject=BATCH, require=_require,
        read=read_record_upload, confirm=store_records, no_rows=no_rows, suits=suits,
    )  # fmt: skip


RECORD_UPLOADS = tuple(_kind_of(record) for record in RECORD_KINDS.values())
