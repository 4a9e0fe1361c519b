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
from xueji.core.packs import PackView
from xueji.documents.sheets import measured_corners
from xueji.graduation.models import Batch
from xueji.graduation.queries import batch_for
from xueji.institutions.models import Authority, School
from xueji.institutions.posts import PERMISSIONS_OF
from xueji.institutions.queries import posts_of
from xueji.production.actions import add_printer, calibrate_printer, record_download, request_print, take_list_page
from xueji.production.catalogue import Printable, is_central, is_on_counted_blanks, on_blanks, printables_of
from xueji.production.deviations import deviations_of
from xueji.production.form_data import pack_view_at
from xueji.production.models import PrintRun
from xueji.production.queries import print_run_for, print_runs_of, printer_for, printers_for, printers_visible_to
from xueji.production.reprinting import needs_case
from xueji.production.rights import counts_blanks
from xueji.production.sheets import calibration_sheet
from xueji.web.access import requires
from xueji.web.forms import add_refusal, posted
from xueji.web.guidance import form_requirements, guidance_for
from xueji.web.listing import made_answer, stored_answer
from xueji.web.school.batches import state_tag
from xueji.web.school.forms import MeasureForm, PrinterForm, PrintForm

_DIPLOMAS = {
    PrintRun.Mode.SAMPLE: (
        "file-image",
        "套打的文字叠在空白证书（有扫描件的用扫描件）上，带「样张」字样，位置与实际打印一致",
    ),
    PrintRun.Mode.OVERLAY: ("printer", "只印可变文字，套印在空白证书上"),
    PrintRun.Mode.FULL: ("printer", "整版打印"),
}
_LISTS = {
    PrintRun.Format.PDF: ("list-ordered", ""),
    PrintRun.Format.XLSX: ("file-spreadsheet", "与纸质表册相同的内容，供核对和报送"),
}
_BEFORE = ("number_release", "diploma_blanks", "prints_on")
_WHEN_READY = ("diploma_blanks", "print_diplomas", "prints_on")
_REFUSALS = (RuleViolation, BadInput, Conflict)


@require_http_methods(["GET", "POST"])
@requires(P.PRINT_DOCUMENTS)
def print_centre(request: HttpRequest, batch_id: int) -> HttpResponse:
    """List what can be printed of a batch, start a print, show what was printed."""
    batch = batch_for(request.user, batch_id)
    view = batch.law
    printables = _offered(view, batch)
    form = PrintForm(posted(request), printables=printables, printers=printers_for(request.user, batch.issue_at_hand))
    if request.method == "POST" and form.is_valid():
        try:
            request_print(issue=batch.issue_at_hand, by=request.user, at=timezone.now(), **form.cleaned_data)
        except _REFUSALS as error:
            add_refusal(form, error)
        else:
            return redirect("school:print_centre", batch.pk)
    is_ready = batch.case.state == CaseState.APPROVED and batch.issue.numbered_at is not None
    context = {
        "batch": batch,
        "look": state_tag(batch),
        "form": form,
        "guidance": guidance_for(view, *(_WHEN_READY if is_ready else _BEFORE)),
        "documents": [_shown(printable) for printable in printables],
        "printers": printers_for(request.user, batch.issue_at_hand),
        "runs": print_runs_of(request.user, batch.issue_at_hand)[:30],
        "is_ready": is_ready,
        "on_blanks": is_ready and not is_central(view) and bool(on_blanks(view, batch.issue_at_hand)),
        "needs_reprint": needs_case(view),
        "counted": any(is_on_counted_blanks(view, way.document) for way in on_blanks(view, batch.issue_at_hand)),
        "active": "printing",
    }
    return render(request, "school/print_centre.html", context, status=422 if form.is_bound else 200)


@require_GET
@requires(P.PRINT_DOCUMENTS)
def print_file(request: HttpRequest, run_id: int) -> HttpResponse:
    """Send a rendered document, or with `page` one page of it that was lost; the ledger keeps that it was taken."""
    run = print_run_for(request.user, run_id)
    ending = run.format
    name = f"{run.issue.school.name} {run.issue.season_label} {run.title}.{ending}"
    if typed := request.GET.get("page", ""):
        page = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else 0
        pdf = take_list_page(run=run, page=page, by=request.user, at=timezone.now())
        return made_answer(pdf, name.replace(".pdf", f" 第{page}页.pdf"), "application/pdf", inline=True)
    file = record_download(run=run, by=request.user, at=timezone.now())
    return stored_answer(file, name, inline=ending == "pdf" and "download" not in request.GET)


@require_http_methods(["GET", "POST"])
@requires(P.CALIBRATE_PRINTERS)
def printers(request: HttpRequest) -> HttpResponse:
    """List the school's printers; add one."""
    form = PrinterForm(posted(request))
    place = _own_place(request)
    if request.method == "POST" and form.is_valid() and place:
        try:
            made = add_printer(place=place, name=form.cleaned_data["name"], by=request.user, at=timezone.now())
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
    view = pack_view_at(found.place, timezone.now())
    spec = view.document("calibration")
    newest = found.calibrations.first()
    context = {
        "printer": found,
        "form": form,
        "expected": measured_corners(spec),
        "deviations": deviations_of(view, newest) if newest else [],
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


def _own_place(request: HttpRequest) -> School | Authority | None:
    """Return the first place where the person looks after printers."""
    appointments = (post for post in posts_of(request.user) if P.CALIBRATE_PRINTERS in PERMISSIONS_OF[post.post])
    return next((post.school or post.authority for post in appointments), None)


def _offered(view: PackView, batch: Batch) -> list[Printable]:
    """Return what is printed from this page: everything but diplomas on blanks that are counted one by one."""
    counted = counts_blanks(view) or is_central(view)
    return [
        printable
        for printable in printables_of(view, batch.issue_at_hand)
        if not (printable.is_diploma and printable.mode != PrintRun.Mode.SAMPLE and counted)
    ]


def _shown(printable: Printable) -> dict[str, object]:
    """Return one thing to print as the page lists it; the words under a list, and its clauses, are the pack's."""
    glyph, note = (
        _DIPLOMAS[PrintRun.Mode(printable.mode)] if printable.is_diploma else _LISTS[PrintRun.Format(printable.format)]
    )
    return {
        "key": printable.key,
        "label": printable.label,
        "glyph": glyph,
        "note": note or form_requirements(printable.spec),
        "spec": printable.spec,
        "needs_printer": printable.needs_printer,
    }
