"""Printers, their calibration, and print runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.cases.models import CaseState
from xueji.core.errors import BadInput, Conflict
from xueji.documents.calibration import solve_calibration
from xueji.documents.models import StoredFile
from xueji.documents.render import measured_corners
from xueji.graduation.models import Batch
from xueji.institutions.models import School
from xueji.institutions.queries import require_permission
from xueji.jobs.actions import start_job
from xueji.ledger.actions import Basis, record_event
from xueji.ledger.tags import EventTag
from xueji.production.forms import form_of, pack_view_of_school, view_of
from xueji.production.grounds import refusal
from xueji.production.models import Calibration, Printer, PrintRun

Point = tuple[float, float]  # mm from the top left corner of the paper


@transaction.atomic
def add_printer(*, school: School, name: str, by: User, at: datetime) -> Printer:
    """Register a printer of a school under a name the clerk recognises it by."""
    require_permission(by, Permission.CALIBRATE_PRINTERS, school=school)
    name = name.strip()
    if not name:
        raise BadInput("请填写打印机名称")
    try:
        with transaction.atomic():
            printer = Printer.objects.create(school=school, name=name)
    except IntegrityError as error:
        raise Conflict(f"本校已有名为「{name}」的打印机") from error
    record_event(tag=EventTag.PRINTER_ADDED, subject=printer, by=by, at=at, parent=school, after={"name": name})
    return printer


@transaction.atomic
def calibrate_printer(
    *, printer: Printer, measured: Sequence[Point], by: User, at: datetime, expected: Sequence[Point] | None = None
) -> Calibration:
    """Store what two measured crosses of the calibration sheet say about a printer; the newest calibration counts.

    `measured` is where the ruler found the ringed crosses, upper left first; BadInput when that cannot be the error
    of a printer. `expected` defaults to where the school's pack puts them.
    """
    require_permission(by, Permission.CALIBRATE_PRINTERS, school=printer.school)
    view = pack_view_of_school(printer.school, at)
    spec = view.document("calibration")
    solved = solve_calibration(expected or measured_corners(spec), measured)
    calibration = Calibration.objects.create(
        printer=printer, dx_mm=f"{solved.dx:.2f}", dy_mm=f"{solved.dy:.2f}", scale_x=f"{solved.sx:.5f}",
        scale_y=f"{solved.sy:.5f}", measured_by=by, measured_at=at,
    )  # fmt: skip
    record_event(
        tag=EventTag.PRINTER_CALIBRATED, subject=calibration, by=by, at=at, parent=printer, view=view,
        school_id=printer.school_id, rules=[Basis("print.calibrated", spec.cites)],
        after={"dx_mm": solved.dx, "dy_mm": solved.dy, "scale_x": solved.sx, "scale_y": solved.sy},
    )  # fmt: skip
    return calibration


@transaction.atomic
def request_print(*, batch: Batch, document: str, by: User, at: datetime, printer: Printer | None = None) -> PrintRun:
    """Ask for a document of an approved batch; a job renders it and keeps the file by its hash.

    Nothing is printed before the authority has approved and the numbers are released. The overlay needs a printer
    that has been calibrated: text off its line (串行) spoils a blank for good.
    """
    require_permission(by, Permission.PRINT_DOCUMENTS, school=batch.school)
    document = PrintRun.Document(document)
    view = view_of(batch)
    spec = form_of(view, batch, document)
    if batch.case.state != CaseState.APPROVED or batch.numbered_at is None:
        raise refusal(
            "print.batch_approved",
            f"批次「{batch.case.title}」还没有通过市级审核、发放证书编号，不能打印",
            cites=view.workflow("graduation_batch").cites,
            remedy="等审核通过后再打印；办理进度见批次页面",
        )
    calibration = _calibration(printer, document, batch, spec.cites)
    run = PrintRun.objects.create(
        batch=batch, document=document, printer=printer, calibration=calibration, requested_by=by, requested_at=at
    )
    run.job = start_job(
        kind="production.print", title=f"{document.label}：{batch.case.title}", arguments={"run_id": run.pk},
        by=by, at=at, school_id=batch.school_id,
    )  # fmt: skip
    run.save(update_fields=["job"])
    record_event(
        tag=EventTag.PRINT_REQUESTED, subject=run, by=by, at=at, parent=batch, view=view, school_id=batch.school_id,
        rules=[Basis(f"print.{spec.key}", spec.cites)], after={"document": document, "printer": printer and printer.name},
    )  # fmt: skip
    return run


def _calibration(
    printer: Printer | None, document: PrintRun.Document, batch: Batch, cites: Sequence
) -> Calibration | None:
    """Return the newest calibration of the printer; refuse an overlay on a printer that has none."""
    if printer is not None and printer.school_id != batch.school_id:
        raise BadInput("这台打印机不属于本校")
    newest = printer.calibrations.first() if printer else None
    if document == PrintRun.Document.DIPLOMA_OVERLAY and newest is None:
        raise refusal(
            "print.printer_calibrated",
            f"打印机「{printer.name}」还没有校准" if printer else "套打须选定一台已校准的打印机",
            cites=cites,
            remedy="先打印校准页，量出两个十字的位置并录入，再套打：打印的证书不得串行、重叠",
        )
    return newest


@transaction.atomic
def finish_print(
    *,
    run: PrintRun,
    file: StoredFile,
    sheets: int,
    numbers: tuple[str, str],
    notes: Sequence[dict[str, str]],
    at: datetime,
) -> PrintRun:
    """Record what a job rendered. Done twice (a worker died after rendering) it changes nothing and is told once."""
    run = PrintRun.objects.select_for_update().get(pk=run.pk)
    if run.file_id == file.pk:
        return run
    run.file, run.sheet_count, run.notes = file, sheets, list(notes)
    run.first_number, run.last_number = numbers
    run.save(update_fields=["file", "sheet_count", "notes", "first_number", "last_number"])
    record_event(
        tag=EventTag.PRINT_RENDERED, subject=run, by=None, at=at, parent=run.batch, school_id=run.batch.school_id,
        after={"sha256": file.pk, "sheets": sheets, "first": numbers[0], "last": numbers[1], "notes": len(notes)},
    )  # fmt: skip
    return run


@transaction.atomic
def record_download(*, run: PrintRun, by: User, at: datetime) -> StoredFile:
    """Return the file of a print run and record that it was taken: rosters carry full identity numbers."""
    require_permission(by, Permission.PRINT_DOCUMENTS, school=run.batch.school)
    if run.file is None:
        raise Conflict("文件还没有生成好，请稍候")
    record_event(
        tag=EventTag.PRINT_DOWNLOADED, subject=run, by=by, at=at, parent=run.batch, school_id=run.batch.school_id,
        after={"sha256": run.file_id},
    )  # fmt: skip
    return run.file
