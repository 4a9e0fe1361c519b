"""The calibration sheet of a printer."""

from __future__ import annotations

from datetime import date
from typing import cast

from xueji.core.packs import DocumentSpec
from xueji.documents.alignment import EXACT, Alignment
from xueji.documents.baseforms import PrintedText, finish, number_setting, require_printable, setting, template_of
from xueji.documents.binding import bind_pages
from xueji.documents.records import RenderedDocument
from xueji.documents.workshop import compile_document


def render_calibration_sheet(
    spec: DocumentSpec, printer_label: str, *, issued_on: date, calibration: Alignment = EXACT
) -> RenderedDocument:
    """Print crosses each 20 mm with their positions, the two to be measured ringed.

    With a `calibration` the crosses are moved as the overlay will be: the second sheet shows whether it fits.
    """
    width, height = number_setting(spec, "page_width"), number_setting(spec, "page_height")
    step = number_setting(spec, "step")
    substituted = require_printable([PrintedText(0, "printer", "打印机名称", printer_label)])
    data = {
        "title": spec.title,
        "width": width,
        "height": height,
        "columns": _crosses(width, step),
        "lines": _crosses(height, step),
        "first": setting(spec, "first"),
        "last": setting(spec, "last"),
        "printer": printer_label,
        "paper": _paper(width, height),
        "shift": [calibration.dx, calibration.dy, calibration.sx, calibration.sy],
    }
    pdf, count = bind_pages([compile_document(template_of(spec), data, issued_on=issued_on)])
    return finish(pdf, count, (), substituted)


def _paper(width: float, height: float) -> str:
    """Name the paper the sheet is for: A4, or its own size."""
    if {round(width), round(height)} == {210, 297}:
        return "A4 横向" if width > height else "A4 纵向"
    return f"{width:g} × {height:g} 毫米"


def _crosses(length: float, step: float) -> list[int]:
    return [int(i * step) for i in range(1, int(length // step) + 1) if i * step <= length - 5]


def measured_corners(spec: DocumentSpec) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return where the two ringed crosses belong, in mm: what `solve_calibration` takes as expected."""
    first, last = (cast("list[float]", setting(spec, key)) for key in ("first", "last"))
    return (first[0], first[1]), (last[0], last[1])
