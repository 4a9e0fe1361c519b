"""The half-line rule (S3-17) for one printer: how far each text of an overlay would lie from its pre-printed line."""

from __future__ import annotations

from dataclasses import dataclass

from xueji.core.packs import PackView
from xueji.documents.alignment import LineDeviation, line_deviations
from xueji.documents.diplomaforms import baselines_of
from xueji.production.alignment import alignment_of
from xueji.production.catalogue import document_title, is_diploma, modes_of
from xueji.production.models import Calibration, PrintRun


@dataclass(frozen=True, slots=True)
class Deviations:
    """The texts of one form, those farthest off first."""

    title: str
    lines: tuple[LineDeviation, ...]

    @property
    def beyond(self) -> int:
        """How many lie more than half a line off."""
        return sum(not line.is_within for line in self.lines)

    @property
    def worst(self) -> LineDeviation:
        """The text farthest off."""
        return self.lines[0]


def deviations_of(view: PackView, calibration: Calibration | None) -> list[Deviations]:
    """Return, for each overlay form of the pack, where this printer would put its texts if nothing corrected it.

    What a calibration measured is what the printer errs without it; with it in use the error is gone, and a sheet
    printed and measured again gives the newest, by which this says whether to use it.
    """
    found = []
    for key in view.keys("document"):
        spec = view.document(key)
        if is_diploma(spec) and PrintRun.Mode.OVERLAY in modes_of(spec):
            places, pitch = baselines_of(spec)
            lines = line_deviations(alignment_of(calibration), places, pitch)
            worst_first = sorted(lines, key=lambda line: -abs(line.off_mm))
            found.append(Deviations(document_title(spec), tuple(worst_first)))
    return [sheet for sheet in found if sheet.lines]
