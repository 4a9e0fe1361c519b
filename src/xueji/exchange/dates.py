"""Days and months as they are written in workbooks: by hand, in characters, by databases, as serials of a spreadsheet.

What has one meaning is read; what has two is named. A year of two digits is not guessed, and «2019.1» typed as a
number may have been January or October.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

from xueji.core.months import Month
from xueji.exchange.cells import Cell
from xueji.exchange.hannumbers import with_digits
from xueji.exchange.troubles import Normalised, error_of, fold

_EPOCH, _EPOCH_OF_1904 = date(1899, 12, 30), date(1904, 1, 1)
_EARLIEST_SERIAL, _LATEST_SERIAL = 7000, 73050  # 1919 … 2099
_EARLIEST_MONTH_SERIAL = 29000  # 1979; «20239» is no day of 1955, but a month without its nought
_HERE = timezone(timedelta(hours=8))
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−－"), "-") | dict.fromkeys(map(ord, "．。·•・"), ".") | {ord("号"): "日"}
_APART = r"(?:\s*[-./_,、年月]+\s*|\s+)"
_DAY = re.compile(rf"([12][0-9]{{3}}){_APART}([0-9]{{1,2}}){_APART}([0-9]{{1,2}})\s*日?$")
_COMPACT_DAY = re.compile(r"([12][0-9]{3})([01][0-9])([0-3][0-9])$")
_MONTH = re.compile(rf"([12][0-9]{{3}}){_APART}([0-9]{{1,2}})\s*月?$")
_MONTH_FIRST = re.compile(r"([0-9]{1,2})\s*[-./月]\s*([12][0-9]{3})\s*年?$")
_COMPACT_MONTH = re.compile(r"([12][0-9]{3})([01][0-9])$")
_YEAR = re.compile(r"[12][0-9]{3}\s*[年级届]?\s*(?:[春夏秋冬]季?)?$")
_SHORT_YEAR = re.compile(r"[0-9]{1,2}\s*[-./年]\s*[0-9]{1,2}(?:\s*[-./月]\s*[0-9]{1,4})?\s*[月日]?$")
_CLOCK = re.compile(
    r"(?<=[0-9日])(?:\s*T|\s+|(?<=日))\s*(?:上午|下午|[AP]M)?\s*(?P<hour>[0-9]{1,2})[:时](?P<minute>[0-9]{1,2})?"
    r"(?:[:分](?:[0-9]{1,2}(?:\.[0-9]+)?秒?)?)?\s*(?:[AP]M)?\s*(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})?$",
    re.IGNORECASE,
)
_WEEKDAY = re.compile(r"\s*\(?(?:星期|周)[一二三四五六日天]\)?$")
_NOTE = re.compile(r"\s*(?:\((?![^()]*[农阴])[^()]*\)|入学|毕业|入校|离校|份)$")
_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WORD = re.compile(
    rf"(?:(?P<before>[0-9]{{1,4}})[-/. ,]*)?(?P<name>{'|'.join(_NAMES)})[a-z]*\.?(?:[-/. ,]*(?P<after>[0-9]{{1,4}}))?$",
    re.IGNORECASE,
)


def read_day(cell: Cell) -> Normalised:  # noqa: PLR0911  # one way out for each way a day is written
    """Return the day a cell holds."""
    if isinstance(cell, date):
        return Normalised(cell.date() if isinstance(cell, datetime) else cell)
    if isinstance(cell, bool):
        return _day_error(str(cell))
    if isinstance(cell, int | float):
        text = _plain_number(cell)
        if _EARLIEST_SERIAL <= cell <= _LATEST_SERIAL and len(text.split(".")[0]) == 5:
            return Normalised(day_of_serial(int(cell)))
    else:
        text = str(cell) if _DAY.match(str(cell)) else _plain(str(cell))  # nearly every one needs no more
    parts = _DAY.match(text) or _COMPACT_DAY.match(text)
    if parts:
        try:
            return Normalised(_moved(date(int(parts[1]), int(parts[2]), int(parts[3])), str(cell)))
        except ValueError:
            return error_of("date_impossible", f"日期「{text}」不存在", "请核对年、月、日")
    if text.isdecimal() and len(text) == 5 and _EARLIEST_SERIAL <= int(text) <= _LATEST_SERIAL:
        return Normalised(day_of_serial(int(text)))
    return _day_error(text)


def read_month(cell: Cell) -> Normalised:
    """Return the month a cell holds; a day behind it is dropped."""
    if isinstance(cell, date):
        return Normalised(Month(cell.year, cell.month))
    if isinstance(cell, bool):
        return _month_error(str(cell))
    if isinstance(cell, int | float):
        text = _plain_number(cell)
        if re.fullmatch(r"[12][0-9]{3}\.1", text):
            return error_of(
                "month_ambiguous",
                f"年月是数值 {text}，分不清是 1 月还是 10 月",
                f"请改成文本，如 {text[:4]}-01 或 {text[:4]}-10",
            )
        text = str(int(cell)) if _EARLIEST_MONTH_SERIAL <= cell <= _LATEST_SERIAL else text
    else:
        text = _plain(str(cell))
    if text.isdecimal() and len(text) == 5 and _EARLIEST_MONTH_SERIAL <= int(text) <= _LATEST_SERIAL:
        return Normalised(Month.of(day_of_serial(int(text))))
    try:
        found = _month_in(text, str(cell))
    except ValueError:
        return error_of("month_impossible", f"年月「{text}」不存在", "请核对年、月")
    return _month_error(text) if found is None else Normalised(found)


def _month_in(text: str, typed: str) -> Month | None:
    """Return the month of a text, None where it is none; ValueError for a thirteenth month, a thirty-second day."""
    if parts := _DAY.match(text) or _COMPACT_DAY.match(text):
        return Month.of(_moved(date(int(parts[1]), int(parts[2]), int(parts[3])), typed))
    if parts := _MONTH.match(text) or _COMPACT_MONTH.match(text):
        return Month(int(parts[1]), int(parts[2]))
    if parts := _MONTH_FIRST.match(text):
        return Month(int(parts[2]), int(parts[1]))
    if parts := _WORD.match(text):
        years = [piece for piece in (parts["before"], parts["after"]) if piece and len(piece) == 4]
        return Month(int(years[0]), _NAMES.index(parts["name"].lower()) + 1) if len(years) == 1 else None
    return None


def _plain(text: str) -> str:
    """Return a text with digits for characters, one kind of dash, and without clock, weekday and notes behind it."""
    folded = fold(text).lstrip("'").translate(_DASHES).replace("元月", "1月")
    folded = _WEEKDAY.sub("", folded)
    folded = _CLOCK.sub("", folded)
    folded = _WEEKDAY.sub("", folded).rstrip(" .,、-;；")
    while (shorter := _NOTE.sub("", folded)) != folded:
        folded = shorter
    return re.sub(r"\.0+$", "", with_digits(folded)) if folded[:5].isdigit() or not folded.isascii() else folded


def _moved(day: date, typed: str) -> date:
    """Return the day it was here when a clock of another zone (a database's, in UTC) showed what was typed."""
    clock = _CLOCK.search(fold(typed))
    if clock is None or not clock["zone"]:
        return day
    zone = clock["zone"].upper().replace("Z", "+00:00")
    sign, hours, minutes = (-1 if zone[0] == "-" else 1), int(zone[1:3]), int(zone[-2:])
    offset = timezone(sign * timedelta(hours=hours, minutes=minutes))
    moment = datetime(day.year, day.month, day.day, int(clock["hour"]), int(clock["minute"] or 0), tzinfo=offset)
    return moment.astimezone(_HERE).date()


def is_serial(cell: Cell) -> bool:
    """Whether a number may be a day as spreadsheets count them."""
    return isinstance(cell, int | float) and not isinstance(cell, bool) and _EARLIEST_SERIAL <= cell <= _LATEST_SERIAL


def day_of_serial(serial: int, *, from_1904: bool = False) -> date:
    """Return the day of a number as spreadsheets count them, from 1900 or from 1904."""
    return (_EPOCH_OF_1904 if from_1904 else _EPOCH) + timedelta(days=serial)


def _plain_number(number: float) -> str:
    return str(int(number)) if float(number).is_integer() else f"{Decimal(repr(float(number))):f}"


def _day_error(text: str) -> Normalised:
    if _MONTH.match(text) or _COMPACT_MONTH.match(text):
        return error_of("date_without_day", f"日期「{text}」只有年月，缺少日", "请填年月日，如 2007-02-02")
    if _SHORT_YEAR.match(text) or _WORD.match(text):
        return error_of(
            "date_ambiguous", f"日期「{text}」的年份不是四位，或月日先后不明", "请写四位年份，如 2007-02-02"
        )
    return error_of("date_unreadable", f"日期「{text}」读不懂", "请写作 2007-02-02、2007年2月2日 或 20070202")


def _month_error(text: str) -> Normalised:
    remedy = "请写作 2019-07、2019年7月 或 201907"
    if _YEAR.match(text):
        return error_of("month_missing", f"「{text}」只有年份，缺少月份", "请填年月，如 2019-07")
    if _SHORT_YEAR.match(text) or _WORD.match(text):
        return error_of("month_ambiguous", f"年月「{text}」的年份不是四位", remedy)
    return error_of("month_unreadable", f"年月「{text}」读不懂", remedy)
