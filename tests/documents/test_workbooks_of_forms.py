"""The electronic twins of the list forms, opened with openpyxl: types, widths, headings on every page."""

from __future__ import annotations

import io

import openpyxl
import pytest
from tests.documents.documents_data import LONG_NAME
from tests.documents.test_every_form import lists_of

from xueji.cli.specimens import specimen_list
from xueji.documents.listforms import read_list_form
from xueji.documents.render import write_list_workbook


def sheets_of(view, count: int):
    for spec in lists_of(view):
        if spec.settings.get("electronic"):
            data = specimen_list(view, spec, count)
            book = openpyxl.load_workbook(io.BytesIO(write_list_workbook(spec, data, issued_on=view.day)))
            yield spec, book.worksheets[0]


@pytest.mark.requirement("S3-20", "S4-05")
def test_every_twin_repeats_its_heading_and_is_one_page_wide(jurisdiction) -> None:
    for spec, sheet in sheets_of(jurisdiction, 19):
        form = read_list_form(spec)
        head = int(sheet.freeze_panes[1:]) - 1
        assert sheet.print_title_rows == f"$1:${head}", spec.key
        assert [cell.value for cell in sheet[head]][-1] == form.columns[-1].header.replace("\n", "").replace(
            "{year}", "2026"
        )
        assert str(sheet.page_setup.paperSize) == sheet.PAPERSIZE_A4
        assert sheet.page_setup.orientation == ("landscape" if form.width > form.height else "portrait")
        assert (sheet.page_setup.fitToHeight, sheet.sheet_properties.pageSetUpPr.fitToPage) == (0, True)
        assert "&P" in sheet.oddFooter.center.text


@pytest.mark.requirement("S3-20", "S4-05")
def test_no_number_of_a_twin_is_a_number_and_no_name_is_cut(jurisdiction) -> None:
    for spec, sheet in sheets_of(jurisdiction, 19):
        first = int(sheet.freeze_panes[1:])
        for row in sheet.iter_rows(min_row=first, max_row=first + 18):
            assert {cell.data_type for cell in row if cell.value is not None} <= {"s"}, spec.key
            assert all(cell.number_format == "@" for cell in row if cell.value), spec.key
        names = [c.key for c in read_list_form(spec).columns]
        if "name" in names:
            letter = openpyxl.utils.get_column_letter(names.index("name") + 1)
            assert sheet[f"{letter}{first + 1}"].value == LONG_NAME
            assert sheet.column_dimensions[letter].width >= 2 * len(LONG_NAME) - 2
