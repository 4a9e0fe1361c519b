"""Charts as SVG made on the server: attributes and classes only, since the content policy forbids inline style."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

_WIDTH, _HEIGHT = 640.0, 260.0  # user units; the page scales them
_LEFT, _RIGHT, _TOP, _BOTTOM = 52.0, 14.0, 34.0, 30.0
_COLOURS = 6  # classes c0…c5 in app.css
_LABEL_ROOM = 46.0  # width a label below a bar needs


@dataclass(frozen=True, slots=True)
class Series:
    """One row of figures with its name."""

    name: str
    values: Sequence[int]


def bars(title: str, labels: Sequence[str], series: Sequence[Series], *, links: Sequence[str] = ()) -> SafeString:
    """Return stacked bars, one per label; with `links` each leads to what it counts."""
    top = _ceiling(max((sum(column) for column in zip(*(s.values for s in series), strict=True)), default=0))
    slot = (_WIDTH - _LEFT - _RIGHT) / max(len(labels), 1)
    width = min(slot * 0.6, 34.0)
    parts = []
    for i, label in enumerate(labels):
        x, y = _LEFT + slot * i + (slot - width) / 2, _HEIGHT - _BOTTOM
        bar = []
        for k, dataset in enumerate(series):
            height = dataset.values[i] / top * (_HEIGHT - _TOP - _BOTTOM)
            y -= height
            bar.append(
                format_html(
                    '<rect class="c{}" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>',
                    k % _COLOURS,
                    _n(x),
                    _n(y),
                    _n(width),
                    _n(height),
                    f"{label} {dataset.name} {dataset.values[i]:,}",
                )
            )
        bar.append(_label_below(label, x + width / 2, slot))
        parts += [_linked(bar, links[i], label)] if links else bar
    return _svg(title, [_grid(top), _legend(series), *parts])


def _linked(parts: Sequence[SafeString], link: str, label: str) -> SafeString:
    inside = format_html_join("", "{}", ((part,) for part in parts))
    return format_html('<a href="{}" aria-label="{}">{}</a>', link, label, inside)


def grouped(title: str, labels: Sequence[str], series: Sequence[Series]) -> SafeString:
    """Return bars side by side, to compare the series at each label."""
    top = _ceiling(max((value for dataset in series for value in dataset.values), default=0))
    slot = (_WIDTH - _LEFT - _RIGHT) / max(len(labels), 1)
    width = min(slot * 0.7 / max(len(series), 1), 24.0)
    parts = []
    for i, label in enumerate(labels):
        middle = _LEFT + slot * (i + 0.5)
        for k, dataset in enumerate(series):
            height = dataset.values[i] / top * (_HEIGHT - _TOP - _BOTTOM)
            x = middle + (k - len(series) / 2) * width
            parts.append(
                format_html(
                    '<rect class="c{}" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>',
                    k % _COLOURS,
                    _n(x),
                    _n(_HEIGHT - _BOTTOM - height),
                    _n(width - 2),
                    _n(height),
                    f"{label} {dataset.name} {dataset.values[i]:,}",
                )
            )
        parts.append(_label_below(label, middle, slot))
    return _svg(title, [_grid(top), _legend(series), *parts])


def lines(title: str, labels: Sequence[str], series: Sequence[Series]) -> SafeString:
    """Return lines over the labels, the first with its area tinted."""
    top = _ceiling(max((value for dataset in series for value in dataset.values), default=0))
    step = (_WIDTH - _LEFT - _RIGHT - 30) / max(len(labels) - 1, 1)

    def at(i: int, value: int) -> tuple[float, float]:
        return _LEFT + 15 + step * i, _HEIGHT - _BOTTOM - value / top * (_HEIGHT - _TOP - _BOTTOM)

    parts = []
    for k, dataset in enumerate(series):
        points = [at(i, value) for i, value in enumerate(dataset.values)]
        path = " ".join(f"{_n(x)},{_n(y)}" for x, y in points)
        if k == 0 and points:
            base = _n(_HEIGHT - _BOTTOM)
            parts.append(
                format_html(
                    '<polygon class="area" points="{},{} {} {},{}"/>',
                    _n(points[0][0]),
                    base,
                    path,
                    _n(points[-1][0]),
                    base,
                )
            )
        parts.append(format_html('<polyline class="line l{}" points="{}"/>', k % _COLOURS, path))
        parts.extend(
            format_html(
                '<circle class="point l{}" cx="{}" cy="{}" r="4"><title>{}</title></circle>',
                k % _COLOURS,
                _n(x),
                _n(y),
                f"{label} {dataset.name} {value:,}",
            )
            for (x, y), label, value in zip(points, labels, dataset.values, strict=True)
        )
    below = [_label_below(label, at(i, 0)[0], step) for i, label in enumerate(labels)]
    return _svg(title, [_grid(top), _legend(series), *parts, *below])


def donut(title: str, slices: Sequence[tuple[str, int]], *, centre: str = "合计") -> SafeString:
    """Return a ring of shares with its legend and the total in the middle."""
    total = sum(value for _, value in slices)
    cx, cy, outer, inner = 150.0, _HEIGHT / 2, 106.0, 74.0
    parts, angle = [], -math.pi / 2
    for k, (name, value) in enumerate(slices):
        turn = 2 * math.pi * value / total if total else 0.0
        if turn:
            parts.append(
                format_html(
                    '<path class="c{}" d="{}"><title>{}</title></path>',
                    k % _COLOURS,
                    _ring(cx, cy, outer, inner, angle, min(turn, 2 * math.pi - 0.01)),
                    f"{name} {value:,}",
                )
            )
        angle += turn
        y = 50 + k * 32
        parts.append(
            format_html(
                '<rect class="c{0}" x="330" y="{1}" width="11" height="11" rx="2"/><text x="350" y="{2}">{3}</text>'
                '<text class="value" x="600" y="{2}" text-anchor="end">{4}</text>',
                k % _COLOURS,
                y,
                y + 10,
                name,
                f"{value:,}",
            )
        )
    parts.append(
        format_html(
            '<text class="total" x="{0}" y="{1}" text-anchor="middle">{2}</text><text x="{0}" y="{3}" text-anchor="middle">{4}</text>',
            cx,
            cy + 4,
            f"{total:,}",
            cy + 26,
            centre,
        )
    )
    return _svg(title, parts)


def _svg(title: str, parts: Sequence[SafeString]) -> SafeString:
    body = format_html_join("", "{}", ((part,) for part in parts))
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}"><title>{}</title>{}</svg>',
        int(_WIDTH),
        int(_HEIGHT),
        title,
        title,
        body,
    )


def _grid(top: int) -> SafeString:
    """Four lines with their figures."""
    rows = []
    for k in range(5):
        y = _HEIGHT - _BOTTOM - k / 4 * (_HEIGHT - _TOP - _BOTTOM)
        rows.append((_n(_LEFT), _n(_WIDTH - _RIGHT), _n(y), _n(_LEFT - 8), _n(y + 4), f"{top * k // 4:,}"))
    return format_html_join(
        "",
        '<line class="grid" x1="{0}" x2="{1}" y1="{2}" y2="{2}"/><text x="{3}" y="{4}" text-anchor="end">{5}</text>',
        rows,
    )


def _legend(series: Sequence[Series]) -> SafeString:
    parts, x = [], _WIDTH - _RIGHT
    for k, dataset in reversed(list(enumerate(series))):
        x -= len(dataset.name) * 12.0 + 34
        parts.append((k % _COLOURS, _n(x), _n(x + 16), dataset.name))
    return format_html_join(
        "", '<rect class="c{}" x="{}" y="6" width="10" height="10" rx="2"/><text x="{}" y="15">{}</text>', parts
    )


def _label_below(label: str, x: float, slot: float) -> SafeString:
    """A label under its place; turned when the slots are narrow."""
    y = _HEIGHT - 10
    if slot >= _LABEL_ROOM:
        return format_html('<text x="{}" y="{}" text-anchor="middle">{}</text>', _n(x), _n(y), label)
    return format_html(
        '<text x="{0}" y="{1}" text-anchor="end" transform="rotate(-28 {0} {1})">{2}</text>',
        _n(x + 6),
        _n(y - 6),
        label,
    )


def _ring(cx: float, cy: float, outer: float, inner: float, start: float, turn: float) -> str:  # noqa: PLR0917  # geometry
    end, large = start + turn, int(turn > math.pi)

    def at(radius: float, angle: float) -> str:
        return f"{_n(cx + radius * math.cos(angle))} {_n(cy + radius * math.sin(angle))}"

    return (
        f"M{at(outer, start)} A{outer} {outer} 0 {large} 1 {at(outer, end)} "
        f"L{at(inner, end)} A{inner} {inner} 0 {large} 0 {at(inner, start)} Z"
    )


def _ceiling(value: int) -> int:
    """Return a round figure at or above `value`, divisible by four."""
    if value <= 4:  # four grid lines
        return 4
    unit = 10 ** int(math.log10(value))
    return next(
        int(unit * m)
        for m in (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10, 12)
        if unit * m >= value and int(unit * m) % 4 == 0
    )


def _n(value: float) -> str:
    return f"{value:.1f}"
