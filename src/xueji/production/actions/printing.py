"""Printers, their calibration, and forms printed in one file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from xueji.accounts.models import User
from xueji.accounts.permissions import Permission
from xueji.cases.models import CaseState
from xueji.certificates.locks import lock_paper
from xueji.certificates.models import Certificate, Issue
from xueji.core.errors import BadInput, Conflict
from xueji.core.findings import Citation
from xueji.core.packs import DocumentSpec, PackView
from xueji.documents.alignment import solve_calibration
from xueji.documents.models import StoredFile
from xueji.documents.render import measured_corners
from xueji.institutions.models import Authority, School
from xueji.jobs.actions import start_job
from xueji.jobs.models import JobState
from xueji.ledger.actions import Basis, record_event
from xueji.ledger.tags import EventTag
from xueji.production.catalogue import Printable, certificate_kind_of, form_key, printable_for
from xueji.production.form_data import certificates_of, pack_view_at
from xueji.production.models import Calibration, Printer, PrintFile, PrintRun
from xueji.production.refusals import approval_cites, refusal
from xueji.production.rights import (
    counts_blanks,
    require_file_right,
    require_place,
    require_printing_right,
    stands_for,
)
from xueji.registry.actions import record_fetch

Point = tuple[float, float]  # mm from the top left corner of the paper


@transaction.atomic
def add_printer(*, place: School | Authority, name: str, by: User, at: datetime) -> Printer:
    """Register a printer under a name its people recognise it by: a school's, or that of an authority that prints."""
    require_place(by, Permission.CALIBRATE_PRINTERS, place)
    name = name.strip()
    if not name:
        raise BadInput("请填写打印机名称")
    at_place = {"school": place} if isinstance(place, School) else {"authority": place}
    try:
        with transaction.atomic():
            printer = Printer.objects.create(name=name, **at_place)
    except IntegrityError as error:
        raise Conflict(f"本单位已有名为「{name}」的打印机") from error
    record_event(tag=EventTag.PRINTER_ADDED, subject=printer, by=by, at=at, parent=place, after={"name": name})
    return printer


@transaction.atomic
def calibrate_printer(
    *, printer: Printer, measured: Sequence[Point], by: User, at: datetime, expected: Sequence[Point] | None = None
) -> Calibration:
    """Store what two measured crosses of the calibration sheet say about a printer; the newest calibration counts.

    `measured` is where the ruler found the ringed crosses, upper left first; BadInput when that cannot be the error
    of a printer. `expected` defaults to where the school's pack puts them.
    """
    require_place(by, Permission.CALIBRATE_PRINTERS, printer.place)
    view = pack_view_at(printer.place, at)
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
def request_print(*, issue: Issue, document: str, by: User, at: datetime, printer: Printer | None = None) -> PrintRun:
    """Ask for a form of an approved issue; a job renders it and keeps the file by its hash.

    `document` is the key of a `Printable`: «register», «roster.xlsx», «diploma.sample». Nothing is printed before the
    authority has approved and the numbers are released. An overlay needs a printer that has been calibrated: text off
    its line (串行) spoils a blank for good. Where the pack keeps a book of blanks, diplomas are printed by loading
    them (`load_print_run`), never by this. A run that waits to be rendered, or is being rendered, stands for every
    further request of the same: a second click, a colleague's click.
    """
    view = issue.law
    require_printing_right(by, issue, view)
    chosen = printable_for(view, issue, document)
    require_ready(issue)
    if chosen.is_diploma and chosen.mode != PrintRun.Mode.SAMPLE and counts_blanks(view):
        raise refusal(
            "print.on_blanks", f"「{chosen.label}」须装入空白证书逐张打印", cites=chosen.spec.cites,
            remedy="请在「装纸打印」中选择空白证书流水码",
        )  # fmt: skip
    calibration = calibration_for(printer, issue, needed=chosen.needs_printer, cites=chosen.spec.cites)
    lock_paper(issue)
    asked = {
        "issue": issue, "document": document_key(view, issue, chosen), "mode": chosen.mode, "format": chosen.format,
        "printer": printer, "calibration": calibration,
    }  # fmt: skip
    under_way = PrintRun.objects.filter(**asked, is_loaded=False, job__state__in=[JobState.QUEUED, JobState.RUNNING])
    if running := under_way.first():
        return running
    run = PrintRun.objects.create(**asked, title=chosen.label, requested_by=by, requested_at=at)
    return start_rendering(run, chosen.spec, view, by=by, at=at)


def start_rendering(run: PrintRun, spec: DocumentSpec, view: PackView, *, by: User, at: datetime) -> PrintRun:
    """Start the job of a run and record who asked for it."""
    issue = run.issue
    run.job = start_job(
        kind="production.print", title=f"{run.title}：{issue.case.title}", arguments={"run_id": run.pk},
        by=by, at=at, school_id=issue.school_id,
    )  # fmt: skip
    run.save(update_fields=["job"])
    record_event(
        tag=EventTag.PRINT_REQUESTED, subject=run, by=by, at=at, parent=issue, view=view, school_id=issue.school_id,
        rules=[Basis(f"print.{spec.key}", spec.cites)],
        after={"document": run.document, "mode": run.mode, "printer": run.printer and run.printer.name},
    )  # fmt: skip
    return run


def document_key(view: PackView, issue: Issue, chosen: Printable) -> str:
    """Return the key under which a run remembers its form: the late one of a late issue."""
    return form_key(view, issue, chosen.document)


def require_ready(issue: Issue) -> None:
    """Raise RuleViolation before the issue is approved and numbered: what is printed then could still change."""
    if issue.case.state != CaseState.APPROVED or issue.numbered_at is None:
        raise refusal(
            "print.batch_approved",
            f"批次「{issue.case.title}」还没有审核通过、发放证书编号，不能打印",
            cites=approval_cites(issue),
            remedy="等审核通过后再打印；办理进度见批次页面",
        )


def calibration_for(
    printer: Printer | None, issue: Issue, *, needed: bool, cites: Sequence[Citation]
) -> Calibration | None:
    """Return the newest calibration of a printer; refuse another place's printer, and an overlay without calibration."""
    if printer is not None and not stands_for(printer, issue):
        raise BadInput("这台打印机不是本单位的")
    newest = printer.calibrations.first() if printer else None
    if needed and newest is None:
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
        tag=EventTag.PRINT_RENDERED, subject=run, by=None, at=at, parent=run.issue, school_id=run.issue.school_id,
        after={"file": file.pk, "sheets": sheets, "first": numbers[0], "last": numbers[1], "notes": len(notes)},
    )  # fmt: skip
    return run


def fail_print(*, run_id: int, message: str, at: datetime) -> None:
    """Record that a form could not be rendered; nothing is held by it, and it can be asked for again."""
    run = PrintRun.objects.select_related("issue").get(pk=run_id)
    record_event(
        tag=EventTag.PRINT_FAILED,
        subject=run,
        by=None,
        at=at,
        parent=run.issue,
        school_id=run.issue.school_id,
        note=message,
    )


def finish_part(
    *, run: PrintRun, ordinal: int, file: StoredFile, sheets: tuple[int, int], notes: Sequence[dict[str, str]]
) -> PrintFile:
    """Keep one rendered part of a loaded run; a worker that died and began again finds it there."""
    part, _ = PrintFile.objects.get_or_create(
        run=run, ordinal=ordinal,
        defaults={"file": file, "first_sheet": sheets[0], "last_sheet": sheets[1], "notes": list(notes)},
    )  # fmt: skip
    return part


@transaction.atomic
def record_download(*, run: PrintRun, by: User, at: datetime, page: int | None = None) -> StoredFile:
    """Return the file of a print run and record that it was taken: rosters carry full identity numbers.

    `page` tells that one page alone was wanted of it. A file of all diplomas is given until one of them is void: then it
    is made again without that one. The parts of a loaded run are `take_pages`.
    """
    require_file_right(by, run)
    if run.file is None:
        raise Conflict("文件还没有生成好，请稍候")
    _refuse_void(run)
    record_fetch(
        subject=run, parent=run.issue, school=run.issue.school, name=run.title, file=run.file.pk,
        persons=certificates_of(run.issue).count(), by=by, at=at, tag=EventTag.PRINT_DOWNLOADED, page=page,
    )  # fmt: skip
    return run.file


def _refuse_void(run: PrintRun) -> None:
    """Refuse a file of all diplomas on which one stands that was voided since."""
    if run.is_loaded or run.mode not in (PrintRun.Mode.OVERLAY, PrintRun.Mode.FULL):
        return
    kind = certificate_kind_of(run.issue.law.document(run.document))
    voided = Certificate.objects.filter(
        issue=run.issue_id, kind=kind, issued_at__lte=run.requested_at, voided_at__gte=run.requested_at
    )
    if numbers := list(voided.order_by("number__number").values_list("number__number", flat=True)[:5]):
        raise Conflict(
            f"「{run.title}」中的证书 {'、'.join(numbers)} 已经作废，不能再打印；请重新生成文件，其中不再有作废的证书"
        )
