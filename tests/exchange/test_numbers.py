"""What Excel did to a number that is a name is said, in every workbook that has such a column."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from tests.exchange.people import people, write_workbook

from xueji.core.findings import Severity
from xueji.core.packs import ColumnSpec
from xueji.exchange.graduates import check_graduates
from xueji.exchange.normalise import normalise_cell
from xueji.exchange.records import read_records
from xueji.policy import get_library

NUMBER = ColumnSpec(header="证书编号", field="certificate_number", required=True, kind="number")
TEXT = ColumnSpec(header="岗位", field="position", required=False, kind="text")
DAY = date(2026, 6, 20)


@pytest.mark.parametrize(
    ("cell", "rule"),
    [
        (2735004000500020.0, "number_rounded"), (2.7e21, "number_rounded"), (10**15, "number_rounded"),
        ("2.735E+15", "number_scientific"), ("2.735e15", "number_scientific"), ("2.7E+015", "number_scientific"), ("２．７Ｅ１５", "number_scientific"),
        (date(2026, 5, 1), "number_type"), (True, "number_type"), ("5月3日", "number_type"), ("May-26", "number_type"), ("3-May", "number_type"),
        ("2026-05-01 00:00:00", "number_type"), ("2026/5/1 0:00", "number_type"),
        (20190.5, "number_fraction"), ("20190.55", "number_fraction"), ("2735004000500020.0", "number_rounded"), ("2,735,004", "number_grouped"),
        ("27350040****0017", "number_covered"), ("########", "number_covered"), ("闽?123", "number_covered"),
    ],
)  # fmt: skip
def test_a_number_whose_digits_are_gone_is_refused(cell, rule):
    read = normalise_cell(cell, NUMBER)
    assert read.value is None
    assert [(t.rule, t.severity) for t in read.troubles] == [(f"reading.{rule}", Severity.ERROR)]
    assert all(t.remedy for t in read.troubles)


@pytest.mark.parametrize(
    ("cell", "value", "rule"),
    [
        (20190101.0, "20190101", "identifier_numeric_short"), (7, "7", "identifier_numeric_short"), ("20190101.0", "20190101", "identifier_numeric_short"),
        ("2026-05-01", "2026-05-01", "number_like_date"), ("2026年5月1日", "2026年5月1日", "number_like_date"),
        ("273500400050000000", "273500400050000000", "number_zeros"),
    ],
)  # fmt: skip
def test_a_number_that_may_have_lost_something_is_doubted(cell, value, rule):
    read = normalise_cell(cell, NUMBER)
    assert read.value == value
    assert [(t.rule, t.severity) for t in read.troubles] == [(f"reading.{rule}", Severity.WARNING)]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("2735004000500017", "2735004000500017"), ("0020190101", "0020190101"), ("闽人社（2020）0017号", "闽人社（2020）0017号"), ("Ａ１２ 34", "A1234"),
        ("'00123", "00123"), ("E1234567", "E1234567"), (13800138000, "13800138000"), ("2026-05", "2026-05"), ("273500400050001010", "273500400050001010"),
    ],
)  # fmt: skip
def test_a_number_as_it_should_be_is_kept(cell, value):
    read = normalise_cell(cell, NUMBER)
    assert (read.value, read.troubles) == (value, ())


def test_a_text_column_says_what_became_of_it_too():
    assert [t.rule for t in normalise_cell(1.5e17, TEXT).troubles] == ["reading.number_rounded"]
    assert [t.rule for t in normalise_cell(date(2026, 5, 1), TEXT).troubles] == ["reading.text_is_date"]
    remark = ColumnSpec(header="备注", field="remark", required=False, kind="text")
    assert normalise_cell(date(2026, 5, 1), remark).troubles == ()
    assert normalise_cell(85.0, TEXT).value == "85"


def test_student_numbers_in_a_list_and_certificate_numbers_in_records(tmp_path: Path):
    view = get_library().pack("hrss/fujian").on(DAY)
    line = {
        "姓名": "王小明",
        "身份证号": people(1)[0]["身份证号"],
        "职业（工种）": "钳工",
        "等级": "中级工",
        "证书编号": 2.735e18,
        "发证日期": "2026-05-20",
    }
    path = write_workbook(tmp_path / "证书.xlsx", [line, {**line, "证书编号": date(2026, 5, 1)}], headers=tuple(line))
    found = [
        (f.row, f.column, f.rule) for f in read_records(path, view, "vocational").findings if f.column == "证书编号"
    ]
    assert found == [(2, "证书编号", "reading.number_rounded"), (3, "证书编号", "reading.number_type")]


@pytest.mark.parametrize("pack", ["edu/guangxi", "edu/henan", "hrss/fujian"])
def test_every_list_with_student_numbers_reads_them_as_such(pack, tmp_path: Path):
    view = get_library().pack(pack).on(DAY)
    columns = [
        c
        for c in view.workbook("graduates").columns
        if c.field in ("name", "resident_id", "programme", "details.student_number", "sex")
    ]
    headers = tuple(c.header for c in columns)
    cells = {"name": "王小明", "resident_id": people(1)[0]["身份证号"], "programme": "护理", "sex": "男"}
    rows = [
        {c.header: cells.get(c.field, number) for c in columns}
        for number in (2.02301e17, 20230102, "0020230103", "2.3E+09")
    ]
    report = check_graduates(write_workbook(tmp_path / "名册.xlsx", rows, headers=headers), None, view)
    found = [(f.row, f.rule) for f in report.findings if f.column == "学号"]
    assert found == [
        (2, "reading.number_rounded"), (3, "reading.identifier_numeric_short"), (5, "reading.number_scientific"),
    ]  # fmt: skip
    assert [row.facts.details.get("student_number") for row in report.rows] == [None, "20230102", "0020230103", None]


@pytest.mark.parametrize("pack", ["edu/guangxi", "edu/henan", "hrss/fujian"])
def test_one_student_number_for_two_persons_is_pointed_out_at_both(pack, tmp_path: Path):
    view = get_library().pack(pack).on(DAY)
    columns = [
        c
        for c in view.workbook("graduates").columns
        if c.field in ("name", "resident_id", "programme", "details.student_number", "sex")
    ]
    headers = tuple(c.header for c in columns)
    cells = [
        {"name": p["姓名"], "resident_id": p["身份证号"], "programme": "护理", "sex": p["性别"]} for p in people(3)
    ]
    rows = [
        {c.header: values.get(c.field, number) for c in columns}
        for values, number in zip(cells, ("A1 7", "ａ１７", "B2"), strict=True)
    ]
    report = check_graduates(write_workbook(tmp_path / "名册.xlsx", rows, headers=headers), None, view)
    found = [f for f in report.findings if f.rule == "roster.student_numbers_unique"]
    assert [(f.row, f.column, f.severity) for f in found] == [
        (2, "学号", Severity.WARNING),
        (3, "学号", Severity.WARNING),
    ]
    assert people(3)[1]["姓名"] in found[0].message
    assert all("A17" not in f.message for f in found)
    assert not any(number["身份证号"][-4:] in f.message for f in found for number in people(3))
