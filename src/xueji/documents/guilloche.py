"""Background art of the sample diploma: our own line ornament, drawn by formula, made once per process.

It only has to look like a certificate; it is no security feature, and the sample says on its face that it is one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache

import typst

from xueji.documents.workshop import PDF_STANDARD, shared_fonts

Point = tuple[float, float]

_GOLD, _PALE, _TEAL, _PAPER = "#b08a4e", "#ead9b8", "#cfe0d8", "#fffdf7"
_STAMP = 86400 * 365  # any fixed instant: the art carries no date


def _path(points: Iterable[Point], colour: str, width: float) -> str:
    line = "L".join(f"{x:.2f} {y:.2f}" for x, y in points)
    return f'<path d="M{line}Z" fill="none" stroke="{colour}" stroke-width="{width}"/>'


def _rosette(centre: Point, radius: float, *, lobes: int, turns: int, colour: str, width: float) -> list[str]:
    """Draw a rosette: `turns` copies of a lobed curve, each rotated a little further."""
    paths = []
    for turn in range(turns):
        phase = 2 * math.pi * turn / turns
        points = []
        for step in range(540):
            t = 2 * math.pi * step / 540
            r = radius * (0.66 + 0.24 * math.sin(lobes * t + phase) + 0.1 * math.cos(2 * lobes * t - phase))
            points.append((centre[0] + r * math.cos(t), centre[1] + r * math.sin(t)))
        paths.append(_path(points, colour, width))
    return paths


def _border(width: float, height: float, inset: float) -> list[str]:
    """Draw the border band: interlaced waves whose swing itself swells and falls along each side."""
    corners = [(inset, inset), (width - inset, inset), (width - inset, height - inset), (inset, height - inset)]
    paths = []
    for strand in range(6):
        phase, points = strand * math.pi / 3, []
        for side in range(4):
            (x0, y0), (x1, y1) = corners[side], corners[(side + 1) % 4]
            length = math.hypot(x1 - x0, y1 - y0)
            waves, swells, steps = round(length / 5), round(length / 40), round(length * 1.2)
            inward = ((0, 1), (-1, 0), (0, -1), (1, 0))[side]
            for step in range(steps):
                s = step / steps
                swing = (1.7 + 0.55 * math.cos(2 * math.pi * swells * s)) * math.sin(2 * math.pi * waves * s + phase)
                points.append((x0 + (x1 - x0) * s + inward[0] * swing, y0 + (y1 - y0) * s + inward[1] * swing))
        paths.append(_path(points, _GOLD, 0.13))
    for offset, weight in ((inset - 3.4, 0.6), (inset - 2.7, 0.18), (inset + 2.7, 0.18), (inset + 3.4, 0.4)):
        size = f'width="{width - 2 * offset:.2f}" height="{height - 2 * offset:.2f}"'
        paths.append(
            f'<rect x="{offset:.2f}" y="{offset:.2f}" {size} fill="none" stroke="{_GOLD}" stroke-width="{weight}"/>'
        )
    for x, y in corners:
        paths.append(f'<circle cx="{x}" cy="{y}" r="5" fill="{_PAPER}" stroke="{_GOLD}" stroke-width="0.45"/>')
        paths += _rosette((x, y), 4.6, lobes=8, turns=4, colour=_GOLD, width=0.12)
    return paths


def _drawing(width: float, height: float) -> str:
    left, right = (width * 0.25, height * 0.52), (width * 0.745, height * 0.52)
    parts = [f'<rect width="{width}" height="{height}" fill="{_PAPER}"/>']
    for centre, radius in ((left, 58.0), (right, 66.0)):
        parts += _rosette(centre, radius, lobes=12, turns=9, colour=_PALE, width=0.16)
        parts += _rosette(centre, radius * 0.62, lobes=8, turns=7, colour=_TEAL, width=0.16)
    parts += _border(width, height, 13.0)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}mm" height="{height}mm">'
    )
    return head + "".join(parts) + "</svg>"


@lru_cache(maxsize=4)
def background_pdf(width: float, height: float, mark: str) -> bytes:
    """Return one page of background art with `mark` (样张) across each half; sizes in mm."""
    source = f"""
#set page(width: {width}mm, height: {height}mm, margin: 0mm)
#set text(font: "Noto Serif SC", lang: "zh", region: "cn", fallback: false)
#set document(date: datetime(year: 1971, month: 1, day: 1))
#pdf.artifact(kind: "page", {{
  place(image(bytes(sys.inputs.art), format: "svg", width: {width}mm, height: {height}mm))
  for x in (0.25, 0.745) {{
    place(dx: {width}mm * x - 60mm, dy: {height}mm * 0.52 - 25mm, box(width: 120mm, height: 50mm,
      align(center + horizon, rotate(-24deg, text(78pt, fill: rgb("#f3dfdb"), tracking: 0.3em, sys.inputs.mark)))))
  }}
}})
"""
    made = typst.compile(
        source.encode(),
        font_paths=shared_fonts(),
        sys_inputs={"art": _drawing(width, height), "mark": mark},
        pdf_standards=[PDF_STANDARD],
        timestamp=_STAMP,
    )
    assert isinstance(made, bytes), "a PDF without a file name comes back as bytes"
    return made
