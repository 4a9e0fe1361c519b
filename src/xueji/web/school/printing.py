"""Print centre: documents of a batch, printers and their calibration."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from xueji.accounts.permissions import Permission as P
from xueji.cases.models import CaseState
from xueji.core.errors import BadInput, Conflict, RuleViolation
from xueji.documents.sheets import measured_corners
from xueji.graduation.models import Batch
from xueji.graduation.queries import batch_for
from xueji.institutions.queries import posts_of
from xueji.production.actions import add_printer, calibrate_printer, record_download, request_print
from xueji.production.forms import form_of, pack_view_of_school
from xueji.production.models import PrintRun
from xueji.production.queries import print_run_for, print_runs_of, printer_for, printers_visible_to
from xueji.production.sheets import calibration_sheet
from xueji.web.access import requires
from xueji.web.forms import add_refusal, posted
from xueji.web.guidance import paper_words, told
from xueji.web.listing import made_answer, stored_answer
from xueji.web.school.batches import state_tag, view_of
from xueji.web.school.forms import MeasureForm, PrinterForm, PrintForm

_GLYPHS = {
    PrintRun.Document.DIPLOMA_SAMPLE: ("file-image", "整版预览，带「样张」水印，用于核对"),
    PrintRun.Document.DIPLOMA_OVERLAY: ("printer", "只印可变文字，套印在空白证书上"),
    PrintRun.Document.REGISTER: ("clipboard-list", ""),
    PrintRun.Document.ROSTER: ("list-ordered", ""),
    PrintRun.Document.ROSTER_WORKBOOK: ("file-spreadsheet", "与纸质名单相同的内容，供核对"),
}
_BEFORE = ("number_release", "diploma_blanks")
_WHEN_READY = ("diploma_blanks", "print_diplomas")
_REFUSALS = (RuleViolation, BadInput, Conflict)


@require_http_methods(["GET", "POST"])
@requires(P.PRINT_DOCUMENTS)
def print_centre(request: HttpRequest, batch_id: int) -> HttpResponse:
    """List what can be printed of a batch, start a print, show what was printed."""
    batch = batch_for(request.user, batch_id)
    form = PrintForm(posted(request), batch=batch)
    if request.method == "POST" and form.is_valid():
        try:
            request_print(batch=batch, by=request.user, at=timezone.now(), **form.cleaned_data)
        except _REFUSALS as error:
            add_refusal(form, error)
        else:
            return redirect("school:print_centre", batch.pk)
    is_ready = batch.case.state == CaseState.APPROVED and batch.numbered_at is not None
    context = {
        "batch": batch,
        "look": state_tag(batch),
        "form": form,
        "told": told(view_of(batch), *(_WHEN_READY if is_ready else _BEFORE)),
        "documents": _documents(batch),
        "printers": batch.school.printers.prefetch_related("calibrations"),
        "runs": print_runs_of(request.user, batch)[:30],
        "is_ready": is_ready,
        "active": "printing",
    }
    return render(request, "school/print_centre.html", context, status=422 if form.is_bound else 200)


@require_GET
@requires(P.PRINT_DOCUMENTS)
def print_file(request: HttpRequest, run_id: int) -> HttpResponse:
    """Send a rendered document; the ledger keeps that it was taken."""
    run = print_run_for(request.user, run_id)
    file = record_download(run=run, by=request.user, at=timezone.now())
    ending = "xlsx" if run.document == PrintRun.Document.ROSTER_WORKBOOK else "pdf"
    name = f"{run.batch.school.name} {run.batch.season.label} {run.get_document_display()}.{ending}"
    return stored_answer(file, name, inline=ending == "pdf" and "download" not in request.GET)


@require_http_methods(["GET", "POST"])
@requires(P.CALIBRATE_PRINTERS)
def printers(request: HttpRequest) -> HttpResponse:
    """List the school's printers; add one."""
    form = PrinterForm(posted(request))
    school = next((post.school for post in posts_of(request.user) if post.school), None)
    if request.method == "POST" and form.is_valid() and school:
        try:
            made = add_printer(school=school, name=form.cleaned_data["name"], by=request.user, at=timezone.now())
        except _REFUSALS as error:
            add_refusal(form, error)
        else:
            messages.success(request, "已登记；请打印校准页并测量")
            return redirect("school:printer", made.pk)
    context = {"printers": printers_visible_to(request.user), "form": form}
    return render(request, "school/printers.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@requires(P.CALIBRATE_PRINTERS)
def printer(request: HttpRequest, printer_id: int) -> HttpResponse:
    """Calibrate a printer: print the sheet, measure two crosses, see the solved offsets."""
    found = printer_for(request.user, printer_id)
    form = MeasureForm(posted(request))
    if request.method == "POST" and form.is_valid():
        at = form.cleaned_data
        measured = ((float(at["x1"]), float(at["y1"])), (float(at["x2"]), float(at["y2"])))
        try:
            calibrate_printer(printer=found, measured=measured, by=request.user, at=timezone.now())
        except _REFUSALS as error:
            add_refusal(form, error)
        else:
            messages.success(request, "已保存校准；请再打印一张「校准后」的校准页核对")
            return redirect("school:printer", found.pk)
    spec = pack_view_of_school(found.school, timezone.now()).document("calibration")
    context = {
        "printer": found,
        "form": form,
        "expected": measured_corners(spec),
        "calibrations": found.calibrations.select_related("measured_by")[:10],
    }
    return render(request, "school/printer.html", context, status=422 if form.is_bound else 200)


@require_GET
@requires(P.CALIBRATE_PRINTERS)
def sheet(request: HttpRequest, printer_id: int) -> HttpResponse:
    """Send the calibration sheet, as it is or as the overlay will be."""
    found = printer_for(request.user, printer_id)
    pdf = calibration_sheet(found, at=timezone.now(), corrected="corrected" in request.GET)
    return made_answer(pdf, f"校准页 {found.name}.pdf", "application/pdf", inline=True)


def _documents(batch: Batch) -> list[dict[str, object]]:
    """Return what can be printed; the words under register and roster, and the clauses of each, are the pack's."""
    view = view_of(batch)
    found = []
    for document, (glyph, note) in _GLYPHS.items():
        spec = form_of(view, batch, document)
        found.append(
            {
                "key": str(document),
                "label": document.label,
                "glyph": glyph,
                "note": note or paper_words(spec),
                "spec": spec,
                "needs_printer": document == PrintRun.Document.DIPLOMA_OVERLAY,
            }
        )
    return found
