"""The measured error of a printer, and what it takes to print on the exact spot of a blank.

Pure functions. A printer that draws the point p at a·p + b is told to draw (p − b)/a instead: only positions move,
glyphs keep their shape and size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xueji.core.errors import BadInput

MAX_SHIFT_MM = 15.0  # more than this is paper put in the wrong way round, not a printer's error
MAX_STRETCH = 0.03


@dataclass(frozen=True, slots=True)
class Alignment:
    """What is added to (mm) and multiplied with each position, for one printer, tray and kind of blank."""

    dx: float = 0.0
    dy: float = 0.0
    sx: float = 1.0
    sy: float = 1.0

    def apply(self, x: float, y: float) -> tuple[float, float]:
        """Return where to draw so that the paper shows (x, y); all in mm from the top left corner."""
        return x * self.sx + self.dx, y * self.sy + self.dy

    def printed_at(self, x: float, y: float) -> tuple[float, float]:
        """Return where an uncorrected printer puts (x, y): the inverse of `apply`."""
        return (x - self.dx) / self.sx, (y - self.dy) / self.sy


EXACT = Alignment()


def solve_calibration(expected: Sequence[tuple[float, float]], measured: Sequence[tuple[float, float]]) -> Alignment:
    """Return the calibration from two opposite crosses of the sheet: where they belong, where the ruler found them.

    BadInput when the two do not lie apart in both directions, or the error is too large to be a printer's.
    """
    (x1, y1), (x2, y2) = expected
    (u1, v1), (u2, v2) = measured
    if min(abs(x2 - x1), abs(y2 - y1), abs(u2 - u1), abs(v2 - v1)) < 1:
        raise BadInput("两个测量点须取校准页的左上与右下两个十字，横向和纵向都要隔开")
    sx, sy = (x2 - x1) / (u2 - u1), (y2 - y1) / (v2 - v1)
    dx, dy = x1 - sx * u1, y1 - sy * v1
    if abs(sx - 1) > MAX_STRETCH or abs(sy - 1) > MAX_STRETCH:
        raise BadInput(
            f"测得的缩放为横向 {1 / sx:.1%}、纵向 {1 / sy:.1%}：请在打印设置中选“实际大小（100%）”，不要“适合页面”，再打印校准页重新测量"
        )
    shift = max(abs(dx), abs(dy))
    if shift > MAX_SHIFT_MM:
        raise BadInput(f"测得的偏移为 {shift:.1f} 毫米，超过 {MAX_SHIFT_MM:.0f} 毫米：请检查纸张方向和进纸盒后重新测量")
    return Alignment(round(dx, 3), round(dy, 3), round(sx, 5), round(sy, 5))


@dataclass(frozen=True, slots=True)
class LineDeviation:
    """How far (mm, positive downwards) one text lies from its pre-printed line, and how far it may (半行)."""

    label: str
    off_mm: float
    allowed_mm: float

    @property
    def is_within(self) -> bool:
        """Whether the text lies no more than half a line off: half itself is allowed (不得超过半行高)."""
        return abs(self.off_mm) <= self.allowed_mm

    @property
    def words(self) -> str:
        """Say it in Chinese, as a page shows it."""
        side = "下" if self.off_mm > 0 else "上"
        place = "正在行上" if round(abs(self.off_mm), 1) == 0 else f"偏{side} {abs(self.off_mm):.1f} 毫米"
        verdict = "不超过半行" if self.is_within else "超过半行"
        return f"{self.label}：{place}，{verdict}（{self.allowed_mm:.1f} 毫米）"


def line_deviations(
    error: Alignment, baselines: Sequence[tuple[str, float, float]], line_pitch_mm: float
) -> tuple[LineDeviation, ...]:
    """Return the vertical deviation of each text (label, x, y in mm) under a remaining printer error (S3-17).

    `error` is what a sheet measured with the present settings still needs; `EXACT` when it needs nothing.
    `line_pitch_mm` is the height of a printed line, from one baseline to the next.
    """
    return tuple(
        LineDeviation(label, round(error.printed_at(x, y)[1] - y, 3), line_pitch_mm / 2) for label, x, y in baselines
    )
