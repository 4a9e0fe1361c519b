"""Marks, sexes, ethnic groups and other codes as schools write them come out as the tables and rules know them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
from tests.exchange.people import HEADERS, people, write_workbook

from xueji.core.packs import ColumnSpec
from xueji.core.rules.graduates import mark_number
from xueji.exchange.graduates import check_graduates
from xueji.exchange.normalise import Context, normalise_cell
from xueji.policy import get_library

MARK = ColumnSpec("成绩", "overall_mark", True, "mark")


@pytest.fixture(scope="module")
def view():
    return get_library().pack("edu/shaanxi-weinan").on(date(2019, 7, 1))


@pytest.mark.parametrize(
    ("typed", "mark"),
    [
        ("85分", "85"), ("85 分", "85"), ("８５分", "85"), ("９０", "90"), ("85.50", "85.50"), ("85．5", "85.5"), ("92%", "92"), ("９２％", "92"),
        ("及 格", "及格"), ("不 及 格", "不及格"), ("优　秀", "优秀"), ("优秀。", "优秀"), ("「优秀」", "优秀"), ("八十五分", "85"), ("八十五", "85"),
        ("一百", "100"), (85.0, "85"), (85.5, "85.5"), (1, "1"), ("良好(85)", "良好(85)"), ("85+", "85+"), ("A", "A"), ("中", "中"),
    ],
)  # fmt: skip
def test_a_mark_loses_what_is_written_around_it(typed, mark):
    read = normalise_cell(typed, MARK)
    assert (read.value, read.troubles) == (mark, ())


@pytest.mark.parametrize("typed", [0.92, 0.6, "0.92", "0.85分"])
def test_a_mark_below_one_is_a_percentage_that_lost_its_sign(typed):
    read = normalise_cell(typed, MARK)
    assert read.value is None
    assert [trouble.rule for trouble in read.troubles] == ["reading.mark_fraction"]


def test_what_is_no_number_from_nought_to_a_hundred():
    assert [mark_number(text) for text in ("1e1", "8_5", "-5", "101", "NaN", "９０", "")] == [None] * 7


@pytest.mark.parametrize(("form", "share", "mark"), [("0%", 0.92, "92"), ("0.00%", 0.925, "92.5"), ("0%", 1, "100")])
def test_a_percent_cell_is_read_as_it_is_shown(form, share, mark, view, tmp_path: Path):
    row = people(1)[0]
    path = tmp_path / "名册.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet("毕业生")
        percent = book.add_format({"num_format": form})
        for column, header in enumerate(HEADERS):
            page.write_string(0, column, header)
            page.write_string(1, column, row[header])
        page.write_number(1, HEADERS.index("毕业成绩总评"), share, percent)
    report = check_graduates(path, None, view)
    assert report.is_acceptable
    assert report.rows[0].facts.overall_mark == mark


@pytest.mark.parametrize(
    ("table", "typed", "name"),
    [
        ("sex", "男性", "男"), ("sex", "女生", "女"), ("sex", "M", "男"), ("sex", "ｆ", "女"), ("sex", "Male", "男"), ("sex", "01", "男"), ("sex", 2.0, "女"),
        ("sex", "1-男", "男"), ("sex", "男（1）", "男"), ("sex", "2-男", "2-男"), ("sex", "男女", "男女"), ("sex", "9", "9"),
        ("ethnicity", "汉", "汉族"), ("ethnicity", "哈尼", "哈尼族"), ("ethnicity", "维 吾 尔 族", "维吾尔族"), ("ethnicity", "01汉族", "汉族"),
        ("ethnicity", "汉族(01)", "汉族"), ("ethnicity", "1", "汉族"), ("ethnicity", "11 满", "满族"), ("ethnicity", "其它", "其他"),
        ("ethnicity", "97", "其他"), ("ethnicity", "穿青", "穿青人"), ("ethnicity", "02-汉族", "02-汉族"), ("ethnicity", "维族", "维族"),
        ("political_status", "团 员", "共青团员"), ("political_status", "共青团员（03）", "共青团员"), ("political_status", "中共党员（预备）", "中共预备党员"),
    ],
)  # fmt: skip
def test_a_code_is_read_by_code_name_short_form_or_both(table, typed, name, view):
    context = Context({table: view.table(table)}, {table: view.table(f"{table}_aliases")})
    assert normalise_cell(typed, ColumnSpec("列", table, True, "code", table=table), context).value == name


def test_every_ethnic_group_may_go_without_its_last_character(view):
    names = {name for name in view.table("ethnicity").values() if name.endswith("族")}
    assert {name: view.table("ethnicity_aliases").get(name[:-1]) for name in names} == {name: name for name in names}


def test_a_word_of_no_table_is_named_with_the_one_it_is_like(view, tmp_path: Path):
    rows = [people(1)[0] | {"民族": "维族"}]
    found = check_graduates(write_workbook(tmp_path / "名册.xlsx", rows), None, view).findings
    assert ["是否为「维吾尔族」" in f.message for f in found if f.rule == "graduate.codes_known"] == [True]


@pytest.mark.parametrize(
    ("number", "says"),
    [
        ("999361000012300017", "临时编号"),
        ("999123456789000001", "临时编号"),
        ("G610502200009020016", "学籍号"),
        ("L61050220000902123X", "学籍号"),
    ],
)
def test_a_number_of_the_register_is_not_called_a_card_with_a_wrong_digit(number, says, view, tmp_path: Path):
    path = write_workbook(tmp_path / "名册.xlsx", [people(1)[0] | {"身份证号": number}])
    found = [f for f in check_graduates(path, None, view).findings if f.rule == "graduate.resident_id_valid"]
    assert [says in f.message for f in found] == [True]
    assert not any("校验码" in f.message or "逐位" in f.remedy for f in found)
