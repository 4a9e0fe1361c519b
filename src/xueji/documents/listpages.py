"""List forms as PDF: any list a pack describes in its settings, paged, one form a group, copy by copy.

Everything that has a size is computed here: the template only draws.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from xueji.core.errors import BadInput, RenderFailed
from xueji.core.packs import DocumentSpec
from xueji.documents.baseforms import PrintedText, finish, require_printable, template_of
from xueji.documents.binding import bind_pages
from xueji.documents.fonts import SANS, SERIF, text_width
from xueji.documents.layout import MM, fit_text
from xueji.documents.listforms import (
    BOTTOM_MM,
    FOOT_MM,
    NOTE_MM,
    SERIAL,
    Column,
    Item,
    ListForm,
    TailCell,
    chosen_labels,
    fill,
    filled,
    form_fields,
    head_top,
    note_lines,
    read_list_form,
    required_text,
    table_height,
    table_top,
)
from xueji.documents.records import ListData, ListGroup, RenderedDocument, Shrunk
from xueji.documents.workshop import compile_document

BATCH = 100  # pages a compile
FOOT_PT = 10.5
_PADDING_MM = 1.6  # both sides of a cell together; twice that where the text stands at a side
_EMPTY_SHARE = 0.75  # of its stated width that a column without a text keeps when columns are fitted: for the hand
_LEAST_SIZE = 6.5  # pt: columns are not fitted to their texts below it, single cells are

Cell = str | list[object]
Fields = dict[str, str]


@dataclass
class _Page:
    """One page before it is drawn: its group, its place in the group, the rows that stand on it."""

    group: int
    number: int
    of: int
    first_row: int  # counted over the whole list, for reports
    rows: list[list[str]]
    here: int  # rows that carry data
    is_last: bool


def render_list(spec: DocumentSpec, data: ListData, *, issued_on: date, copy: int | None = None) -> RenderedDocument:
    """Print a list form: all copies one after the other, or only `copy` (from 1); each group begins a form.

    BadInput when there is no group, or a row lacks the text of a column; RenderFailed names a character that no
    font prints. The same data give the same bytes.
    """
    form = read_list_form(spec)
    if not data.groups:
        raise BadInput(f"「{form.title}」没有要打印的内容")
    labels = chosen_labels(spec, form, data.fields, copy)
    fields = [form_fields(form, data.fields, group.fields) for group in data.groups]
    rows = [
        list_rows(form, group, group_fields, start) for group, group_fields, start in _with_starts(form, data, fields)
    ]
    substituted = require_printable([*_row_texts(form, rows), *_field_texts(form, fields)])
    form = _fitted_columns(form, rows) if form.fit_columns and any(rows) else form
    shrunk: list[Shrunk] = []
    pages = _set_pages(form, list(_pages(form, rows)), fields, shrunk)
    drawn = [{**page, "copy": label} for _, label in labels for page in pages]
    shared = _shared(form, fields[0])
    template = template_of(spec)
    parts = [
        compile_document(template, {**shared, "pages": drawn[start : start + BATCH]}, issued_on=issued_on)
        for start in range(0, len(drawn), BATCH)
    ]
    pdf, count = bind_pages(parts)
    return finish(pdf, count, shrunk, substituted)


def _with_starts(form: ListForm, data: ListData, fields: Sequence[Fields]) -> Iterator[tuple[ListGroup, Fields, int]]:
    start = 0
    for group, group_fields in zip(data.groups, fields, strict=True):
        yield group, group_fields, start
        start += len(group.rows) if form.serial == "whole" else 0


def list_rows(form: ListForm, group: ListGroup, fields: Mapping[str, str], start: int = 0) -> list[list[str]]:
    """Return the texts of a group's rows in the order of the columns; the serial counts from `start` + 1."""
    strips = [filled(column.strip, fields) for column in form.columns]
    rows = []
    for i, row in enumerate(group.rows):
        texts = [_cell_text(form, column, row, i, start) for column in form.columns]
        rows.append([text.removeprefix(strip) for text, strip in zip(texts, strips, strict=True)])
    return rows


def _cell_text(form: ListForm, column: Column, row: Mapping[str, str], index: int, start: int) -> str:
    if column.key in row:
        return row[column.key]
    if column.key == SERIAL:
        return str(start + index + 1)
    if column.by_hand or column.merged:
        return ""
    raise BadInput(f"「{form.title}」第 {index + 1} 行没有「{column.header}」（{column.key}）")


def _row_texts(form: ListForm, rows: Sequence[list[list[str]]]) -> list[PrintedText]:
    """Return the texts of all rows, for the check that they can be printed; `record` counts over the whole list."""
    flat = [row for group in rows for row in group]
    return [
        PrintedText(i, column.key, f"第 {i + 1} 行 {column.header}", text)
        for i, row in enumerate(flat)
        for column, text in zip(form.columns, row, strict=True)
        if text
    ]


def _field_texts(form: ListForm, fields: Sequence[Fields]) -> list[PrintedText]:
    words = "".join(
        [form.title, form.annex, *form.notes, *(c.header + c.under for c in form.columns)]
        + [item.text for line in (*form.header, *form.footer) for item in line]
        + [cell.text + "".join(cell.foot) for row in form.tail for cell in row.cells]
    )
    return [PrintedText(0, "form", "表上的字", words.replace("\n", ""))] + [
        PrintedText(0, key, key, value) for group_fields in fields for key, value in group_fields.items() if value
    ]


def _pages(form: ListForm, rows: Sequence[list[list[str]]]) -> Iterator[_Page]:
    """Cut each group into pages; a group without rows is a page with the empty form."""
    first = 0
    blank = [""] * len(form.columns)
    size = max(form.rows_per_page, 1)
    for group, all_rows in enumerate(rows):
        chunks = [all_rows[start : start + size] for start in range(0, len(all_rows), size)] or [[]]
        for number, chunk in enumerate(chunks, start=1):
            missing = max(form.min_rows - len(chunk), 0) if form.columns else 0
            padded = [*chunk, *(_empty_rows(form, chunk, number, missing) if missing else ())]
            yield _Page(group, number, len(chunks), first, padded or [blank], len(chunk), number == len(chunks))
            first += len(chunk)


def _empty_rows(form: ListForm, chunk: Sequence[list[str]], number: int, missing: int) -> list[list[str]]:
    """Return ruled rows without data: counted on where the form counts, the first closed against additions."""
    keys = [column.key for column in form.columns]
    start = (number - 1) * form.rows_per_page + len(chunk)
    rows = [[str(start + i + 1) if key == SERIAL else "" for key in keys] for i in range(missing)]
    word = form.below if chunk else form.empty
    free = [i for i, column in enumerate(form.columns) if column.key != SERIAL and not column.merged]
    if word and free:
        rows[0][free[0]] = word
    return rows


def _fitted_columns(form: ListForm, rows: Sequence[list[list[str]]]) -> ListForm:
    """Give each column the width its widest text needs, and make the type smaller until all fit on one line.

    So that every graduate's row stands on one line within one page; what is left over goes to all columns in the
    proportion of their stated widths.
    """
    ems, rooms = [], []
    for i, column in enumerate(form.columns):
        texts = {row[i] for group in rows for row in group}
        head = max(text_width(part, SANS) for part in column.header.split("\n"))
        ems.append(max([head, *(text_width(text, SERIF) for text in texts)]))
        rooms.append(0.0 if any(texts) else column.width * _EMPTY_SHARE)
    padding = (_PADDING_MM + 0.6) * sum(not room for room in rooms) + sum(rooms)
    size = min(form.size, (form.table_width - padding) * MM / sum(e for e, r in zip(ems, rooms, strict=True) if not r))
    size = max(int(size * 100) / 100, _LEAST_SIZE)
    needs = [em * size / MM + _PADDING_MM + 0.6 for em in ems]
    needs = [max(need, room) for need, room in zip(needs, rooms, strict=True)]
    left = form.table_width - sum(needs)
    if left < 0:  # the longest texts are set smaller in their own cells
        widths = [form.table_width * need / sum(needs) for need in needs]
    else:
        widths = [need + left * c.width / form.table_width for need, c in zip(needs, form.columns, strict=True)]
    fitted = tuple(replace(c, width=round(w, 3)) for c, w in zip(form.columns, widths, strict=True))
    return replace(form, size=size, columns=fitted)


def _shared(form: ListForm, fields: Mapping[str, str]) -> dict[str, object]:
    return {
        "title": filled(form.title, fields).replace("\n", ""),
        "width": form.width,
        "height": form.height,
        "left": form.margin,
        "wide": form.table_width,
        "title_height": form.title_height,
        "line_height": form.line_height,
        "size": form.size,
        "widths": [column.width for column in form.columns],
        "aligns": [column.align for column in form.columns],
        "head_rows": list(form.head_heights),
        "row_height": form.row_height,
        "table_top": table_top(form),
        "cross_seal": [form.cross_seal.label, form.cross_seal.y, form.cross_seal.r] if form.cross_seal else [],
        "seals": [[seal.label, seal.x, seal.y, seal.r] for seal in form.seals],
        "merged": [column.merged for column in form.columns],
    }


def _set_pages(
    form: ListForm, pages: Sequence[_Page], fields: Sequence[Fields], shrunk: list[Shrunk]
) -> list[dict[str, object]]:
    totals = [0] * len(fields)
    for page in pages:
        totals[page.group] += page.here
    drawn = []
    for n, page in enumerate(pages, start=1):
        number, of = (n, len(pages)) if form.page_numbers == "whole" else (page.number, page.of)
        page_fields = {
            **fields[page.group],
            "page_rows": str(page.here),
            "form_rows": str(totals[page.group]),
            "all_rows": str(sum(totals)),
        }
        words = "" if form.page_numbers == "none" else f"第 {number} 页　共 {of} 页"
        drawn.append(_set_page(form, page, page_fields, shrunk) | {"number": words})
    return drawn


def _set_page(form: ListForm, page: _Page, fields: Fields, shrunk: list[Shrunk]) -> dict[str, object]:
    titles = required_text(form, form.title, fields).split("\n")
    y = head_top(form)
    bottom = table_top(form) + (table_height(form, len(page.rows)) if form.columns else 0.0)
    tail = _tail(form, fields) if page.is_last else []
    closing = form.below if page.is_last and 0 < page.here == len(page.rows) < form.rows_per_page and not tail else ""
    end = bottom + (sum(row.height for row in form.tail) if page.is_last else 0.0) + (NOTE_MM if closing else 0.0) + 2.0
    notes: list[tuple[str, float]] = [
        (filled(note, fields), note_lines(form, note, fields) * NOTE_MM) for note in form.notes
    ]
    foot = end + sum(height for _, height in notes)
    if foot + FOOT_MM * len(form.footer) > form.height - BOTTOM_MM + 0.01:
        raise RenderFailed(f"「{form.title}」的说明太长，一页放不下：{notes[-1][0]}")
    return {
        "annex": form.annex,
        "titles": [[_title_size(form, title), title] for title in titles],
        "header": [
            _line(form, line, y + form.line_height * i, form.line_size, fields) for i, line in enumerate(form.header)
        ],
        "head": _head(form, fields) if form.columns else [],
        "rows": _cells(form, page, fields, shrunk) if form.columns else [],
        "closing": closing,
        "tail_top": bottom,
        "tail": tail,
        "notes_top": end,
        "notes": [list(note) for note in notes],
        "footer": [_line(form, line, foot + FOOT_MM * i, FOOT_PT, fields) for i, line in enumerate(form.footer)],
    }


def _title_size(form: ListForm, title: str) -> float:
    return round(min(form.title_size, (form.table_width - 1) * MM / max(text_width(title, SANS), 1)), 2)


def _line(form: ListForm, line: Sequence[Item], y: float, size: float, fields: Mapping[str, str]) -> list[object]:
    """Return a line as drawn: where it stands, and its items with width, size and pieces."""
    stated = sum(item.width or 0.0 for item in line)
    free = [item for item in line if item.width is None]
    share = (form.table_width - stated) / len(free) if free else 0.0
    return [y, [_item(item.text, item.width or share, size, fields) for item in line]]


def _item(text: str, width: float, size: float, fields: Mapping[str, str]) -> list[object]:
    """Return a text as drawn: width (mm), size, pieces with their rooms (mm); set smaller when it is too long."""
    pieces = fill(text, fields)
    natural = sum(max(text_width(p.text, SERIF) * size, p.room * MM) for p in pieces)
    share = min(1.0, (width - 1.0) * MM / natural) if natural else 1.0
    size = int(size * share * 100) / 100
    rooms = [max(p.room * share, text_width(p.text, SERIF) * size / MM + 0.2) if p.room else 0 for p in pieces]
    return [width, size, [[p.text, room, p.ruled] for p, room in zip(pieces, rooms, strict=True)]]


def _head(form: ListForm, fields: Mapping[str, str]) -> list[list[object]]:
    """Return the cells of the headings in drawing order: lines of text, columns spanned, rows spanned, size."""
    words = [required_text(form, c.header, fields) for c in form.columns]
    if not form.nested:
        return [_heading(form, text, c.width, 1, 1) for text, c in zip(words, form.columns, strict=True)]
    upper: list[list[object]] = []
    lower: list[list[object]] = []
    i = 0
    while i < len(form.columns):
        column = form.columns[i]
        if not column.under:
            upper.append(_heading(form, words[i], column.width, 1, 2))
            i += 1
            continue
        end = i + sum(c.under == column.under for c in form.columns[i:])
        upper.append(_heading(form, column.under, sum(c.width for c in form.columns[i:end]), end - i, 1))
        lower += [_heading(form, words[j], form.columns[j].width, 1, 1) for j in range(i, end)]
        i = end
    return upper + lower


def _heading(form: ListForm, words: str, width: float, columns: int, rows: int) -> list[object]:
    room = (width - _PADDING_MM) * MM
    lines = words.split("\n")
    if len(lines) == 1 and text_width(words, SANS) * form.size > room:
        lines = [words[: (len(words) + 1) // 2], words[(len(words) + 1) // 2 :]]
    widest = max(text_width(line, SANS) for line in lines)
    return [lines, columns, rows, round(min(form.size, room / widest), 2)]


def _cells(form: ListForm, page: _Page, fields: Mapping[str, str], shrunk: list[Shrunk]) -> list[list[Cell]]:
    return [
        [
            _merged(form, column, fields) if column.merged else _cell(form, column, text, page.first_row + i, shrunk)
            for column, text in zip(form.columns, row, strict=True)
        ]
        for i, row in enumerate(page.rows)
    ]


def _merged(form: ListForm, column: Column, fields: Mapping[str, str]) -> Cell:
    text = fields.get(column.key, "")
    fitted = fit_text(text, column.width - _PADDING_MM, form.size, height_mm=form.row_height)
    return [fitted.size, *fitted.lines] if text else ""


def _cell(form: ListForm, column: Column, text: str, record: int, shrunk: list[Shrunk]) -> Cell:
    """Fit a text into its cell; most fit and stay plain strings."""
    room = column.width - _PADDING_MM * (1 if column.align == "center" else 2)
    if len(text) * form.size <= room * MM:  # no character is wider than one em
        return text
    fitted = fit_text(text, room, form.size, height_mm=None if form.fit_columns else form.row_height)
    if fitted.lines == (text,) and fitted.size == form.size:
        return text
    if fitted.shrunk:
        shrunk.append(Shrunk(record, column.key))
    return [fitted.size, *fitted.lines]


def _tail(form: ListForm, fields: Mapping[str, str]) -> list[object]:
    """Return the rows below the last row: height, and cells with width, place of the text, text and foot."""
    return [
        [
            row.height,
            [_tail_cell(cell, fields) for cell in row.cells],
        ]
        for row in form.tail
    ]


def _tail_cell(cell: TailCell, fields: Mapping[str, str]) -> list[object]:
    words = _item(cell.text, cell.width - 4.0, FOOT_PT, fields)
    return [cell.width, cell.align, words, [filled(foot, fields) for foot in cell.foot]]
