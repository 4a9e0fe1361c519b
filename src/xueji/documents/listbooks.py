"""List forms as workbooks: the electronic copy (电子版) with the same words, columns and order as the printed form."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from xueji.core.errors import BadInput
from xueji.core.packs import DocumentSpec
from xueji.core.sheets import AS_TEXT
from xueji.documents.listforms import (
    SERIAL,
    Item,
    ListForm,
    TailCell,
    filled,
    form_fields,
    note_lines,
    read_list_form,
    required_text,
)
from xueji.documents.listpages import list_rows
from xueji.documents.records import ListData

A4: Final = 9
_MM_PER_CHARACTER = 2.0
_WIDEST = 60  # characters of a column: longer texts are wrapped
_NOTE_ROW_PT = 15
_FONT = "宋体"
_FORM_COLUMNS = 6  # a form without a table still needs a grid for its cells


@dataclass(frozen=True, slots=True)
class _Styles:
    title: Format
    head: Format
    cell: Format
    plain: Format
    wrap: Format
    note: Format


def write_list_workbook(spec: DocumentSpec, data: ListData, *, issued_on: date) -> bytes:
    """Return a list form as XLSX, a sheet for each of its forms; the same data give the same bytes.

    Every cell is text: an identity number stored as a number loses its last digits, and a name that begins with «=»
    must not become a formula.
    """
    form = read_list_form(spec)
    if not data.groups:
        raise BadInput(f"「{form.title}」没有要写入的内容")
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, AS_TEXT)
    book.set_properties(
        {"title": form.title, "created": datetime(issued_on.year, issued_on.month, issued_on.day, tzinfo=UTC)}
    )
    book.formats[0].set_font_name(_FONT)
    styles = _styles(book)
    start = 0
    for n, group in enumerate(data.groups, start=1):
        count = str(len(group.rows))
        fields = form_fields(form, data.fields, group.fields) | {"page_rows": count, "form_rows": count}
        fields["all_rows"] = str(sum(len(group.rows) for group in data.groups))
        rows = list_rows(form, group, fields, start)
        start += len(rows) if form.serial == "whole" else 0
        sheet = book.add_worksheet(form.annex.replace(" ", "") or "表" if len(data.groups) == 1 else f"{n}")
        _Sheet(sheet, styles, form, fields).write(rows)
    book.close()
    return out.getvalue()


def _styles(book: xlsxwriter.Workbook) -> _Styles:
    return _Styles(
        title=book.add_format(
            {
                "font_name": _FONT,
                "bold": True,
                "font_size": 15,
                "align": "center",
                "valign": "vcenter",
                "text_wrap": True,
            }
        ),
        head=book.add_format(
            {
                "font_name": _FONT,
                "bold": True,
                "border": 1,
                "align": "center",
                "valign": "vcenter",
                "text_wrap": True,
                "bg_color": "#F2F3F5",
            }
        ),
        cell=book.add_format(
            {
                "font_name": _FONT,
                "border": 1,
                "align": "center",
                "valign": "vcenter",
                "num_format": "@",
                "text_wrap": True,
            }
        ),
        plain=book.add_format({"font_name": _FONT, "valign": "vcenter"}),
        wrap=book.add_format({"font_name": _FONT, "border": 1, "valign": "top", "text_wrap": True}),
        note=book.add_format({"font_name": _FONT, "valign": "top", "text_wrap": True}),
    )


@dataclass(frozen=True, slots=True)
class _Sheet:
    """One form on one sheet, written from the top down."""

    sheet: Worksheet
    styles: _Styles
    form: ListForm
    fields: Mapping[str, str]

    @property
    def widths(self) -> list[float]:
        return [c.width for c in self.form.columns] or [self.form.table_width / _FORM_COLUMNS] * _FORM_COLUMNS

    def write(self, rows: Sequence[Sequence[str]]) -> None:
        """Write the whole form; every line returns the row below it."""
        sheet, form = self.sheet, self.form
        for c, width in enumerate(self.widths):
            widest = max((_columns_of(row[c]) for row in rows), default=0) if form.columns else 0
            sheet.set_column(c, c, max(width / _MM_PER_CHARACTER, min(widest, _WIDEST)))
        self._span(0, (0, len(self.widths)), required_text(form, form.title, self.fields), self.styles.title)
        sheet.set_row(0, 24 * (form.title.count("\n") + 1))
        y = 1
        for line in form.header:
            y = self._line(y, line)
        if form.columns:
            y = self._head(y)
            sheet.freeze_panes(y, 0)
            sheet.repeat_rows(0, y - 1)
            y = self._rows(y, rows)
        for row in form.tail:
            self._cells(y, [(c.width, self._tail_text(c)) for c in row.cells], self.styles.wrap)
            sheet.set_row(y, row.height * 72 / 25.4)
            y += 1
        for note in form.notes:
            self._span(y, (0, len(self.widths)), filled(note, self.fields), self.styles.note)
            sheet.set_row(y, _NOTE_ROW_PT * note_lines(form, note, self.fields))
            y += 1
        for line in form.footer:
            y = self._line(y, line)
        sheet.set_paper(A4)
        sheet.fit_to_pages(1, 0)
        sheet.center_horizontally()
        if form.page_numbers != "none":
            sheet.set_footer("&C第 &P 页　共 &N 页")
        if form.width > form.height:
            sheet.set_landscape()

    def _tail_text(self, cell: TailCell) -> str:
        return "\n".join([filled(cell.text, self.fields), *(filled(foot, self.fields) for foot in cell.foot)])

    def _span(self, row: int, columns: tuple[int, int], text: str, style: Format) -> None:
        first, end = columns
        if end - first > 1:
            self.sheet.merge_range(row, first, row, end - 1, "", style)
        self.sheet.write_string(row, first, text, style)

    def _line(self, y: int, line: Sequence[Item]) -> int:
        stated = sum(item.width or 0.0 for item in line)
        free = sum(item.width is None for item in line)
        share = (self.form.table_width - stated) / free if free else 0.0
        texts = [(item.width or share, filled(item.text, self.fields)) for item in line]
        self._cells(y, texts, self.styles.plain)
        return y + 1

    def _cells(self, y: int, texts: Sequence[tuple[float, str]], style: Format) -> None:
        """Write texts side by side, each over the columns nearest to its place on the page.

        More texts than columns: the last column takes the rest.
        """
        edges = [sum(self.widths[:i]) for i in range(len(self.widths) + 1)]
        texts = [*texts[: len(edges) - 2], _joined(texts[len(edges) - 2 :])] if len(texts) > len(edges) - 1 else texts
        first, x = 0, 0.0
        for n, (width, text) in enumerate(texts):
            x += width
            after = len(texts) - 1 - n
            distances = [abs(edge - x) for edge in edges]
            end = min(max(distances.index(min(distances)), first + 1), len(self.widths) - after)
            self._span(y, (first, end if after else len(self.widths)), text, style)
            first = end

    def _head(self, y: int) -> int:
        words = [required_text(self.form, c.header, self.fields).replace("\n", "") for c in self.form.columns]
        if not self.form.nested:
            for c, text in enumerate(words):
                self.sheet.write_string(y, c, text, self.styles.head)
            return y + 1
        c = 0
        while c < len(words):
            end = c + 1
            if under := self.form.columns[c].under:
                while end < len(words) and self.form.columns[end].under == under:
                    end += 1
                self._span(y, (c, end), under, self.styles.head)
                for i in range(c, end):
                    self.sheet.write_string(y + 1, i, words[i], self.styles.head)
            else:
                self.sheet.merge_range(y, c, y + 1, c, "", self.styles.head)
                self.sheet.write_string(y, c, words[c], self.styles.head)
            c = end
        return y + 2

    def _rows(self, y: int, rows: Sequence[Sequence[str]]) -> int:
        """Write the rows, and the form's empty ones as far as the printed form shows them."""
        count = max(len(rows), self.form.min_rows, 1)
        for c, column in enumerate(self.form.columns):
            if column.merged:
                if count > 1:
                    self.sheet.merge_range(y, c, y + count - 1, c, "", self.styles.cell)
                self.sheet.write_string(y, c, self.fields.get(column.key, ""), self.styles.cell)
                continue
            for r in range(count):
                text = rows[r][c] if r < len(rows) else str(r + 1) if column.key == SERIAL else ""
                self.sheet.write_string(y + r, c, text, self.styles.cell)
        return y + count


def _columns_of(text: str) -> int:
    """Return how wide a text stands in a cell, in digits, with the air a cell needs."""
    return sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in text) + 2


def _joined(texts: Sequence[tuple[float, str]]) -> tuple[float, str]:
    return sum(width for width, _ in texts), "　".join(text for _, text in texts)
