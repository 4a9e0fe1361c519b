"""Texts are read as they are seen, in every kind of workbook; what a cell lost is said."""

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

DAY = date(2019, 7, 1)


@pytest.mark.parametrize(
    ("typed", "seen"),
    [
        ("护\u200b理", "护理"),
        ("\u2067护理\u2069", "护理"),
        ("⽕⻋驾驶", "火车驾驶"),
        ("护\ufe0f理", "护理"),
        ("护\u3164理", "护理"),
    ],
)
def test_a_programme_that_looks_the_same_is_the_same(typed, seen, tmp_path: Path):
    view = get_library().pack("edu/shaanxi-weinan").on(DAY)
    rows = [{**people(1)[0], "专业": typed}]
    assert check_graduates(write_workbook(tmp_path / "名册.xlsx", rows), None, view).rows[0].facts.programme == seen


def test_what_was_folded_is_told_once_and_refuses_nothing(tmp_path: Path):
    view = get_library().pack("edu/shaanxi-weinan").on(DAY)
    rows = [{**people(1)[0], "姓名": "⾼⾼⽴", "专业": "护\u200b理"}]
    report = check_graduates(write_workbook(tmp_path / "名册.xlsx", rows), None, view)
    findings = [(f.row, f.column, f.rule, f.severity) for f in report.findings if f.rule.startswith("reading.")]
    assert findings == [
        (2, "姓名", "reading.lookalike", Severity.ADVICE), (2, "专业", "reading.unseen", Severity.ADVICE),
    ]  # fmt: skip
    assert report.is_acceptable


@pytest.mark.parametrize(
    ("field", "required", "severity"),
    [
        ("occupation", True, Severity.ERROR),
        ("specialisation", False, Severity.ERROR),
        ("remark", False, Severity.WARNING),
    ],
)
def test_a_covered_character_refuses_where_it_would_be_printed_or_is_asked_for(field, required, severity):
    column = ColumnSpec(header="列", field=field, required=required, kind="text")
    read = normalise_cell("电□", column)
    assert [trouble.severity for trouble in read.troubles] == [severity]
    assert (read.value is None) == (severity is Severity.ERROR)


def test_records_of_graduates_are_looked_through_as_lists_are(tmp_path: Path):
    view = get_library().pack("hrss/fujian").on(date(2026, 6, 20))
    line = {
        "姓名": "王?",
        "身份证号": people(1)[0]["身份证号"],
        "职业（工种）": "电\ufffd",
        "等级": "中级工",
        "证书编号": "A1",
        "发证日期": "2026-05-20",
    }
    path = write_workbook(tmp_path / "证书.xlsx", [line], headers=tuple(line))
    found = {(f.row, f.column): f for f in read_records(path, view, "vocational").findings if f.is_error}
    assert {(2, "姓名"), (2, "职业（工种）")} <= set(found)
    assert "丢失" in found[2, "姓名"].message
