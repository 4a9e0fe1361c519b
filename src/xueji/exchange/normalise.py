"""One cell to one value: what people really type becomes what the rules read, and what cannot be trusted is said.

Nothing is guessed: a number in an ID column has lost its last digits whatever it looks like.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from xueji.core.findings import Severity
from xueji.core.names import normalise_name
from xueji.core.packs import ColumnSpec
from xueji.core.texts import (
    RADICALS,
    code_points,
    drop_unseen,
    fold_lookalikes,
    lost_in,
    masked_in,
    radicals_in,
    trim,
    ungarbled,
    unseen_in,
)
from xueji.exchange.cells import Cell, CellFault
from xueji.exchange.codes import read_code
from xueji.exchange.dates import read_day, read_month
from xueji.exchange.marks import read_mark
from xueji.exchange.numbers import INEXACT, read_identifier, read_number, rounded_number
from xueji.exchange.troubles import Normalised, Trouble, error_of, fold

_LONGEST_TEXT = 200
_WORDS = {"text", "code", "mark"}
_PRINTED = {"programme", "specialisation"}  # they stand on the diploma, whether the form requires them or not
_UNKEEPABLE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_YEARS = re.compile(r"(?:([0-9]+(?:\.[0-9]+)?)|([一二两三四五六七八九]))(?:学?年制?)?(半)?(?:学?年制?)?$")
_HAN_DIGITS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}

_TURNED_TO_DATE = Trouble(
    "reading.text_is_date",
    Severity.WARNING,
    "单元格是日期；若原来填的不是日期，Excel 已改动了内容",
    "请核对；建议把该列设为“文本”格式后重新录入",
)


@dataclass(frozen=True, slots=True)
class Context:
    """What cells are read by besides their column: code tables (code → name) and short forms of their names, by key."""

    tables: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    aliases: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


_NO_CONTEXT = Context()


def normalise_cell(cell: Cell, column: ColumnSpec, context: Context = _NO_CONTEXT) -> Normalised:
    """Return the value of a cell by the kind of its column."""
    troubles: tuple[Trouble, ...] = ()
    if isinstance(cell, CellFault):
        return _fault(cell)
    if isinstance(cell, str):
        cell, troubles = clean_text(cell, is_name=column.field == "name")
    if cell is None or cell == "":
        return Normalised(None, troubles)
    result = _value_of(cell, column)
    result = replace(result, troubles=(*troubles, *result.troubles))
    if isinstance(cell, str) and column.kind in _WORDS and (original := ungarbled(cell)):
        message = f"「{cell}」是乱码，看来原是「{original}」：文字用错误的编码打开过，有的字已无法还原"
        remedy = "请从原系统重新导出；用 Excel 打开 CSV 时选择正确的编码（UTF-8），或另存为“Excel 工作簿（*.xlsx）”"
        return Normalised(None, (*result.troubles, Trouble("reading.garbled", Severity.ERROR, message, remedy)))
    if column.field == "name" and isinstance(result.value, str):
        return replace(result, value=normalise_name(result.value))
    if isinstance(cell, str) and column.kind in _WORDS and (trouble := _lost_character(cell, column)):
        value = None if trouble.severity is Severity.ERROR else result.value
        result = Normalised(value, (*result.troubles, trouble))
    if column.kind == "code" and isinstance(result.value, str):
        key = column.table or ""
        name = read_code(result.value, context.tables.get(key, {}), context.aliases.get(key, {}))
        return replace(result, value=name)
    return result


def _value_of(cell: Cell, column: ColumnSpec) -> Normalised:
    if column.kind in _READERS:
        return _READERS[column.kind](cell)
    if column.kind == "mark" and (mark := read_mark(cell)) is not None:
        return mark
    return _text(cell, is_remark=column.field == "remark")


def _fault(cell: CellFault) -> Normalised:
    if cell.kind == "error":
        return error_of("error_cell", f"单元格是错误值 {cell.text}", "请改为真实内容（错误值多由公式引用失效造成）")
    return error_of(
        "formula_without_value",
        "单元格是公式，但文件里没有保存计算结果",
        "请选中该列，复制后“选择性粘贴→数值”，保存再上传",
    )


def clean_text(text: str, *, is_name: bool = False) -> tuple[str, tuple[Trouble, ...]]:
    """Return text in NFC as it is seen, and what was odd: an error for what no register can keep, advice for what was folded.

    In a name an unseen mark stays, unless it stands at an end: the rule on names refuses it by its place.
    """
    if "_x" in text:
        text = _ESCAPE.sub(_unescape, text)
    if text.isascii() and text.isprintable() and len(text) <= _LONGEST_TEXT:
        return text.strip(), ()
    if match := _UNKEEPABLE.search(text):
        kind = "不完整的字符" if 0xD800 <= ord(match[0]) < 0xE000 else "控制字符"
        message = f"内容中有{kind} U+{ord(match[0]):04X}，无法保存"
        return "", (Trouble("reading.unkeepable", Severity.ERROR, message, "请清空该单元格后重新录入"),)
    seen = trim(re.sub(r"[\r\n\t\v\f\u2028\u2029\x85]+", " ", text))
    folded = fold_lookalikes(seen) if is_name else drop_unseen(fold_lookalikes(seen))
    folded = unicodedata.normalize("NFC", folded).strip()
    if len(folded) > _LONGEST_TEXT:
        message = f"内容有 {len(folded)} 个字，超过 {_LONGEST_TEXT} 个"
        return "", (Trouble("reading.too_long", Severity.ERROR, message, "请只填写本列应填的内容"),)
    return folded, () if folded == seen else tuple(_folded(seen, is_name=is_name))


def _folded(text: str, *, is_name: bool) -> Iterator[Trouble]:
    """Say which radicals were read as characters and which unseen marks were passed over."""
    if radicals := radicals_in(text):
        read = "、".join(f"「{r}」（{code_points(r)}）按「{RADICALS[ord(r)]}」" for r in radicals)
        message = f"有字是部首符号，不是汉字，看起来一样：已把{read}读取"
        yield Trouble("reading.lookalike", Severity.ADVICE, message, "请核对；文字多由 PDF 复制而来，建议重新录入")
    if not is_name and (unseen := unseen_in(text)):
        message = f"内容中有看不见的字符（{code_points(''.join(unseen))}），读取时已去掉"
        yield Trouble("reading.unseen", Severity.ADVICE, message, "不影响使用；重新录入该单元格可消除")


def _lost_character(text: str, column: ColumnSpec) -> Trouble | None:
    """Return the trouble of a text in which a character was lost or covered; names have a rule of their own."""
    remedy = "请按原始材料重新录入该单元格"
    if lost := lost_in(text):
        message = f"内容中的「{lost}」（{code_points(lost)}）表示这里的字已丢失，或不是通用的字"
        return Trouble("reading.lost_character", Severity.ERROR, message, remedy)
    if sign := masked_in(text):
        printed = column.required or column.field in _PRINTED
        severity = Severity.ERROR if printed else Severity.WARNING
        message = f"内容中的「{sign}」{'表示' if printed else '可能表示'}这里的字已丢失或被遮盖"
        return Trouble("reading.lost_character", severity, message, remedy)
    return None


def _unescape(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    return chr(code) if code < 0x20 or 0xD800 <= code < 0xE000 else match[0]


def _text(cell: Cell, *, is_remark: bool) -> Normalised:
    if isinstance(cell, bool):
        return Normalised("是" if cell else "否")
    if isinstance(cell, int | float):
        if abs(cell) >= INEXACT:
            return rounded_number()
        return Normalised(_plain_number(cell))
    if isinstance(cell, date):
        return Normalised(cell.isoformat()[:10], () if is_remark else (_TURNED_TO_DATE,))
    return Normalised(str(cell))


def _plain_number(number: float) -> str:
    """Return a number as it was typed: 3.0 → 3, 85.5 → 85.5, and no exponent."""
    return str(int(number)) if float(number).is_integer() else f"{Decimal(repr(float(number))):f}"


def _decimal(cell: Cell) -> Normalised:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        number = Decimal(repr(cell)) if abs(cell) < 1e6 else None
        if number is not None:
            return Normalised(Decimal(int(cell)) if number == int(cell) else number)
    text = re.sub(r"\s+", "", fold(str(cell)))
    if match := _YEARS.match(text):
        number = Decimal(match[1]) if match[1] else Decimal(_HAN_DIGITS[match[2]])
        number += Decimal("0.5") if match[3] else 0
        return Normalised(Decimal(int(number)) if number == int(number) else number)
    return error_of("number_unreadable", f"「{text}」不是数字", "请填数字，如 3（三年制）")


_READERS = {
    "identifier": read_identifier,
    "number": read_number,
    "date": read_day,
    "month": read_month,
    "decimal": _decimal,
}
