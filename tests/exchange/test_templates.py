"""The empty form, the error workbook, and the two commands: read back by an independent reader."""

from __future__ import annotations

import json
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from tests.exchange.people import people, photos_of, write_photos, write_workbook

from xueji.exchange.cli import main_check, main_template
from xueji.exchange.error_workbook import write_error_workbook
from xueji.exchange.graduates import check_graduates
from xueji.exchange.tables import HELP_SHEET, PROBLEM_COLUMN, PROBLEM_SHEET
from xueji.exchange.templates import write_template
from xueji.policy import get_library

PACK = ["--pack", "edu/shaanxi-weinan", "--on", "2019-07-01"]


@pytest.fixture(scope="module")
def view():
    return get_library().pack("edu/shaanxi-weinan").on(date(2019, 7, 1))


@pytest.fixture
def template(view, tmp_path: Path):
    path = tmp_path / "模板.xlsx"
    write_template(view, "graduates", path)
    return path


@pytest.mark.requirement("S1-08")
def test_template_has_every_column_of_the_pack_and_text_for_numbers(view, template: Path):
    spec = view.workbook("graduates")
    book = openpyxl.load_workbook(template)
    sheet = book[spec.sheet]
    assert [cell.value for cell in sheet[1]] == [column.header for column in spec.columns]
    at = next(index for index, column in enumerate(spec.columns, start=1) if column.kind == "identifier")
    letter = sheet.cell(1, at).column_letter
    assert sheet.column_dimensions[letter].number_format == "@"
    assert sheet.freeze_panes == "A2"
    assert all(sheet.cell(1, index).comment for index in range(1, len(spec.columns) + 1))


@pytest.mark.requirement("S1-08")
def test_template_offers_the_code_tables_as_lists(view, template: Path):
    spec = view.workbook("graduates")
    book = openpyxl.load_workbook(template)
    lists = {
        str(rule.sqref): rule.formula1
        for rule in book[spec.sheet].data_validations.dataValidation
        if rule.type == "list"
    }
    coded = [column for column in spec.columns if column.table]
    assert len(lists) == len(coded) >= 3
    offered = {cell.value for column in book["代码表"].iter_cols() for cell in column}
    assert set(view.table("political_status").values()) <= offered


@pytest.mark.requirement("S1-10")
def test_template_explains_photographs_with_the_clause(view, template: Path):
    texts = " ".join(
        str(cell.value)
        for row in openpyxl.load_workbook(template)[HELP_SHEET].iter_rows()
        for cell in row
        if cell.value
    )
    assert "高 200 × 宽 150 像素" in texts
    assert "X 要大写" in texts
    assert "200×150" in texts


def test_filled_template_is_read_back(view, template: Path):
    book = openpyxl.load_workbook(template)
    sheet = book[view.workbook("graduates").sheet]
    headers = [cell.value for cell in sheet[1]]
    for number, row in enumerate(people(), start=2):
        for column, header in enumerate(headers, start=1):
            sheet.cell(number, column, row.get(header))
    book.save(template)
    report = check_graduates(template, None, view)
    assert report.is_acceptable
    assert len(report.rows) == 3


def _bad_rows() -> list[dict[str, object]]:
    rows: list[dict[str, object]] = [dict(row) for row in people(4)]
    rows[0]["身份证号"] = 610502200009010011.0
    rows[1]["学制"] = "三到四"
    rows[2]["备注"] = '=HYPERLINK("http://x")'
    rows[2]["性别"] = "不详"
    return rows


@pytest.mark.requirement("S1-08")
def test_error_workbook_marks_the_cell_and_lists_the_clause(view, tmp_path: Path):
    report = check_graduates(write_workbook(tmp_path / "名册.xlsx", _bad_rows()), None, view)
    path = tmp_path / "问题.xlsx"
    write_error_workbook(report.table, report.findings, path, view=view, spec=view.workbook("graduates"))
    book = openpyxl.load_workbook(path)
    sheet = book[view.workbook("graduates").sheet]
    headers = {cell.value: cell.column for cell in sheet[1]}
    bad = sheet.cell(3, headers["学制"])
    assert bad.value == "三到四"
    assert bad.fill.fgColor.rgb == "FFFFC7CE"
    assert "不是数字" in bad.comment.text
    assert "不是数字" in sheet.cell(3, headers[PROBLEM_COLUMN]).value
    assert sheet.cell(2, headers["身份证号"]).value is None
    assert sheet.cell(5, headers[PROBLEM_COLUMN]).value is None
    listed = [[cell.value for cell in row] for row in book[PROBLEM_SHEET].iter_rows(min_row=2)]
    assert len(listed) == len(report.findings)
    assert any(row[6] and "渭教职成〔2019〕22号" in row[6] for row in listed)


def test_error_workbook_never_holds_a_formula(view, tmp_path: Path):
    rows: list[dict[str, object]] = [dict(row) for row in people(1)]
    headers = (*rows[0], "备注")
    path = write_workbook(tmp_path / "名册.csv.xlsx", rows, headers=headers)
    book = openpyxl.load_workbook(path)
    for text in ("=1+1", "+1", "-1", "@SUM(A1)"):
        book.active.append([None, text])
    for row in book.active.iter_rows(min_row=3):
        row[1].data_type = "s"
    book.save(path)
    report = check_graduates(path, None, view)
    out = tmp_path / "问题.xlsx"
    write_error_workbook(report.table, report.findings, out, view=view, spec=view.workbook("graduates"))
    with zipfile.ZipFile(out) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")
    names = {cell.value for row in openpyxl.load_workbook(out).worksheets[0].iter_rows() for cell in row}
    assert "=1+1" in names


@pytest.mark.requirement("S1-08")
def test_corrected_error_workbook_is_accepted(view, tmp_path: Path):
    report = check_graduates(write_workbook(tmp_path / "名册.xlsx", _bad_rows()), None, view)
    path = tmp_path / "问题.xlsx"
    write_error_workbook(report.table, report.findings, path, view=view, spec=view.workbook("graduates"))
    again = check_graduates(path, None, view)
    assert not any(f.rule in {"reading.unknown_column", "reading.several_sheets"} for f in again.findings)
    book = openpyxl.load_workbook(path)
    sheet = book[view.workbook("graduates").sheet]
    headers = {cell.value: cell.column for cell in sheet[1]}
    right = people(4)
    for number, header in ((2, "身份证号"), (3, "学制"), (4, "性别")):
        sheet.cell(number, headers[header], right[number - 2][header])
    book.save(path)
    assert check_graduates(path, None, view).is_acceptable


def test_commands_write_the_form_and_print_findings_as_json(tmp_path: Path, capsys):
    out = tmp_path / "模板.xlsx"
    assert main_template([*PACK, "-o", str(out)]) == 0
    assert out.is_file()
    capsys.readouterr()
    roster = write_workbook(tmp_path / "名册.xlsx", _bad_rows())
    errors = tmp_path / "问题.xlsx"
    assert main_check([str(roster), *PACK, "--json", "--errors", str(errors)]) == 1
    printed = json.loads(capsys.readouterr().out)
    assert printed["rows"] == 4
    numeric = next(f for f in printed["findings"] if f["rule"] == "reading.identifier_numeric")
    assert (numeric["sheet"], numeric["row"], numeric["column"], numeric["severity"]) == (
        "毕业生",
        2,
        "身份证号",
        "error",
    )
    assert errors.is_file()


def test_check_of_a_right_upload_says_so(tmp_path: Path, capsys):
    rows = people(5)
    roster = write_workbook(tmp_path / "名册.xlsx", rows)
    archive = write_photos(tmp_path / "照片.zip", photos_of(rows))
    assert main_check([str(roster), *PACK, "--photos", str(archive), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"rows": 5, "findings": []}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(["missing.xlsx", *PACK], "没有这个文件", id="no file"),
        pytest.param(
            ["missing.xlsx", "--pack", "edu/nowhere"], "edu/shaanxi-weinan", id="unknown pack names the choices"
        ),
        pytest.param(["missing.xlsx", *PACK, "--kind", "pets"], "graduates", id="unknown kind names the choices"),
    ],
)
def test_check_that_cannot_be_done_says_why(arguments: list[str], says: str, capsys, tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if "--kind" in arguments:
        write_workbook(tmp_path / "missing.xlsx", people(1))
    assert main_check([*arguments, "--json"]) == 2
    assert says in json.loads(capsys.readouterr().out)["error"]
