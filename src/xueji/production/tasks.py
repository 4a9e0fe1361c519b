"""The print job: renders the form of a print run and keeps its files by their hashes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from xueji.certificates.models import Certificate
from xueji.core.packs import DocumentSpec
from xueji.documents.binding import bind_pages
from xueji.documents.records import RenderedDocument, Shrunk, Substituted
from xueji.documents.render import MARKED, render_diplomas
from xueji.documents.storage import store_bytes
from xueji.jobs.progress import JobProgress
from xueji.jobs.runners import job_runner
from xueji.production.actions.printing import fail_print, finish_part, finish_print
from xueji.production.alignment import alignment_of
from xueji.production.catalogue import certificate_kind_of, sample_form
from xueji.production.form_data import certificates_of, diploma_records, in_paper_order, issue_day, number_range
from xueji.production.lists import Listing, make_list
from xueji.production.models import PrintRun, PrintSheet
from xueji.production.previews import scan_for
from xueji.production.runsheets import make_run_sheet

PDF = "application/pdf"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PART = 100  # diplomas rendered between two reports of progress
SHEETS_A_FILE = 50  # what one tray takes, and what one clerk checks before the next

Note = dict[str, str]


@job_runner("production.print", failed=fail_print)
def render_print_run(progress: JobProgress, *, run_id: int) -> dict[str, Any]:
    """Render a print run: the same data give the same bytes, so a second start does no harm and skips what is done."""
    run = PrintRun.objects.select_related(
        "issue__case", "issue__school__authority", "issue__authority", "calibration", "file", "printer"
    ).get(pk=run_id)  # fmt: skip
    spec = run.issue.law.document(run.document)
    if run.is_loaded:
        return _loaded(progress, run, spec)
    if run.mode:
        data, sheets, notes = _diplomas(progress, run, spec)
    else:
        progress.phase(f"生成{run.title}")
        made = make_list(run.issue, spec, workbook=run.format == PrintRun.Format.XLSX)
        data, sheets, notes = made.data, made.pages, list_notes(made)
    file = store_bytes(data, XLSX if run.format == PrintRun.Format.XLSX else PDF)
    finish_print(run=run, file=file, sheets=sheets, numbers=number_range(run.issue), notes=notes, at=timezone.now())
    return {"file": file.pk, "sheets": sheets, "notes": len(notes)}


def _loaded(progress: JobProgress, run: PrintRun, spec: DocumentSpec) -> dict[str, Any]:
    """Render the sheets of a loaded run in the order of the tray, some fifty a file, then the list of the run."""
    sheets = sheets_in_tray_order(run)
    ordinals = set(run.files.values_list("ordinal", flat=True))
    progress.phase("生成证书页面", total=len(sheets))
    for ordinal, start in enumerate(range(0, len(sheets), SHEETS_A_FILE), start=1):
        piece = sheets[start : start + SHEETS_A_FILE]
        if ordinal not in ordinals:
            pdf, notes = _pages(run, spec, [sheet.certificate for sheet in piece])
            file = store_bytes(pdf, PDF)
            finish_part(run=run, ordinal=ordinal, file=file, sheets=(piece[0].ordinal, piece[-1].ordinal), notes=notes)
        progress.step(len(piece))
    progress.phase("生成装纸清单")
    file = store_bytes(make_run_sheet(run), PDF)
    notes = [note for part in run.files.all() for note in part.notes]
    finish_print(
        run=run, file=file, sheets=len(sheets), numbers=(run.first_number, run.last_number), notes=notes,
        at=timezone.now(),
    )  # fmt: skip
    return {"file": file.pk, "sheets": len(sheets), "notes": len(notes)}


def sheets_in_tray_order(run: PrintRun) -> list[PrintSheet]:
    """Return the sheets of a run as the printer draws them."""
    last_first = run.tray_order == PrintRun.TrayOrder.LAST_ON_TOP
    rows = run.sheets.select_related("certificate__number", "certificate__school")
    return list(rows.order_by("-ordinal" if last_first else "ordinal"))


def _pages(run: PrintRun, spec: DocumentSpec, certificates: Sequence[Certificate]) -> tuple[bytes, list[Note]]:
    rendered = _sample(run, spec, certificates) if run.mode == PrintRun.Mode.SAMPLE else None
    rendered = rendered or render_diplomas(
        spec, diploma_records(certificates, spec), mode=run.mode, calibration=alignment_of(run.calibration),
        issued_on=issue_day(run.issue),
    )  # fmt: skip
    return rendered.pdf, notes_of(
        rendered, [(certificate.number.number, certificate.holder_name) for certificate in certificates]
    )


def _sample(run: PrintRun, spec: DocumentSpec, certificates: Sequence[Certificate]) -> RenderedDocument | None:
    """Render samples in the very layout of the real print, over the scanned blank where there is one; None without an overlay."""
    overlay = sample_form(run.issue.law, spec)
    if overlay is None:
        return None
    return render_diplomas(
        overlay, diploma_records(certificates, overlay), mode=MARKED, issued_on=issue_day(run.issue),
        scan=scan_for(run.issue, overlay.key),
    )  # fmt: skip


def _diplomas(progress: JobProgress, run: PrintRun, spec: DocumentSpec) -> tuple[bytes, int, list[Note]]:
    """Render the diplomas in the order of the paper, a part at a time, and bind the parts."""
    printed = certificates_of(run.issue).filter(kind=certificate_kind_of(spec))
    certificates = list(in_paper_order(printed, run.issue.law))
    parts: list[bytes] = []
    notes: list[Note] = []
    progress.phase("生成证书页面", total=len(certificates))
    for start in range(0, len(certificates), PART):
        piece = certificates[start : start + PART]
        pdf, more = _pages(run, spec, piece)
        parts.append(pdf)
        notes += more
        progress.step(len(piece))
    progress.phase("装订")
    pdf, pages = bind_pages(parts)
    return pdf, pages, notes


def list_notes(made: Listing) -> list[Note]:
    """Return what the operator must look at on a list."""
    return notes_of(made.rendered, made.records) if made.rendered else []


def notes_of(rendered: RenderedDocument, records: Sequence[tuple[str, str]]) -> list[Note]:
    """Return what the operator must look at, by number and name instead of position."""
    found: list[Shrunk | Substituted] = [*rendered.shrunk, *rendered.substituted]
    return [
        _note(adaptation, *records[adaptation.record])
        if adaptation.record < len(records)
        else _note(adaptation, "", "")
        for adaptation in found
    ]


def _note(adaptation: Shrunk | Substituted, number: str, name: str) -> Note:
    if isinstance(adaptation, Shrunk):
        return {
            "kind": "shrunk",
            "number": number,
            "name": name,
            "field": adaptation.field,
            "message": "字号已缩小以放进栏内",
        }
    message = f"「{adaptation.character}」（U+{ord(adaptation.character):04X}）用代用字体 {adaptation.family} 打印，请对照原件核对字形"
    return {"kind": "substituted", "number": number, "name": name, "field": adaptation.field, "message": message}
