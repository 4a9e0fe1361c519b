"""Numbered rows that stand ready, cells filled down, and small tables below the list are nobody; a person stays."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from tests.exchange.people import people
from tests.exchange.test_header_forms import NAMES, PEOPLE, H, read, read_file

from xueji.exchange.records import read_records
from xueji.policy import get_library

CLASS = [None, None, None, None, "汉族", "共青团员", "护理", "3", "2016-09", "2019-07"]


@pytest.mark.parametrize(
    "below",
    [
        pytest.param([[str(n)] for n in range(4, 40)], id="numbered as text"),
        pytest.param([[n] for n in range(4, 40)], id="numbered"),
        pytest.param([[n, *CLASS] for n in range(4, 9)], id="filled down"),
        pytest.param(
            [[n, *CLASS[:2], PEOPLE[2][3], *CLASS[3:], *PEOPLE[2][11:]] for n in range(4, 9)], id="all filled down"
        ),
        pytest.param([[4, "/", "—", "/"], ["5", "-"], [6, "以下空白"], [7]], id="strokes"),
        pytest.param([[], ["男", "1"], ["女", "2"], ["未婚", "3"]], id="counts below"),
        pytest.param([[], [None, "男生", None, "2"], [None, "女生", None, "1"]], id="counts to the right"),
        pytest.param([[], ["专业", "人数"], ["护理", 3], ["合计", 3]], id="a table of programmes"),
        pytest.param([[None, "男", 1], [None, "女", 2], [None, "共青团员", 3]], id="in the columns of name and number"),
        pytest.param([["统计："], ["男生人数：1", "女生人数：2"]], id="sentences"),
        pytest.param([["毕业人数", 3, None, "男", 1, "女", 2]], id="one line"),
    ],
)
def test_what_stands_below_the_list_is_nobody(below, tmp_path: Path):
    report = read([H, *PEOPLE, *below], tmp_path)
    assert [row.facts.name for row in report.rows] == NAMES
    assert report.is_acceptable


@pytest.mark.parametrize("cells", [[4, "李四"], [4, "李四", None, "男"], [None, "赵六", None, None, "2000-09-02"]])
def test_a_person_without_a_number_is_asked_for_it_below_the_list_too(cells, tmp_path: Path):
    report = read([H, *PEOPLE, cells], tmp_path)
    assert [row.facts.name for row in report.rows] == [*NAMES, cells[1]]
    assert (5, "身份证号") in [(f.row, f.column) for f in report.findings if f.is_error]


def test_a_row_between_people_is_somebody_whose_name_and_number_were_forgotten(tmp_path: Path):
    report = read([H, *PEOPLE[:2], [3, *CLASS], PEOPLE[2]], tmp_path)
    assert len(report.rows) == 4
    assert (4, "姓名") in [(f.row, f.column) for f in report.findings if f.is_error]


def test_what_was_not_taken_for_people_is_told_in_one_sentence(tmp_path: Path):
    report = read([H, *PEOPLE, [], ["男", "1"], ["女", "2"]], tmp_path)
    assert [(f.row, f.is_error) for f in report.findings if f.rule == "reading.rows_not_people"] == [(6, False)]


def test_formulas_without_results_in_all_columns_are_told_and_not_taken_for_blank_rows(tmp_path: Path):
    import openpyxl

    book = openpyxl.Workbook()
    book.active.title = "毕业生"
    book.active.append(H)
    book.active.append([f"=数据!{chr(65 + column)}2" for column in range(len(H))])
    book.create_sheet("数据").append(["甲"])
    book.save(tmp_path / "名册.xlsx")
    report = read_file(tmp_path / "名册.xlsx")
    assert "reading.formula_without_value" in {f.rule for f in report.findings if (f.row, f.column) == (2, "姓名")}


def test_numbered_rows_with_formulas_that_find_nothing_are_nobody(tmp_path: Path):
    import openpyxl

    book = openpyxl.Workbook()
    book.active.title = "毕业生"
    for cells in (H, *PEOPLE, *([n, None, None, None, f"=MID(C{n + 1},7,8)"] for n in range(4, 9))):
        book.active.append(cells)
    book.save(tmp_path / "名册.xlsx")
    report = read_file(tmp_path / "名册.xlsx")
    assert [row.facts.name for row in report.rows] == NAMES
    assert report.is_acceptable


def test_a_form_without_numbers_of_persons_loses_no_row(tmp_path: Path):
    from tests.exchange.people import write_workbook

    view = get_library().pack("edu/guangxi").on(date(2022, 6, 20))
    line = {"姓名": "王明", "身份证号码": people(1)[0]["身份证号"], "毕（结）业处理": "毕业", "处理日期": "2022-06-01"}
    path = write_workbook(
        tmp_path / "处理.xlsx", [line, {"姓名": "李四", "毕（结）业处理": "毕业"}], headers=tuple(line)
    )
    assert [row.facts.text("name") for row in read_records(path, view, "efile").rows] == ["王明", "李四"]
