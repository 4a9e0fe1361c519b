"""What nobody saw of a workbook is told by its place: hidden, folded and filtered rows, hidden columns, stray quotes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
from tests.exchange.people import HEADERS, SHEET, people, write_workbook
from tests.exchange.raw import plain_rows, write_xlsx

from xueji.core.findings import Severity
from xueji.exchange.graduates import IntakeReport, check_graduates
from xueji.exchange.records import read_records
from xueji.policy import get_library


@pytest.fixture(scope="module")
def view():
    return get_library().pack("edu/shaanxi-weinan").on(date(2019, 7, 1))


def sheet_with(path: Path, dress: Callable[[xlsxwriter.worksheet.Worksheet], None], count: int = 8) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet(SHEET)
        page.write_row(0, 0, HEADERS)
        for line, row in enumerate(people(count), start=1):
            page.write_row(line, 0, list(row.values()))
        dress(page)
    return path


def advice_of(report: IntakeReport) -> list[tuple[str, int, str]]:
    return [(f.rule, f.row, f.column) for f in report.findings if f.rule != "photo.not_uploaded"]


def filtered(page) -> None:
    page.autofilter(0, 0, 8, len(HEADERS) - 1)
    page.filter_column(1, "x != 王")
    for line in (2, 3, 6):
        page.set_row(line, options={"hidden": True})


@pytest.mark.parametrize(
    ("dress", "rows"),
    [
        pytest.param(filtered, [3, 7], id="filter"),
        pytest.param(lambda page: page.set_row(4, options={"hidden": True}), [5], id="hidden by hand"),
        pytest.param(lambda page: page.set_row(4, 0), [5], id="no height"),
        pytest.param(lambda page: [page.set_row(n, None, None, {"level": 1, "hidden": True}) for n in (2, 3)], [3], id="folded group"),
        pytest.param(lambda page: page.set_row(8, options={"hidden": True}), [9], id="last row"),
        pytest.param(lambda page: page.set_row(1, options={"hidden": True}), [2], id="first row"),
        pytest.param(lambda page: page.set_row(20, options={"hidden": True}), [], id="empty row below"),
        pytest.param(lambda page: page.set_row(4, 2), [], id="low row that is seen"),
    ],
)  # fmt: skip
def test_rows_that_nobody_saw_are_told_and_read(dress, rows, view, tmp_path: Path):
    report = check_graduates(sheet_with(tmp_path / "名册.xlsx", dress), None, view)
    assert advice_of(report) == [("reading.hidden_rows", row, "") for row in rows]
    assert all(f.severity is Severity.WARNING and f.remedy for f in report.findings if f.row)
    assert len(report.rows) == 8


def test_a_filtered_span_is_told_as_filtered(view, tmp_path: Path):
    report = check_graduates(sheet_with(tmp_path / "名册.xlsx", filtered), None, view)
    assert [f.message for f in report.findings if f.row] == [
        "第 3 至 4 行被筛选掉（隐藏），表上看不见，已照常读取", "第 7 行被筛选掉（隐藏），表上看不见，已照常读取",
    ]  # fmt: skip


def test_a_filter_that_hides_nothing_is_advice(view, tmp_path: Path):
    def dress(page) -> None:
        page.autofilter(0, 0, 8, 3)
        page.filter_column(3, "x == 男 or x == 女")

    report = check_graduates(sheet_with(tmp_path / "名册.xlsx", dress), None, view)
    assert advice_of(report) == [("reading.filter_on", 0, "")]
    assert report.is_acceptable


def test_arrows_of_a_filter_alone_are_nothing(view, tmp_path: Path):
    report = check_graduates(sheet_with(tmp_path / "名册.xlsx", lambda page: page.autofilter(0, 0, 8, 3)), None, view)
    assert advice_of(report) == []


@pytest.mark.parametrize("how", [{"options": {"hidden": True}}, {"width": 0}])
def test_a_hidden_column_of_the_form_is_told_by_its_header(how, view, tmp_path: Path):
    width = how.get("width")

    def dress(page) -> None:
        page.set_column(2, 3, width, None, how.get("options", {}))
        page.set_column(40, 45, None, None, {"hidden": True})

    report = check_graduates(sheet_with(tmp_path / "名册.xlsx", dress), None, view)
    assert advice_of(report) == [("reading.hidden_column", 0, "身份证号"), ("reading.hidden_column", 0, "性别")]


def test_many_hidden_places_are_counted_and_not_listed(view, tmp_path: Path):
    def dress(page) -> None:
        for line in range(2, 122, 2):
            page.set_row(line, options={"hidden": True})

    report = check_graduates(sheet_with(tmp_path / "名册.xlsx", dress, 140), None, view)
    found = [f for f in report.findings if f.rule == "reading.hidden_rows"]
    assert len(found) == 31
    assert "共有 60 行" in next(f.message for f in found if f.row == 0)


def test_other_writers_mark_hidden_rows_in_their_own_way(view, tmp_path: Path):
    rows = (
        plain_rows(3)
        .replace('<row r="3">', "<row hidden='true' r='3'>")
        .replace('<row r="4">', '<row r="4" ht="0.0" customHeight="1">')
    )
    report = check_graduates(write_xlsx(tmp_path / "名册.xlsx", rows), None, view)
    assert advice_of(report) == [("reading.hidden_rows", 3, "")]
    assert "第 3 至 4 行" in report.findings[-1].message + report.findings[0].message


def test_records_tell_hidden_rows_too(tmp_path: Path):
    line = ("王小明", people(1)[0]["身份证号"], "毕业", "2022-06-01")
    with xlsxwriter.Workbook(str(tmp_path / "处理.xlsx")) as book:
        page = book.add_worksheet("毕业处理")
        page.write_row(0, 0, ("姓名", "身份证号码", "毕（结）业处理", "处理日期"))
        page.write_row(1, 0, line)
        page.set_row(1, options={"hidden": True})
    report = read_records(tmp_path / "处理.xlsx", get_library().pack("edu/guangxi").on(date(2022, 6, 20)), "efile")
    assert ("reading.hidden_rows", 2) in [(f.rule, f.row) for f in report.findings]


def lines_of(count: int = 4, headers: tuple[str, ...] = (*HEADERS, "备注")) -> list[list[str]]:
    return [list(headers), *([*row.values(), "无"] for row in people(count))]


def write_csv(
    path: Path, lines: list[list[str]], *, end: str = "\r\n", encoding: str = "utf-8", delimiter: str = ","
) -> Path:
    path.write_bytes((end.join(delimiter.join(line) for line in lines) + end).encode(encoding))
    return path


@pytest.mark.parametrize("column", [0, 1, 2, 4, 7, 14])
@pytest.mark.parametrize("row", [1, 2, 3, 4])
def test_a_stray_quote_swallows_nobody_and_is_told_by_its_place(row, column, view, tmp_path: Path):
    lines = lines_of()
    lines[row][column] = '"' + lines[row][column]
    report = check_graduates(write_csv(tmp_path / "名册.csv", lines), None, view, name="名册.csv")
    found = [(f.row, f.column, f.severity) for f in report.findings if f.rule == "reading.stray_quote"]
    assert found == [(row + 1, lines[0][column], Severity.ERROR)]
    assert len(report.rows) == 4
    assert not report.is_acceptable


@pytest.mark.parametrize(
    ("end", "encoding", "delimiter"),
    [("\n", "gb18030", ","), ("\r", "utf-8", ","), ("\r\n", "utf-16", "\t"), ("\n", "utf-8-sig", ";")],
)
def test_stray_quotes_of_every_encoding_and_line_end(end, encoding, delimiter, view, tmp_path: Path):
    lines = lines_of()
    lines[2][7] = '"护理'
    path = write_csv(tmp_path / "名册.csv", lines, end=end, encoding=encoding, delimiter=delimiter)
    report = check_graduates(path, None, view, name="名册.csv")
    assert [(f.row, f.column) for f in report.findings if f.rule == "reading.stray_quote"] == [(3, "专业")]
    assert len(report.rows) == 4


def test_two_stray_quotes_are_both_told_though_they_look_like_a_pair(view, tmp_path: Path):
    lines = lines_of(6)
    lines[2][14], lines[5][14] = '"转学', '复学"'
    lines[4][1] = '"' + lines[4][1]
    report = check_graduates(write_csv(tmp_path / "名册.csv", lines), None, view, name="名册.csv")
    assert [f.row for f in report.findings if f.rule == "reading.stray_quote"] == [3, 5]
    assert len(report.rows) == 6


def test_a_missing_mark_in_a_table_that_quotes_every_cell(view, tmp_path: Path):
    lines = [[f'"{cell}"' for cell in line] for line in lines_of()]
    lines[2][14] = '"无'
    report = check_graduates(write_csv(tmp_path / "名册.csv", lines), None, view, name="名册.csv")
    assert [(f.row, f.column) for f in report.findings if f.rule == "reading.stray_quote"] == [(3, "备注")]
    assert len(report.rows) == 4


def test_two_marks_of_one_line_that_swallow_cells_between_them(view, tmp_path: Path):
    lines = lines_of()
    lines[2][7], lines[2][8] = '"护理', '3"'
    report = check_graduates(write_csv(tmp_path / "名册.csv", lines), None, view, name="名册.csv")
    assert [(f.row, f.column) for f in report.findings if f.rule == "reading.stray_quote"] == [(3, "专业")]


@pytest.mark.parametrize(
    "remark",
    ['"转学，\r\n已报备"', '"第一行\n第二行\n第三行"', '"他说""好""，\r\n同意"', '"a,b"', '""', '"好"', '说"好"'],
)
def test_marks_with_their_partner_are_no_fault(remark, view, tmp_path: Path):
    lines = lines_of()
    lines[2][14] = remark
    report = check_graduates(write_csv(tmp_path / "名册.csv", lines), None, view, name="名册.csv")
    assert [f.sentence for f in report.findings if f.is_error] == []
    assert len(report.rows) == 4
    assert [row.row_number for row in report.rows] == [2, 3, 4, 5]


def test_a_stray_mark_in_the_header_and_in_every_line(view, tmp_path: Path):
    lines = lines_of(300)
    for line in lines:
        line[14] = '"' + line[14]
    report = check_graduates(write_csv(tmp_path / "名册.csv", lines), None, view, name="名册.csv")
    assert len(report.rows) == 300
    assert sum(f.rule == "reading.stray_quote" for f in report.findings) == 200


def test_the_same_in_a_table_of_records(tmp_path: Path):
    path = tmp_path / "处理.csv"
    number = [row["身份证号"] for row in people(2)]
    path.write_text(
        f'姓名,身份证号码,毕（结）业处理,处理日期\n"王小明,{number[0]},毕业,2022-06-01\n李小红,{number[1]},毕业,2022-06-01\n',
        "utf-8",
    )
    report = read_records(path, get_library().pack("edu/guangxi").on(date(2022, 6, 20)), "efile", name="处理.csv")
    assert [(f.row, f.column) for f in report.findings if f.rule == "reading.stray_quote"] == [(2, "姓名")]
    assert len(report.rows) == 2


def test_a_workbook_without_anything_unseen_says_nothing(view, tmp_path: Path):
    assert advice_of(check_graduates(write_workbook(tmp_path / "名册.xlsx", people()), None, view)) == []
