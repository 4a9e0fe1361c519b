"""A stored calibration as the renderer takes it."""

from __future__ import annotations

from xueji.documents.alignment import EXACT, Alignment
from xueji.production.models import Calibration


def alignment_of(calibration: Calibration | None) -> Alignment:
    """Return the stored calibration as the renderer takes it; a print without a printer is not corrected."""
    if calibration is None:
        return EXACT
    return Alignment(
        float(calibration.dx_mm), float(calibration.dy_mm), float(calibration.scale_x), float(calibration.scale_y)
    )
