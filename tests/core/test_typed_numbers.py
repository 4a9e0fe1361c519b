"""A number of a certificate is the same however it was typed, copied or scanned."""

from __future__ import annotations

import pytest

from xueji.core.errors import BadInput
from xueji.core.numbering import NumberPart, NumberShape
from xueji.core.typed_numbers import parse_typed, read_number, spellings_of

PLAIN = NumberShape((NumberPart("year", "年份", 4), NumberPart("serial", "顺序号", 5)), serial="serial")
WORDED = NumberShape(PLAIN.parts, prefix="甲字（{year}）第", suffix="号", serial="serial")


@pytest.mark.parametrize(
    "typed",
    [
        "202600128", "２０２６００１２８ ", "2026 00128", "2026-00128", "2026—00128", "2026−00128", "2026/00128", "2026.00128", "编号：202600128",
        "No.202600128", "（202600128）", "【202600128】", "\u200b202600128", "\u202d202600128\u202c", "2026\xad00128", "“202600128”", "202600128。",
    ],
)  # fmt: skip
def test_what_stands_around_and_between_is_nothing(typed):
    assert "202600128" in spellings_of(read_number(typed))
    assert parse_typed(PLAIN, typed) == {"year": "2026", "serial": "00128"}


@pytest.mark.parametrize("typed", ["甲字（2026）第00128号", "甲字(2026)第00128号", "甲字〔２０２６〕 第 ００１２８ 号"])
def test_brackets_of_a_number_are_any_brackets(typed):
    assert parse_typed(WORDED, typed) == {"year": "2026", "serial": "00128"}


@pytest.mark.parametrize("typed", ["20260012", "2026001280", "2026OO128", "乙字（2026）第00128号", "202600000", ""])
def test_what_is_another_number_is_refused(typed):
    with pytest.raises(BadInput):
        parse_typed(PLAIN, typed)
