"""The sealing register (验印登记册) and the sealing roster (验印名单)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from xueji.core.errors import BadInput
from xueji.core.packs import DocumentSpec
from xueji.documents.baseforms import (
    PrintedText,
    finish,
    list_setting,
    number_setting,
    require_printable,
    setting,
    template_of,
    text_list,
)
from xueji.documents.binding import bind_pages
from xueji.documents.fonts import SANS, SERIF, text_width
from xueji.documents.layout import MM, chinese_duration, fit_text, printed_date
from xueji.documents.records import (
    RegisterData,
    RegisterRow,
    RenderedDocument,
    RosterData,
    RosterRow,
    Shrunk,
    Substituted,
)
from xueji.documents.workshop import compile_document

BATCH = 100  # pages a compile
REGISTER_HEADERS = [
    ["招生计划", "（人）"],
    ["实际录取", "（人）"],
    ["学制"],
    ["学历层次"],
    ["实际毕业", "（人）"],
    ["验印人数", "（人）"],
    ["备注"],
]
_REGISTER_FIELDS = ("programme", "planned", "admitted", "duration", "level", "graduated", "sealed", "note")
_REGISTER_WIDTHS = (68.0, 27.0, 27.0, 19.0, 25.0, 27.0, 29.0, 30.0)
_REGISTER_LEAST_ROWS = 3  # the form prints three programme rows, filled or not
_PADDING_MM = 1.2
_LIST_SIZE = 9.5
_REGISTER_SIZE = 10.5

Cell = str | list[object]


def render_register(
    spec: DocumentSpec, data: RegisterData, *, issued_on: date, copy: int | None = None
) -> RenderedDocument:
    """Print the sealing register; all copies one after the other, or only `copy` (1, 2, 3)."""
    cells = [_register_cells(row) for row in data.rows]
    names = ("学校名称", data.school_name), ("主管领导", data.leader), ("经办人", data.clerk)
    texts = [
        PrintedText(i, f, f"第 {i + 1} 行 {f}", t)
        for i, row in enumerate(cells)
        for f, t in zip(_REGISTER_FIELDS, row, strict=True)
    ]
    substituted = require_printable([*texts, *(PrintedText(0, label, label, text) for label, text in names)])
    shrunk: list[Shrunk] = []
    fit = _row_fitter(_REGISTER_FIELDS, _REGISTER_WIDTHS, 8.4, _REGISTER_SIZE, shrunk)
    rows = [fit(i, row) for i, row in enumerate(cells)]
    rows += [[""] * len(_REGISTER_FIELDS)] * max(0, _REGISTER_LEAST_ROWS - len(rows))
    chunks = _chunks(rows, int(number_setting(spec, "rows_per_page")))
    title = register_title(spec, data)
    shared = {
        "title": title,
        "title_size": round(min(18.0, 262 * MM / text_width(title, SANS)), 2),
        "school": _header_name(data.school_name),
        "headers": REGISTER_HEADERS,
        "number_first": data.number_first,
        "number_last": data.number_last,
        "leader": data.leader,
        "clerk": data.clerk,
        "log_head": data.log_head,
        "filled_on": printed_date(data.filled_on)
        if data.filled_on
        else "\u3000\u3000\u3000年\u3000\u3000月\u3000\u3000日",
        "opinions": text_list(spec, "opinions"),
        "opinion_seal": setting(spec, "opinion_seal"),
        "total_pages": len(chunks),
    }
    total = _register_total(data.rows)
    pages = [
        {"copy": label, "page": n, "rows": chunk, "total": total if n == len(chunks) else None}
        for label in _copy_labels(spec, copy)
        for n, chunk in enumerate(chunks, start=1)
    ]
    return _bind(spec, shared=shared, pages=pages, issued_on=issued_on, shrunk=shrunk, substituted=substituted)


def register_title(spec: DocumentSpec, data: RegisterData) -> str:
    """Return the title of the register; a school whose name begins with the place does not name it twice."""
    place = spec.title.split("{school}")[0]
    school = data.school_name.removeprefix(place)
    return spec.title.format(school=school, year=data.graduating_year, term=data.term)


def _register_cells(row: RegisterRow) -> list[str]:
    counts = (row.planned, row.admitted, row.graduated, row.sealed)
    planned, admitted, graduated, sealed = map(str, counts)
    return [
        row.programme,
        planned,
        admitted,
        chinese_duration(row.duration_years),
        row.level,
        graduated,
        sealed,
        row.note,
    ]


def _register_total(rows: Sequence[RegisterRow]) -> list[str]:
    """Return the seven cells of the row 总计; blank on an empty form, which is filled in by hand."""
    if not rows:
        return [""] * 7
    sums = [str(sum(getattr(row, field) for row in rows)) for field in ("planned", "admitted", "graduated", "sealed")]
    return [sums[0], sums[1], "", "", sums[2], sums[3], ""]


def render_roster(
    spec: DocumentSpec, data: RosterData, *, issued_on: date, copy: int | None = None
) -> RenderedDocument:
    """Print the sealing roster with a sum on each page; all copies one after the other, or only `copy` (1, 2, 3)."""
    if not data.rows:
        raise BadInput("名单里没有毕业生")
    columns = list_setting(spec, "columns")
    keys = [str(column["key"]) for column in columns]
    widths = [float(str(column["width"])) for column in columns]
    height = number_setting(spec, "row_height")
    cells = [_roster_cells(i, row, keys) for i, row in enumerate(data.rows)]
    headers = [str(column["header"]) for column in columns]
    texts = [
        PrintedText(i, k, f"第 {i + 1} 行 {h}", t)
        for i, row in enumerate(cells)
        for k, h, t in zip(keys, headers, row, strict=True)
    ]
    people = (("学校名称", data.school_name), ("学校填表人", data.filled_by))
    substituted = require_printable([*texts, *(PrintedText(0, label, label, text) for label, text in people)])
    shrunk: list[Shrunk] = []
    fit = _row_fitter(keys, widths, height, _LIST_SIZE, shrunk)
    per_page = int(number_setting(spec, "rows_per_page"))
    chunks = _chunks([fit(i, row) for i, row in enumerate(cells)], per_page)
    shared = {
        "title": spec.title,
        "school": _header_name(data.school_name),
        "filled_by": data.filled_by,
        "widths": widths,
        "row_height": height,
        "headers": [_header_lines(h, w) for h, w in zip(headers, widths, strict=True)],
        "total_pages": len(chunks),
    }
    pages = [
        {
            "copy": label,
            "page": n,
            "rows": chunk,
            "sum": _page_sum(n, chunks, len(cells)),
            "blank_below": len(chunk) < per_page,
        }
        for label in _copy_labels(spec, copy)
        for n, chunk in enumerate(chunks, start=1)
    ]
    return _bind(spec, shared=shared, pages=pages, issued_on=issued_on, shrunk=shrunk, substituted=substituted)


def _roster_cells(index: int, row: RosterRow, keys: Sequence[str]) -> list[str]:
    return [str(index + 1) if key == "serial" else _cell_value(getattr(row, key)) for key in keys]


def _cell_value(value: object) -> str:
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, Decimal):
        return chinese_duration(value)
    return str(value)


def _page_sum(page: int, chunks: Sequence[Sequence[object]], total: int) -> str:
    here = f"本页人数：{len(chunks[page - 1])} 人"
    return f"{here}　　合计：{total} 人" if page == len(chunks) else here


def _header_lines(header: str, width_mm: float) -> list[str]:
    if text_width(header, SANS) * _LIST_SIZE <= (width_mm - _PADDING_MM) * MM:
        return [header]
    half = (len(header) + 1) // 2
    return [header[:half], header[half:]]


def _header_name(school: str) -> list[object]:
    fitted = fit_text(school, 120, 11)
    return [fitted.size, school]


def _row_fitter(
    keys: Sequence[str], widths: Sequence[float], height: float, size: float, shrunk: list[Shrunk]
) -> Callable[[int, Sequence[str]], list[Cell]]:
    """Return a function that fits one row; most cells fit and stay plain strings."""
    rooms = [width - _PADDING_MM - 0.4 for width in widths]

    def fit(index: int, row: Sequence[str]) -> list[Cell]:
        cells: list[Cell] = []
        for key, room, text in zip(keys, rooms, row, strict=True):
            if len(text) * size <= room * MM:  # no character is wider than one em
                cells.append(text)
                continue
            fitted = fit_text(text, room, size, height_mm=height, style=SERIF)
            if fitted.lines == (text,) and fitted.size == size:
                cells.append(text)
                continue
            cells.append([fitted.size, *fitted.lines])
            if fitted.shrunk:
                shrunk.append(Shrunk(index, key))
        return cells

    return fit


def _chunks(rows: list[list[Cell]], size: int) -> list[list[list[Cell]]]:
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def _copy_labels(spec: DocumentSpec, copy: int | None) -> list[str]:
    labels = text_list(spec, "copy_labels")
    if copy is None:
        return labels
    if not 1 <= copy <= len(labels):
        raise BadInput(f"「{spec.title}」没有第 {copy} 联；共 {len(labels)} 联")
    return [labels[copy - 1]]


def _bind(
    spec: DocumentSpec,
    *,
    shared: dict[str, object],
    pages: Sequence[Mapping[str, object]],
    issued_on: date,
    shrunk: list[Shrunk],
    substituted: Sequence[Substituted],
) -> RenderedDocument:
    template = template_of(spec)
    parts = [
        compile_document(template, {**shared, "pages": pages[start : start + BATCH]}, issued_on=issued_on)
        for start in range(0, len(pages), BATCH)
    ]
    pdf, count = bind_pages(parts)
    return finish(pdf, count, shrunk, substituted)
