from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xueji.core.errors import BadInput
from xueji.core.packs import BlankSpec
from xueji.core.serials import (
    MOST_AT_ONCE,
    SerialRange,
    compress,
    count_of,
    expand,
    format_ranges,
    format_serial,
    parse_serials,
)

SPEC = BlankSpec("diploma", "毕业证书", "A", 7, "graduation")
PREFIXES = ["", "A", "20", "闽技-", "至（一）", "No."]
pytestmark = pytest.mark.requirement("S3-03")
sets = st.sets(st.integers(1, 9_999_999), min_size=1, max_size=40)


@given(sets)
def test_compressing_loses_and_adds_nothing(serials):
    ranges = compress(serials)
    assert set(expand(ranges)) == serials
    assert count_of(ranges) == len(serials)
    assert all(a.last + 1 < b.first for a, b in pairwise(ranges))


@given(sets, st.sampled_from(PREFIXES))
def test_reading_undoes_writing(serials, prefix):
    spec = replace(SPEC, prefix=prefix)
    ranges = compress(serials)
    assert parse_serials(format_ranges(ranges, spec), spec) == ranges


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("A0012345", [(12345, 12345)]),
        ("A0012001-A0012050", [(12001, 12050)]),
        ("A0012345\r\n", [(12345, 12345)]),
        ("A0012345\tA0012346\t", [(12345, 12345), (12346, 12346)]),
        ("]C1A0012345\r", [(12345, 12345)]),
        ("Ａ００１２３４５，Ａ００１２００１－Ａ００１２０５０", [(12345, 12345), (12001, 12050)]),
        ("A0012001 — A0012050 、 A0000007", [(12001, 12050), (7, 7)]),
        ("A0012001至A0012050", [(12001, 12050)]),
        ("A0012001——A0012050", [(12001, 12050)]),
        ("A0012001~0012050", [(12001, 12050)]),
        ("0012345", [(12345, 12345)]),
        ("a0012345;a0012347", [(12345, 12345), (12347, 12347)]),
        ("\x02A0012345\x03", [(12345, 12345)]),
        ("\u3000A0000001\u3000", [(1, 1)]),
    ],
)
def test_what_people_type_and_scanners_send_is_read(typed, read):
    assert parse_serials(typed, SPEC) == tuple(SerialRange(*pair) for pair in read)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "没有读到流水码；应如 A0000001"),
        (" ,，\n", "没有读到流水码"),
        ("B0012345", "「B0012345」不是「毕业证书」的流水码；应如 A0000001，或 A0000001—A0000009"),
        ("A12345", "「12345」有 5 位数字，应为 7 位"),
        ("A0012001-A12050", "「12050」有 5 位数字，应为 7 位"),
        ("A0012345A0012346", "不是「毕业证书」的流水码"),
        ("A0012050-A0012001", "起号大于止号"),
        ("A0000000", "没有 0 号"),
        ("A0012001-A0012003-A0012005", "不是「毕业证书」的流水码"),
        ("A0012001-", "不是「毕业证书」的流水码"),
        ("A0012345,A0012345", "A0012345 填了两次"),
        ("A0012001-A0012050,A0012050", "A0012050 填了两次"),
        ("A0000001-A9999999", f"一次最多 {MOST_AT_ONCE} 个"),
        (f"A0000001,A0000101-A{100 + MOST_AT_ONCE:07d}", f"一次最多 {MOST_AT_ONCE} 个"),  # all pieces together
        ("A" + "1" * 400, "有 400 位数字"),
        ("Ⅷ", "不是「毕业证书」的流水码"),
        ("A١٢٣٤٥٦٧", "不是「毕业证书」的流水码"),
    ],
)
def test_what_cannot_be_read_is_named(typed, words):
    with pytest.raises(BadInput) as refused:
        parse_serials(typed, SPEC)
    assert words in refused.value.message
    assert len(refused.value.message) < 120


@given(st.text(max_size=60) | st.text("A0123 -,至\r", max_size=60))
def test_any_text_is_read_or_refused_and_what_is_read_fits(text):
    with suppress(BadInput):
        ranges = parse_serials(text, SPEC)
        assert ranges
        assert compress(expand(ranges)) == compress(expand(parse_serials(format_ranges(ranges, SPEC), SPEC)))


def test_a_prefix_that_ends_in_digits_is_not_mistaken_for_the_serial():
    spec = replace(SPEC, prefix="20", width=5)
    assert parse_serials("2000001", spec) == parse_serials("00001", spec) == (SerialRange(1, 1),)
    assert parse_serials("20001", spec) == (SerialRange(20001, 20001),)


def test_a_range_knows_its_serials():
    span = SerialRange(3, 5)
    assert (list(span), len(span), 4 in span, 6 in span, "4" in span) == ([3, 4, 5], 3, True, False, False)
    assert compress([]) == ()
    assert compress([5, 3, 4, 4, 9]) == (span, SerialRange(9, 9))


@pytest.mark.parametrize("serial", [0, 10_000_000])
def test_a_serial_that_does_not_fit_is_a_bug(serial):
    with pytest.raises(ValueError, match="no serial of 7 digits"):
        format_serial(serial, SPEC)


def test_a_range_upside_down_is_a_bug():
    with pytest.raises(ValueError, match="no such range"):
        SerialRange(2, 1)
