"""New students in the national system's form of 73 columns: what is wrong is named by row and column, what people type is read."""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from xueji.core.enrolment_facts import FIELDS
from xueji.core.errors import BadInput
from xueji.core.identifiers import check_character
from xueji.exchange.cli import main_check
from xueji.exchange.enrolments import read_enrolments, read_licences
from xueji.policy import get_library

ON = date(2021, 10, 8)
SCHOOL = "3641000750"
LICENCES = (
    "学校代码,学校名称,专业名称,学制,招生年份,招生季节,校区,招生计划\n"
    "3641000750,甲校,护理,3,2021,秋季,本部,100\n3641000751,乙校,会计,3,2021,秋季,本部,100\n"
)


@pytest.fixture(scope="module")
def view():
    return get_library().pack("edu/henan").on(ON)


def number(born: str, place: int) -> str:
    """Return a citizen's number of somebody born on a day."""
    first = f"410102{born}{place:03d}"
    return first + check_character(first)


def student(place: int, **changes: Any) -> dict[str, Any]:
    """Return a row without a fault, changed."""
    row = {
        "姓名": f"王小{chr(0x4E00 + place)}", "性别": "男" if place % 2 else "女", "身份证件类型": "居民身份证",
        "身份证件号": number("20060503", place), "学习形式": "全日制", "入学方式": "统一招生考试/普通入学", "就读方式": "住校",
        "国籍/地区": "中国", "港澳台侨外": "非港澳台侨", "户口所在地行政区划码": "410102", "户口性质": "农业户口", "入学年月": "202109",
        "专业简称": "护理", "学制": "三年制", "民族": "汉族", "政治面貌": "共青团员", "健康状况": "健康或良好", "学生来源": "应届",
        "招生对象": "应届初中毕业生", "招生方式": "统一招生", "联招合作类型": "非联合办学", "分段培养方式": "非分段培养",
    }  # fmt: skip
    return row | changes


def workbook(path: Path, rows: list[dict[str, Any]], view: Any) -> Path:
    """Write the form with its headers in row 1 and the rows from row 2."""
    headers = [column.header for column in view.workbook("enrolments").columns]
    assert len(headers) == len(FIELDS) == 73
    book = xlsxwriter.Workbook(str(path))
    sheet, day = book.add_worksheet("Sheet1"), book.add_format({"num_format": "yyyy-mm-dd"})
    for place, header in enumerate(headers):
        sheet.write_string(0, place, header)
    for line, row in enumerate(rows, start=1):
        for place, header in enumerate(headers):
            value = row.get(header, "")
            if isinstance(value, date):
                sheet.write_datetime(line, place, datetime(value.year, value.month, value.day), day)
            elif value:
                sheet.write_string(line, place, value)
    book.close()
    return path


def found(rows: list[dict[str, Any]], view: Any, tmp_path: Path, **more: Any) -> list[tuple[int, str, str]]:
    report = read_enrolments(workbook(tmp_path / "新生.xlsx", rows, view), view, **more)
    return [(finding.row, finding.column, finding.rule) for finding in report.findings]


@pytest.mark.requirement("S2-10", "S2-03")
@pytest.mark.parametrize(
    ("changes", "column", "rule"),
    [
        ({"身份证件号": number("20060503", 1)[:-1] + "*"}, "身份证件号", "enrolment.id_valid"),
        ({"身份证件号": number("20060231", 1)}, "身份证件号", "enrolment.id_valid"),
        ({"性别": "女"}, "性别", "enrolment.sex_matches_id"),
        ({"出生日期": "20060504"}, "出生日期", "enrolment.birth_date_matches_id"),
        ({"学习形式": "全天制"}, "学习形式", "enrolment.words_known"),
        ({"民族": ""}, "民族", "enrolment.required_given"),
        ({"入学年月": "189009"}, "入学年月", "enrolment.entry_plausible"),
        ({"入学年月": "203009"}, "入学年月", "enrolment.entry_plausible"),
        ({"生源地行政区划码": "999999"}, "生源地行政区划码", "enrolment.divisions_known"),
        ({"学制": "两年制"}, "学制", "enrolment.duration_allowed"),
        ({"招生对象": "农民", "学制": "一年制"}, "学制", "enrolment.duration_allowed"),
        ({"身份证件类型": "护照", "身份证件号": "!"}, "身份证件号", "enrolment.id_valid"),
        ({"成员1姓名": "王大", "成员1身份证件类型": "居民身份证", "成员1身份证件号": "410102198001010000"}, "成员1身份证件号", "enrolment.id_valid"),
    ],
)  # fmt: skip
def test_a_fault_is_named_in_its_cell_and_nothing_else_is(
    changes, column: str, rule: str, view, tmp_path: Path
) -> None:
    assert found([student(1), student(3, **changes)], view, tmp_path) == [(3, column, rule)]


@pytest.mark.requirement("S2-03", "S2-53")
@pytest.mark.parametrize(
    "changes",
    [
        {"身份证件号": "".join(chr(ord(c) + 0xFEE0) for c in number("20060503", 3))},
        {"身份证件号": f" {number('20060503', 3)} "},
        {"身份证件号": number("20060503", 31).lower()},
        {"姓名": "王　明"},
        {"出生日期": date(2006, 5, 3)},
        {"出生日期": "2006-05-03", "入学年月": "2021-09"},
        {"身份证件类型": "护照", "身份证件号": "E12345678", "国籍/地区": "美国"},
        {"招生对象": "农民", "身份证件号": number("19880503", 3), "学制": "一年制"},
        {"分段培养方式": "中高职3+2", "学制": "五年制"},
        {"联招合作类型": "城乡联合办学", "联招合作办学形式": "1+2", "联招合作学校代码": "3641000999"},
    ],
)
def test_what_people_really_type_is_read(changes, view, tmp_path: Path) -> None:
    assert found([student(1), student(3, **changes)], view, tmp_path) == []


def test_a_lower_case_x_is_no_fault(view, tmp_path: Path) -> None:
    place = next(n for n in range(1, 400, 2) if number("20060503", n).endswith("X"))
    assert found([student(place, 身份证件号=number("20060503", place).lower())], view, tmp_path) == []


@pytest.mark.requirement("S2-29")
def test_a_joint_admission_needs_its_form_and_its_partner(view, tmp_path: Path) -> None:
    assert found([student(1, 联招合作类型="城乡联合办学")], view, tmp_path) == [
        (2, "联招合作办学形式", "enrolment.cooperation_given"), (2, "联招合作学校代码", "enrolment.cooperation_given"),
    ]  # fmt: skip


@pytest.mark.requirement("S2-40")
def test_a_child_has_a_guardian(view, tmp_path: Path) -> None:
    cells = {"成员1姓名": "王大", "成员1关系": "父亲", "成员1是否监护人": "是"}
    last, first = number("20071008", 1), number("20071009", 1)  # fourteen on the day, and the day after
    assert (
        found([student(1, 身份证件号=last), student(3, 身份证件号=number("20071009", 3), **cells)], view, tmp_path)
        == []
    )
    assert found([student(1, 身份证件号=first)], view, tmp_path) == [(2, "成员1姓名", "enrolment.guardian_given")]
    other = {**cells, "成员1是否监护人": "否"}
    assert found([student(1, 身份证件号=first, **other)], view, tmp_path) == [
        (2, "成员1姓名", "enrolment.guardian_given")
    ]


@pytest.mark.requirement("S2-16")
def test_somebody_twice_in_the_file_is_named_in_both_rows(view, tmp_path: Path) -> None:
    again = student(1, 姓名="李一")
    assert found([student(1), again], view, tmp_path) == [
        (2, "身份证件号", "enrolments.numbers_unique"), (3, "身份证件号", "enrolments.numbers_unique"),
    ]  # fmt: skip
    new = number("19880503", 5)
    grown = {"招生对象": "农民", "学制": "一年制"}
    pair = found(
        [student(5, 身份证件号=new[:6] + new[8:17], **grown), student(5, 身份证件号=new, **grown)], view, tmp_path
    )
    assert sorted((row, rule) for row, _, rule in pair) == [
        (2, "enrolment.old_number"), (2, "enrolments.old_pairs"), (3, "enrolments.old_pairs"),
    ]  # fmt: skip


@pytest.mark.requirement("S2-13")
def test_admission_is_compared_with_the_licences_last_published(view, tmp_path: Path) -> None:
    path = tmp_path / "资质.csv"
    path.write_text(LICENCES + ",,,,,,,\n", encoding="utf-8")  # lines without anything are passed over
    licences = read_licences(path, SCHOOL)
    rows = [student(1), student(3, 专业简称="魔法"), student(5, 专业简称="会计"), student(7, 入学年月="202103")]
    assert found(rows, view, tmp_path, licences=licences) == [
        (3, "专业简称", "enrolment.programme_known"), (4, "专业简称", "enrolment.programme_licensed"),
        (5, "专业简称", "enrolment.programme_licensed"),
    ]  # fmt: skip
    assert found(rows, view, tmp_path) == []  # without licences nobody's right to admit is compared


@pytest.mark.parametrize(
    ("text", "school", "words"),
    [
        ("a,b\n1,2\n", "", "没有「学校代码"),
        (LICENCES.replace("秋季", "冬季", 1), "", "第 2 行"),
        (LICENCES.replace("2021", "二〇二一", 1), "", "第 2 行"),
        (LICENCES.replace("2021", "²0²1", 1), "", "第 2 行"),
        (LICENCES.replace("2021", "9" * 5000, 1), "", "第 2 行"),
        (LICENCES, "9999999999", "没有学校代码"),
    ],
)
def test_licences_that_cannot_be_read_are_refused_with_their_line(
    text: str, school: str, words: str, tmp_path: Path
) -> None:
    path = tmp_path / "资质.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput) as refused:
        read_licences(path, school)
    assert words in refused.value.message


def test_the_command_answers_with_row_and_column_as_the_person_sees_them(view, tmp_path: Path, capsys) -> None:
    path, licences = (
        workbook(tmp_path / "新生.xlsx", [student(1), student(3, 学制="九年制")], view),
        tmp_path / "资质.csv",
    )
    licences.write_text(LICENCES, encoding="utf-8")
    arguments = [str(path), "--pack", "edu/henan", "--kind", "enrolments", "--on", "2021-10-08", "--json"]
    assert main_check([*arguments, "--licences", str(licences), "--school", SCHOOL]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["rows"] == 2
    (finding,) = report["findings"]
    assert (finding["row"], finding["column"], finding["severity"]) == (3, "学制", "error")
    assert re.search("三年制", finding["remedy"])
