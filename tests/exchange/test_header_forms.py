"""A header is found in one row or in two, under notes, with what people write around its words; a person is no header."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
from tests.exchange.people import HEADERS, people

from xueji.exchange.graduates import IntakeReport, check_graduates
from xueji.exchange.headings import bare_headers, fold_header
from xueji.policy import get_library

H = list(HEADERS)
PEOPLE = [list(row.values()) for row in people(3)]
NAMES = [row[1] for row in PEOPLE]
MARKS = [None] * 11


def read(rows: list[list[object]], tmp_path: Path) -> IntakeReport:
    path = tmp_path / "名册.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet("毕业生")
        for line, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                if cell is not None:
                    page.write(line, column, cell)
    return read_file(path)


def read_file(path: Path) -> IntakeReport:
    return check_graduates(path, None, get_library().pack("edu/shaanxi-weinan").on(date(2019, 7, 1)))


@pytest.mark.parametrize(
    "above",
    [
        pytest.param([["某校名册"], [*H[:11], "毕业成绩"], [*MARKS, "总评", "操行", "实习"]], id="one group"),
        pytest.param([[*H[:3], "基本情况", *[None] * 3, *H[7:]], [*[None] * 3, *H[3:7]]], id="group in the middle"),
        pytest.param([[], [H[0], "学生信息", *[None] * 5, *H[7:11], "成绩"], [None, *H[1:7], *[None] * 4, *H[11:]]], id="two groups"),
        pytest.param([["序号", "姓", "身份证", *H[3:]], [None, "名", "号码"]], id="words in two cells"),
        pytest.param([[*H[:11], "成绩"], [*MARKS, "在校成绩"], [*MARKS, "总评", "操行", "实习"]], id="three rows"),
        pytest.param([H, [*[None] * 8, "年", "年月", "年月", "百分制"]], id="units below"),
        pytest.param([["2019届拟毕业学生", None, "学校代码：001"], H], id="words of titles"),
        pytest.param([[f"{n}. 说明"] for n in range(1, 60)] + [H], id="below notes"),
        pytest.param([["序号", "学生姓名", "身份证号码(18位)", *H[3:7], "修读专业", *H[8:11], "毕业成绩总评（百分制）", *H[12:]]], id="notes in brackets"),
        pytest.param([[f"{n}.{header}" for n, header in enumerate(H, 1)]], id="numbered headings"),
    ],
)  # fmt: skip
def test_a_header_is_found_whatever_stands_around_it(above, tmp_path: Path):
    report = read(above + PEOPLE, tmp_path)
    assert [row.facts.name for row in report.rows] == NAMES
    assert report.is_acceptable


def test_both_rows_of_a_header_may_come_again_on_every_page(tmp_path: Path):
    header = [[*H[:11], "毕业成绩"], [*MARKS, "总评", "操行", "实习"]]
    report = read(header + PEOPLE[:2] + header + PEOPLE[2:], tmp_path)
    assert [row.facts.name for row in report.rows] == NAMES


def test_a_guardian_is_not_the_graduate(tmp_path: Path):
    header = [[*H[:1], "学生", *[None] * 5, *H[7:], "监护人"], [None, *H[1:7], *[None] * 7, "姓名", "身份证号"]]
    report = read(header + [[*row, "张父", "610502197001010011"] for row in PEOPLE], tmp_path)
    assert [row.facts.name for row in report.rows] == NAMES


def test_columns_of_other_systems_are_passed_over_in_silence_and_others_in_one_sentence(tmp_path: Path):
    header = [*H, "年级", "班级", "校内学号", "招生类型", "爱好", "特长"]
    report = read([header] + [[*row, "2016", "1班", "7", "统招", "棋", "画"] for row in PEOPLE], tmp_path)
    findings = [f.message for f in report.findings if f.rule == "reading.unknown_column"]
    assert findings == ["列「爱好」「特长」不是本表的列，没有读取"]


def test_the_plain_heading_wins_over_one_with_a_note(tmp_path: Path):
    header = [*H[:7], "专业（备注）", *H[7:]]
    report = read([header] + [[*row[:7], "旧名", *row[7:]] for row in PEOPLE], tmp_path)
    assert {row.facts.programme for row in report.rows} == {PEOPLE[0][7]}


@pytest.mark.parametrize(
    "heading", ["姓名（曾用名）", "专业（代码）", "毕业年月（预计）", "姓名（拼音）", "身份证号（监护人）"]
)
def test_a_note_that_makes_it_another_thing_is_not_dropped(heading):
    assert bare_headers(fold_header(heading)) == ()
