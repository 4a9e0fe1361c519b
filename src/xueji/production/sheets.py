"""The calibration sheet of a printer (校准页)."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from xueji.documents.render import render_calibration_sheet
from xueji.production.alignment import alignment_of
from xueji.production.form_data import pack_view_at
from xueji.production.models import Printer


def calibration_sheet(printer: Printer, *, at: datetime, corrected: bool) -> bytes:
    """Return the sheet as PDF; `corrected` moves its crosses as the overlay will be, to see whether it fits."""
    spec = pack_view_at(printer.place, at).document("calibration")
    calibration = printer.calibrations.first() if corrected else None
    label = f"{printer.place.name} {printer.name}"
    rendered = render_calibration_sheet(
        spec, label, issued_on=timezone.localdate(at), calibration=alignment_of(calibration)
    )
    return rendered.pdf
