"""A stored calibration as the renderer takes it."""

from __future__ import annotations

from xueji.documents.alignment import EXACT
from xueji.documents.alignment import Calibration as Correction
from xueji.production.models import Calibration


def correction_of(calibration: Calibration | None) -> Correction:
    """Return the stored calibration as the renderer takes it; a print without a printer is not corrected."""
    if calibration is None:
        return EXACT
    return Correction(
        float(calibration.dx_mm), float(calibration.dy_mm), float(calibration.scale_x), float(calibration.scale_y)
    )
