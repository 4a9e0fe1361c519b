"""The sealing roster as a workbook (验印名单 Excel): the same columns as the printed form."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import cast

import xlsxwriter

from xueji.core.packs import DocumentSpec
from xueji.core.sheets import AS_TEXT
from xueji.documents.layout import chinese_duration
from xueji.documents.records import RosterData, RosterRow

_HEAD_ROWS = 3  # title, school, headers


def write_roster(spec: DocumentSpec, data: RosterData, *, issued_on: date) -> bytes:
    """Return the roster as XLSX; the same data give the same bytes.

    Every cell is written as text: an identity number stored as a number loses its last digits, and a name that
    begins with «=» must not become a formula.
    """
    columns = cast("Sequence[Mapping[str, object]]", spec.settings["columns"])
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, AS_TEXT)
    book.set_properties(
        {"title": spec.title, "created": datetime(issued_on.year, issued_on.month, issued_on.day, tzinfo=UTC)}
    )
    sheet = book.add_worksheet("名单")
    title = book.add_format({"bold": True, "font_size": 16, "align": "center"})
    head = book.add_format({"bold": True, "border": 1, "align": "center", "text_wrap": True, "bg_color": "#F2F3F5"})
    cell = book.add_format({"border": 1, "num_format": "@"})
    sheet.merge_range(0, 0, 0, len(columns) - 1, "", title)
    sheet.write_string(0, 0, spec.title, title)
    sheet.write_string(1, 0, f"学校名称：{data.school_name}")
    sheet.write_string(1, len(columns) - 3, f"学校填表人：{data.filled_by}")
    for c, column in enumerate(columns):
        sheet.set_column(c, c, float(str(column["width"])) / 2)
        sheet.write_string(2, c, str(column["header"]), head)
    for r, row in enumerate(data.rows):
        for c, column in enumerate(columns):
            sheet.write_string(_HEAD_ROWS + r, c, _text(row, r, str(column["key"])), cell)
    sheet.freeze_panes(_HEAD_ROWS, 0)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0, 2)
    book.close()
    return out.getvalue()


def _text(row: RosterRow, index: int, key: str) -> str:
    if key == "serial":
        return str(index + 1)
    value = getattr(row, key)
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}"
    return chinese_duration(value) if isinstance(value, Decimal) else str(value)
