"""Every list form of every pack, with the names hardest to print: read back from the PDF, glyph by glyph."""

from __future__ import annotations

from collections.abc import Iterator

import pypdfium2
import pytest

from xueji.cli.specimens import specimen_list
from xueji.core.packs import DocumentSpec, PackView
from xueji.documents.layout import MM, Fitted
from xueji.documents.listforms import form_fields, read_list_form, table_top
from xueji.documents.listpages import _fitted_columns, list_rows
from xueji.documents.records import ListData
from xueji.documents.render import render_list

Glyph = tuple[str, float, float, float, float]  # character, left, top, right, bottom: mm from the upper left corner
WITHIN = 0.25  # mm a glyph may lean over the edge of its cell or line before it is a fault
LEAST_PT = 6.5  # smaller type is not read without a glass


def lists_of(view: PackView) -> list[DocumentSpec]:
    return [spec for key in view.keys("document") if (spec := view.document(key)).template == "@list.typ"]


def fullest_of(view: PackView) -> DocumentSpec:
    """Return the form with the most columns: the list of graduates, whatever the pack calls it."""
    return max(lists_of(view), key=lambda spec: len(read_list_form(spec).columns))


def glyphs_of(document: pypdfium2.PdfDocument, index: int) -> list[Glyph]:
    page = document[index]
    height, words = page.get_height(), page.get_textpage()
    found = []
    for i in range(words.count_chars()):  # its own count: a character beyond the first plane is two of them
        character = chr(pypdfium2.raw.FPDFText_GetUnicode(words, i))
        if character.strip() and not "\udc00" <= character <= "\udfff":
            left, bottom, right, top = words.get_charbox(i)
            found.append((character, left / MM, (height - top) / MM, right / MM, (height - bottom) / MM))
    return found


def faults_of(spec: DocumentSpec, data: ListData, glyphs: list[Glyph]) -> Iterator[str]:
    """Name every glyph that leaves its cell, its line or the page."""
    form = read_list_form(spec)
    rows = [list_rows(form, group, form_fields(form, data.fields, group.fields)) for group in data.groups]
    form = _fitted_columns(form, rows) if form.fit_columns else form
    edges = [form.margin + sum(c.width for c in form.columns[:i]) for i in range(len(form.columns) + 1)]
    first = table_top(form) + sum(form.head_heights)
    drawn = max(form.min_rows, min(len(data.groups[0].rows), form.rows_per_page)) if form.columns else 0
    for character, left, top, right, bottom in glyphs:
        x, y = (left + right) / 2, (top + bottom) / 2
        if not (left > 4 and right < form.width - 4 and top > 4 and bottom < form.height - 4):
            yield f"{spec.key}: {character} beyond the page at {x:.1f}, {y:.1f}"
        if not (form.margin < x < form.width - form.margin and first < y < first + drawn * form.row_height):
            continue
        row = int((y - first) / form.row_height)
        column = next(i for i in range(len(form.columns)) if edges[i] <= x <= edges[i + 1])
        if form.columns[column].merged:
            continue
        upper, lower = first + row * form.row_height, first + (row + 1) * form.row_height
        if left < edges[column] - WITHIN or right > edges[column + 1] + WITHIN:
            yield f"{spec.key}: {character} over the side of {form.columns[column].header!r} in row {row + 1}"
        if top < upper - WITHIN or bottom > lower + WITHIN:
            yield f"{spec.key}: {character} over the line of row {row + 1} in {form.columns[column].header!r}"


def overlaps_of(spec: DocumentSpec, glyphs: list[Glyph]) -> Iterator[str]:
    """Name glyphs that are printed over one another."""
    by_line: dict[int, list[Glyph]] = {}
    for glyph in glyphs:
        by_line.setdefault(round((glyph[2] + glyph[4]) / 2 / 4), []).append(glyph)
    for line in by_line.values():
        line.sort(key=lambda g: g[1])
        for i, a in enumerate(line):
            for b in line[i + 1 :]:
                if b[1] > a[3]:
                    break
                across, down = min(a[3], b[3]) - b[1], min(a[4], b[4]) - max(a[2], b[2])
                if across > 0.5 and down > 0.5:
                    yield f"{spec.key}: {a[0]} and {b[0]} over one another at {b[1]:.1f}, {b[2]:.1f}"


def small_type_of(spec: DocumentSpec, document: pypdfium2.PdfDocument, index: int) -> Iterator[str]:
    words = document[index].get_textpage()
    for i in range(words.count_chars()):
        character = chr(pypdfium2.raw.FPDFText_GetUnicode(words, i))
        if character.strip() and (size := pypdfium2.raw.FPDFText_GetFontSize(words, i)) < LEAST_PT - 0.01:
            yield f"{spec.key}: {character} in {size:.1f} pt"


def faults_of_form(view: PackView, spec: DocumentSpec, count: int) -> list[str]:
    """Print a form with made-up rows and name every fault on its first two and its last two pages."""
    data = specimen_list(view, spec, count)
    done = render_list(spec, data, issued_on=view.day, copy=1)
    document = pypdfium2.PdfDocument(done.pdf)
    try:
        found = list(faults_of(spec, data, glyphs_of(document, 0)))
        for index in sorted({0, 1, done.pages - 2, done.pages - 1} & set(range(done.pages))):
            found += overlaps_of(spec, glyphs_of(document, index))
            found += small_type_of(spec, document, index)
    finally:
        document.close()
    return found


@pytest.mark.parametrize("count", [1, 18, 19, 2000])
def test_no_text_leaves_its_cell_its_line_or_the_page(jurisdiction, count) -> None:
    forms = lists_of(jurisdiction) if count < 100 else [fullest_of(jurisdiction)]
    assert [fault for spec in forms for fault in faults_of_form(jurisdiction, spec, count)] == []


def test_a_text_that_overflows_is_seen(guangxi, monkeypatch) -> None:
    monkeypatch.setattr(
        "xueji.documents.listpages.fit_text",
        lambda text, *_, **__: Fitted((text, text, text, text), 9.5, 1.0, shrunk=True),
    )
    faults = faults_of_form(guangxi, guangxi.document("hand_out"), 4)
    assert any("over the line of row" in fault and "in '姓名'" in fault for fault in faults)
