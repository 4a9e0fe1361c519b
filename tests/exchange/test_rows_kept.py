"""Whoever has a number, or a name and a life, is a row; totals and signatures are not."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from tests.exchange.people import HEADERS, people, resident_id, write_workbook

from xueji.exchange.graduates import check_graduates
from xueji.exchange.records import read_records
from xueji.policy import get_library

WITHOUT_SEQUENCE = HEADERS[1:]
NUMBER = resident_id(77, date(2000, 9, 2))


@pytest.fixture(scope="module")
def view():
    return get_library().pack("edu/shaanxi-weinan").on(date(2019, 7, 1))


def names(rows, view, tmp_path: Path, headers=HEADERS, below=()) -> list[str | None]:
    report = check_graduates(write_workbook(tmp_path / "名册.xlsx", rows, headers=headers, below=below), None, view)
    return [row.facts.name for row in report.rows]


@pytest.mark.parametrize(
    "name", ["合计玉", "总计", "小计明", "共计", "汇总成", "审核明", "负责人", "注册", "合 计", "联系"]
)
@pytest.mark.parametrize("headers", [HEADERS, WITHOUT_SEQUENCE])
def test_a_row_with_a_valid_number_is_a_person_whatever_the_name(name, headers, view, tmp_path):
    rows = people(3)
    rows[1] |= {"姓名": name}
    assert names(rows, view, tmp_path, headers) == [rows[0]["姓名"], name, rows[2]["姓名"]]


@pytest.mark.parametrize("name", ["合计玉", "小计明", "共计文", "总数", "汇总成"])
def test_a_name_like_a_total_without_number_is_kept_and_asked_for_it(name, view, tmp_path):
    rows = people(3)
    rows[1] |= {"姓名": name, "身份证号": ""}
    path = write_workbook(tmp_path / "名册.xlsx", rows, headers=WITHOUT_SEQUENCE)
    report = check_graduates(path, None, view)
    wanted = 2 if name == "总数" else 3  # the bare word is a total
    assert len(report.rows) == wanted
    asked = [(f.row, f.column) for f in report.findings if f.rule == "graduate.required_given"]
    assert ((3, "身份证号") in asked) is (wanted == 3)


@pytest.mark.parametrize("place", ["序号", "毕业成绩总评", "民族"])
def test_a_total_word_elsewhere_in_the_row_of_a_person_hides_nobody(place, view, tmp_path):
    rows = people(3)
    rows[1] |= {place: "合计"}
    assert len(names(rows, view, tmp_path)) == 3
    rows[1] |= {place: "审核人：李四"}
    assert len(names(rows, view, tmp_path)) == 3


@pytest.mark.parametrize(
    "number",
    [
        NUMBER[:-1] + ("1" if NUMBER[-1] != "1" else "2"),
        6.10502200009e17,
        "E12345678",
        NUMBER.lower(),
        f" {NUMBER}\u200b",
    ],
)
def test_a_number_need_not_be_right_to_be_somebodys(number, view, tmp_path):
    rows = people(2)
    rows[1] = {"姓名": "合计玉", "身份证号": number}
    assert len(names(rows, view, tmp_path, WITHOUT_SEQUENCE)) == 2


def test_a_number_in_a_wrong_column_is_not_lost(view, tmp_path):
    rows = [*people(2), {"序号": "合计", "专业": NUMBER}]
    assert len(names(rows, view, tmp_path)) == 3


@pytest.mark.parametrize(
    "below",
    [
        ("合计", "3"), ("", "合 计：", "3人"), ("总计：3 人", "", "", "男1人，女2人"), ("共 3 人",), ("小计", "", "3", "1", "2"),
        ("填表人：王某某", "审核人：李某某", "2019年6月3日"), ("校长（签章）：",), ("以下空白",), ("第 1 页 共 2 页",), ("", "共3人", "", "男1女2"),
    ],
)  # fmt: skip
def test_totals_and_signatures_are_no_persons(below, view, tmp_path):
    rows = people(3)
    assert names(rows, view, tmp_path, below=(below,)) == [row["姓名"] for row in rows]


def test_records_lose_nobody_to_a_total_either(tmp_path):
    view = get_library().pack("edu/guangxi").on(date(2022, 6, 20))
    lines = [
        {"姓名": "合计玉", "身份证号码": NUMBER, "毕（结）业处理": "毕业", "处理日期": "2022-06-01"},
        {"姓名": "小计明", "身份证号码": "", "毕（结）业处理": "毕业", "处理日期": "2022-06-01"},
        {"姓名": "合计", "身份证号码": "2人"},
    ]
    path = write_workbook(tmp_path / "处理.xlsx", lines, headers=tuple(lines[0]))
    assert [row.facts.text("name") for row in read_records(path, view, "efile").rows] == ["合计玉", "小计明"]
