"""Days and months are read in every form with one meaning; those with two are named."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
from tests.exchange.people import HEADERS, people

from xueji.core.months import Month
from xueji.core.packs import ColumnSpec
from xueji.exchange.graduates import check_graduates
from xueji.exchange.hannumbers import han_number, with_digits
from xueji.exchange.normalise import normalise_cell
from xueji.policy import get_library

DAY = ColumnSpec("出生日期", "birth_date", True, "date")
MONTH = ColumnSpec("入学年月", "entry_month", True, "month")
SEPTEMBER = [
    "2016-09", "2016.9", "2016年9月", "201609", "20160901", "2016/9/1", "2016-09-01 00:00:00", "2016-09-01T00:00:00",
    "2016-09-01T00:00:00.000Z", "2016-08-31T16:00:00Z", "2016/9/1 0:00", "2016-09-01 08:30:00", "２０１６．９", "2016 年 9 月",
    "二〇一六年九月", "二○一六年九月", "二零一六年九月份", "二O一六年九月", "贰零壹陆年玖月", "2016年九月", "2016 9", "2016、9", "2016—09",
    "2016_09", "2016·9", "9/2016", "09.2016", "Sep 2016", "2016-Sep", "September, 2016", "2016年9月（秋季）", "2016年9月入学", "2016年9月份",
    "2016年9月1日 星期四", "'2016-09", "42614", 42614.0, 201609.0, 20160901.0, 2016.09, date(2016, 9, 1),
]  # fmt: skip


@pytest.mark.parametrize("typed", SEPTEMBER)
def test_a_month_in_any_form_is_that_month(typed):
    read = normalise_cell(typed, MONTH)
    assert (read.value, read.troubles) == (Month(2016, 9), ())


@pytest.mark.parametrize(
    ("typed", "rule"),
    [
        (2016.1, "month_ambiguous"), ("16.9", "month_ambiguous"), ("Sep-16", "month_ambiguous"), ("2016年秋季", "month_missing"),
        ("2016级", "month_missing"), ("2016-13", "month_impossible"), ("2016-09-31", "month_impossible"), ("20169", "month_unreadable"),
        ("2016-O9", "month_unreadable"), ("2016-09~2019-07", "month_unreadable"), (True, "month_unreadable"),
    ],
)  # fmt: skip
def test_a_month_with_two_meanings_is_named(typed, rule):
    read = normalise_cell(typed, MONTH)
    assert read.value is None
    assert [trouble.rule for trouble in read.troubles] == [f"reading.{rule}"]


@pytest.mark.parametrize(
    "typed",
    [
        "2007-02-02", "2007年2月2日", "2007年2月2号", "20070202", "2007.02.02.", "2007 02 02", "2007—2—2", "二〇〇七年二月二日", "2007-02-02T00:00:00",
        "2007-02-01T16:00:00.000Z", "2007-02-02 00:00:00.000", "2007年2月2日 星期五", "2007/2/2 0:00", "2007年02月02日0时", 39115.0, "39115",
    ],
)  # fmt: skip
def test_a_day_in_any_form_is_that_day(typed):
    read = normalise_cell(typed, DAY)
    assert (read.value, read.troubles) == (date(2007, 2, 2), ())


@pytest.mark.parametrize(
    ("typed", "rule"),
    [
        ("2007年2月", "date_without_day"), ("2/3/2007", "date_ambiguous"), ("07-02-02", "date_ambiguous"), ("2007-02-30", "date_impossible"),
        ("2007年2月2日（农历）", "date_unreadable"), ("不详", "date_unreadable"),
    ],
)  # fmt: skip
def test_a_day_with_two_meanings_is_named(typed, rule):
    assert [trouble.rule for trouble in normalise_cell(typed, DAY).troubles] == [f"reading.{rule}"]


def test_numbers_in_characters():
    assert [han_number(text) for text in ("二〇二三", "十二", "二十", "廿九", "捌拾伍", "一百零三", "两千零九", "百十个")] == [
        2023, 12, 20, 29, 85, 103, 2009, None,
    ]  # fmt: skip
    assert with_digits("二〇〇七年十二月三日") == "2007年12月3日"
    assert with_digits("2007-12") == "2007-12"


@pytest.mark.parametrize("from_1904", [False, True])
def test_serials_without_format_are_counted_as_the_workbook_counts(from_1904, tmp_path: Path):
    row = people(1)[0]
    born = date.fromisoformat(row["出生年月日"])
    path = tmp_path / "名册.xlsx"
    with xlsxwriter.Workbook(str(path), {"date_1904": from_1904}) as book:
        page = book.add_worksheet("毕业生")
        page.write_row(0, 0, HEADERS)
        for column, header in enumerate(HEADERS):
            page.write_string(1, column, row[header])
        page.write_number(
            1, HEADERS.index("出生年月日"), (born - date(1904, 1, 1) if from_1904 else born - date(1899, 12, 30)).days
        )
    report = check_graduates(path, None, get_library().pack("edu/shaanxi-weinan").on(date(2019, 7, 1)))
    assert report.rows[0].facts.birth_date == born
    assert report.is_acceptable
    findings = [(f.row, f.column) for f in report.findings if f.rule == "reading.serial_from_1904"]
    assert findings == ([(2, "出生年月日")] if from_1904 else [])


def test_days_copied_between_the_two_ways_of_counting_are_told_as_that(tmp_path: Path):
    from tests.exchange.people import write_workbook

    row = people(1)[0]
    born = date.fromordinal(date.fromisoformat(row["出生年月日"]).toordinal() - 1462)
    path = write_workbook(tmp_path / "名册.xlsx", [row | {"出生年月日": born.isoformat()}])
    report = check_graduates(path, None, get_library().pack("edu/shaanxi-weinan").on(date(2019, 7, 1)))
    assert ["1904" in f.message for f in report.findings if f.is_error] == [True]
