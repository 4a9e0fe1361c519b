"""The print job: renders the document of a print run and keeps the file by its hash."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from xueji.core.packs import DocumentSpec
from xueji.documents.binding import bind_pages
from xueji.documents.calibration import EXACT
from xueji.documents.calibration import Calibration as Correction
from xueji.documents.records import RenderedDocument, Shrunk, Substituted
from xueji.documents.render import render_diplomas, render_register, render_roster
from xueji.documents.storage import store_bytes
from xueji.jobs.progress import Progress
from xueji.jobs.runners import job_runner
from xueji.production.actions.printing import finish_print
from xueji.production.forms import (
    certificates_of,
    diploma_records,
    form_of,
    issue_day,
    number_range,
    register_data,
    roster_data,
    view_of,
)
from xueji.production.models import Calibration, PrintRun
from xueji.production.rosters import write_roster

PDF = "application/pdf"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PART = 100  # diplomas rendered between two reports of progress

Document = PrintRun.Document
Note = dict[str, str]


@job_runner("production.print")
def render_print_run(progress: Progress, *, run_id: int) -> dict[str, Any]:
    """Render a print run from the beginning: the same data give the same bytes, so a second start does no harm."""
    run = PrintRun.objects.select_related("batch__case", "batch__school", "batch__season", "calibration", "file").get(
        pk=run_id
    )
    spec = form_of(view_of(run.batch), run.batch, Document(run.document))
    if run.document in (Document.DIPLOMA_SAMPLE, Document.DIPLOMA_OVERLAY):
        data, sheets, notes = _diplomas(progress, run, spec)
    else:
        data, sheets, notes = _lists(progress, run, spec)
    file = store_bytes(data, XLSX if run.document == Document.ROSTER_WORKBOOK else PDF)
    finish_print(run=run, file=file, sheets=sheets, numbers=number_range(run.batch), notes=notes, at=timezone.now())
    return {"sha256": file.pk, "sheets": sheets, "notes": len(notes)}


def _diplomas(progress: Progress, run: PrintRun, spec: DocumentSpec) -> tuple[bytes, int, list[Note]]:
    """Render the diplomas in the order of their numbers, a part at a time, and bind the parts."""
    mode = "overlay" if run.document == Document.DIPLOMA_OVERLAY else "sample"
    certificates = list(certificates_of(run.batch))
    correction = correction_of(run.calibration)
    parts: list[bytes] = []
    notes: list[Note] = []
    progress.phase("生成证书页面", total=len(certificates))
    for start in range(0, len(certificates), PART):
        piece = certificates[start : start + PART]
        rendered = render_diplomas(
            spec, diploma_records(piece), mode=mode, calibration=correction, issued_on=issue_day(run.batch)
        )
        parts.append(rendered.pdf)
        notes += _notes(rendered, [(one.number.number, one.holder_name) for one in piece])
        progress.step(len(piece))
    progress.phase("装订")
    pdf, pages = bind_pages(parts)
    return pdf, pages, notes


def _lists(progress: Progress, run: PrintRun, spec: DocumentSpec) -> tuple[bytes, int, list[Note]]:
    """Render register, roster or the roster's workbook."""
    progress.phase("生成登记册" if run.document == Document.REGISTER else "生成名单")
    day = issue_day(run.batch)
    if run.document == Document.REGISTER:
        register = register_data(run.batch)
        rendered = render_register(spec, register, issued_on=day)
        return rendered.pdf, rendered.pages, _notes(rendered, [("", row.programme) for row in register.rows])
    roster = roster_data(run.batch)
    if run.document == Document.ROSTER_WORKBOOK:
        return write_roster(spec, roster, issued_on=day), 1, []
    rendered = render_roster(spec, roster, issued_on=day)
    return rendered.pdf, rendered.pages, _notes(rendered, [(row.number, row.name) for row in roster.rows])


def correction_of(calibration: Calibration | None) -> Correction:
    """Return the stored calibration as the renderer takes it; a print without a printer is not corrected."""
    if calibration is None:
        return EXACT
    return Correction(
        float(calibration.dx_mm), float(calibration.dy_mm), float(calibration.scale_x), float(calibration.scale_y)
    )


def _notes(rendered: RenderedDocument, records: Sequence[tuple[str, str]]) -> list[Note]:
    """Return what the operator must look at, by number and name instead of position."""
    found: list[Shrunk | Substituted] = [*rendered.shrunk, *rendered.substituted]
    return [_note(one, *records[one.record]) if one.record < len(records) else _note(one, "", "") for one in found]


def _note(one: Shrunk | Substituted, number: str, name: str) -> Note:
    if isinstance(one, Shrunk):
        return {"kind": "shrunk", "number": number, "name": name, "field": one.field, "message": "字号已缩小以放进栏内"}
    message = f"「{one.character}」（U+{ord(one.character):04X}）用代用字体 {one.family} 打印，请对照原件核对字形"
    return {"kind": "substituted", "number": number, "name": name, "field": one.field, "message": message}
