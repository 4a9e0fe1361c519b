"""A workbook of records is read: in a limited process, against every rule, against the graduates of the batch."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from xueji.core.findings import Severity
from xueji.documents.models import StoredFile
from xueji.documents.storage import open_stored, store_once
from xueji.exchange.cells import CellFinding
from xueji.exchange.error_workbook import write_error_workbook
from xueji.exchange.records import RecordReport, RecordRow, read_records
from xueji.graduation import models
from xueji.graduation.models import Batch, RecordFinding, RecordIntake, RecordIntakeState
from xueji.graduation.records.matching import look_up
from xueji.graduation.records.stores import by_key, differences, key_of, label_of, to_text
from xueji.jobs.progress import Progress
from xueji.ledger.actions import record_event
from xueji.ledger.tags import EventTag

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def read_record_intake(intake_id: int, progress: Progress) -> dict[str, int]:
    """Read one upload and store everything found; started again after a crash, it begins anew and doubles nothing."""
    intake = RecordIntake.objects.select_related("batch__season", "batch__school", "batch__case").get(pk=intake_id)
    if intake.state != RecordIntakeState.READING:
        return {"rows": intake.row_count, "errors": intake.error_count}
    batch = intake.batch
    progress.phase("读取表册，检查每一行")
    with open_stored(intake.workbook_id) as workbook:
        report = read_records(
            workbook, batch.law, intake.kind,
            on=timezone.localdate(intake.uploaded_at), name=intake.workbook_name,
            look_up=lambda rows: look_up(rows, batch),
        )  # fmt: skip
    progress.phase("与已登记的比对")
    return _store(intake, report, _error_workbook(report, batch, intake.kind))


def _error_workbook(report: RecordReport, batch: Batch, kind: str) -> StoredFile | None:
    if not report.findings:
        return None
    view = batch.law
    out = BytesIO()
    write_error_workbook(report.table, report.findings, out, view=view, spec=view.workbook(kind))
    return store_once(out.getvalue(), _XLSX)


def _store(intake: RecordIntake, report: RecordReport, marked: StoredFile | None) -> dict[str, int]:
    counts = {severity: sum(f.severity is severity for f in report.findings) for severity in Severity}
    with transaction.atomic():
        held = RecordIntake.objects.select_for_update(of=("self",)).select_related("batch__case").get(pk=intake.pk)
        if held.state != RecordIntakeState.READING:  # discarded meanwhile
            return {"rows": 0, "errors": 0}
        held.rows.all().delete()
        held.findings.all().delete()
        models.RecordRow.objects.bulk_create(_rows(held, report.rows), batch_size=1000)
        RecordFinding.objects.bulk_create((_finding(held, f) for f in report.findings), batch_size=1000)
        held.row_count, held.error_workbook = len(report.rows), marked
        held.error_count, held.warning_count = counts[Severity.ERROR], counts[Severity.WARNING]
        held.advice_count, held.state = counts[Severity.ADVICE], RecordIntakeState.READY
        held.save()
        after = {"rows": held.row_count, "errors": held.error_count, "warnings": held.warning_count}
        record_event(
            tag=EventTag.RECORDS_READ, subject=held, parent=held.batch, by=None, at=timezone.now(),
            school_id=held.batch.school_id, view=held.batch.law,
            after={"kind": held.get_kind_display(), **after},
        )  # fmt: skip
    return after


def _rows(intake: RecordIntake, rows: Sequence[RecordRow]) -> list[models.RecordRow]:
    stored = by_key(intake.kind, intake.batch)
    labels = label_of(intake.batch.law.workbook(intake.kind).columns)
    change = models.RecordRow.Change
    made = []
    for row in rows:
        facts, number = row.facts, row.facts.text("resident_id")
        line = stored.get(key_of(facts)) if number else None
        said = differences(facts, line, labels) if line is not None else ""
        one = models.RecordRow(
            id=uuid4(), intake=intake, row_number=row.row_number, name=facts.text("name")[:100],
            payload=to_text(facts), change_summary=said[:300],
            change=change.NEW if line is None else change.CHANGED if said else change.SAME,
        )  # fmt: skip
        made.append(one)
    return made


def _finding(intake: RecordIntake, finding: CellFinding) -> RecordFinding:
    return RecordFinding(
        intake=intake, sheet=finding.sheet[:60], row=finding.row or None, column=finding.column[:60],
        severity=finding.severity.value, rule=finding.rule, message=finding.message, remedy=finding.remedy,
        cites=[{"source": c.source, "clause": c.clause} for c in finding.cites],
    )  # fmt: skip
