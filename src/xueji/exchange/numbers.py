"""Numbers that are names and not amounts (identity, certificate, student, telephone): what Excel does to them is said.

Excel keeps fifteen digits, drops the zeros in front, writes 1.8E+15, and makes «2026-05» a day. Whatever the cell holds
afterwards looks like a number; only its type, or a trace in the text, tells that it is not the one that was typed.
"""

from __future__ import annotations

import re
from datetime import date

from xueji.core.findings import Severity
from xueji.core.identifiers import normalise_resident_id
from xueji.exchange.cells import Cell
from xueji.exchange.troubles import Normalised, Trouble, error_of, fold

EXACT_DIGITS = 15
INEXACT = 10**EXACT_DIGITS
_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?(?:E\+?|[×xX*]10\^?)[0-9]{1,3}$", re.IGNORECASE)
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?$")
_TAIL = re.compile(r"([0-9]+)\.0+$")
_FRACTION = re.compile(r"[0-9]+\.[0-9]+$")
_MONTH_WORD = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_DAY = re.compile(
    r"(?:19|20)[0-9]{2}(?P<mark>[-/.年])[0-9]{1,2}(?:(?P=mark)|月)[0-9]{1,2}日?(?P<hour>[ T]?[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?:\.0+)?)?$"
)
_SHORT_DAY = re.compile(
    rf"(?:[0-9]{{1,2}}月[0-9]{{1,2}}日?|[0-9]{{1,4}}[-/ ]?(?:{_MONTH_WORD})|(?:{_MONTH_WORD})[-/ ]?[0-9]{{1,4}})$",
    re.IGNORECASE,
)
_ZEROS_BEHIND = re.compile(r"[0-9]{15}0{2,}$")
_COVERED = re.compile(r"[*＊#＃?？□■×\ufffd]")
_MOBILE = re.compile(r"1[3-9][0-9]{9}$")
_HALF_WIDTH = {
    full: full - 0xFEE0
    for full in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B), 0xFF0B, 0xFF0D, 0xFF0E)
}
_AGAIN = "请把该列设为“文本”格式后，按原件重新录入，不要只改格式"
_FROM_CARD = "请把该列设为“文本”格式后，按身份证重新录入，不要只改格式"


def read_identifier(cell: Cell) -> Normalised:
    """Return the number of an identity document; the rules judge its digits, this its cell."""
    if isinstance(cell, bool | date):
        return error_of("identifier_type", "单元格不是文本（是日期或逻辑值）", "请把该列设为“文本”格式后重新录入")
    if isinstance(cell, int | float):
        if not _is_exact(cell):
            return error_of(
                "identifier_numeric",
                "单元格是数值，Excel 已丢失末几位数字（只保留 15 位）",
                f"{_FROM_CARD}；也可下载新模板，该列已是文本格式",
            )
        return _short_number(str(int(cell)))
    number = normalise_resident_id(fold(str(cell)))
    if _SCIENTIFIC.match(number):
        return error_of("identifier_scientific", "内容是科学记数法，末几位数字已经丢失", _FROM_CARD)
    return Normalised(number or None)


def read_number(cell: Cell) -> Normalised:
    """Return any other number that is a name, as text without blanks; an error where its digits are gone."""
    if isinstance(cell, bool | date):
        kind = "日期，Excel 已把编号改成了日期" if isinstance(cell, date) else "逻辑值，不是编号"
        return error_of("number_type", f"单元格是{kind}", _AGAIN)
    if isinstance(cell, int | float):
        if abs(cell) >= INEXACT:
            return rounded_number()
        return _short_number(str(int(cell))) if _is_exact(cell) else _fraction()
    return _number_in_text("".join(str(cell).translate(_HALF_WIDTH).split()).lstrip("'"), str(cell).strip())


def rounded_number() -> Normalised:
    """Return the error of a numeric cell too long to be what was typed."""
    return error_of("number_rounded", "单元格是数值，超过 15 位，Excel 已把末几位改成了 0", _AGAIN)


def _fraction() -> Normalised:
    return error_of("number_fraction", "单元格是带小数的数值，不是编号", _AGAIN)


def _is_exact(cell: float) -> bool:
    return float(cell).is_integer() and 0 <= cell < INEXACT


def _short_number(digits: str) -> Normalised:
    """Return the digits of a numeric cell; a mobile number has no zero in front to lose."""
    if _MOBILE.match(digits):
        return Normalised(digits)
    message = f"单元格是数值（{len(digits)} 位），开头的 0 可能已经丢失"
    trouble = Trouble("reading.identifier_numeric_short", Severity.WARNING, message, "请核对；建议把该列设为“文本”格式")
    return Normalised(digits, (trouble,))


def _number_in_text(  # noqa: PLR0911  # one way out for each trace
    number: str, typed: str
) -> Normalised:
    """Judge a number written as text by the traces that a spreadsheet leaves in it."""
    if _SCIENTIFIC.match(number):
        return error_of("number_scientific", "内容是科学记数法，末几位数字已经丢失", _AGAIN)
    if _COVERED.search(number):
        return error_of("number_covered", "编号中有「*」「#」等符号，数字已被遮盖或没有显示出来", _AGAIN)
    if _GROUPED.match(number):
        return error_of("number_grouped", "编号中有千位分隔的逗号，是由数值转来的", _AGAIN)
    if tail := _TAIL.match(number):
        return rounded_number() if len(tail[1]) > EXACT_DIGITS else _short_number(tail[1])
    if _FRACTION.match(number):
        return _fraction()
    day = _DAY.match(typed)
    if _SHORT_DAY.match(typed) or (day and day["hour"]):
        return error_of("number_type", "内容是日期，Excel 已把编号改成了日期", _AGAIN)
    if day:
        return Normalised(number, (_doubt("number_like_date", "内容像日期，编号可能被 Excel 改成了日期"),))
    if _ZEROS_BEHIND.match(number):
        return Normalised(number, (_doubt("number_zeros", "第 15 位以后全是 0，末几位可能已被 Excel 改成了 0"),))
    return Normalised(number or None)


def _doubt(rule: str, message: str) -> Trouble:
    return Trouble(f"reading.{rule}", Severity.WARNING, message, "请与原件核对；有误的，把该列设为“文本”格式后重新录入")
