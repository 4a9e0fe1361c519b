from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xueji.core.errors import BadInput, NumbersExhausted
from xueji.core.numbering import (
    NumberPart,
    NumberShape,
    format_number,
    parse_number,
    serial_ceiling,
)
from xueji.policy import get_library

WEINAN = get_library().pack("edu/shaanxi-weinan").on(date(2019, 7, 8)).numbering("graduation").shape
PREFIXED = NumberShape((NumberPart("year", "年份", 4), NumberPart("serial", "序号", 6)), "桂教中专毕字（{year}）")
SUFFIXED = get_library().pack("fictional/freedonia").on(date(2015, 1, 1)).numbering("graduation").shape
TECHNICIAN = NumberShape(
    tuple(NumberPart(name, name, width) for name, width in zip("abcdefg", (2, 3, 1, 4, 1, 4, 4), strict=True))
)
SHAPES = {"weinan": WEINAN, "prefixed": PREFIXED, "suffixed": SUFFIXED, "technician": TECHNICIAN}
shapes = st.sampled_from(list(SHAPES.values()))


@st.composite
def numbered(draw: st.DrawFn) -> tuple[NumberShape, dict[str, int]]:
    shape = draw(shapes)
    return shape, {part.name: draw(st.integers(_least(shape, part), 10**part.width - 1)) for part in shape.parts}


def _least(shape: NumberShape, part: NumberPart) -> int:
    """A serial starts at 1, everything else may be nought."""
    return int(part.name == shape.serial)


@given(numbered())
def test_parsing_undoes_formatting(case):
    shape, parts = case
    read = parse_number(shape, format_number(shape, parts))
    assert {name: int(text) for name, text in read.items()} == parts


@given(shapes, st.data())
def test_different_parts_never_share_a_number(shape, data):
    each = st.fixed_dictionaries({p.name: st.integers(_least(shape, p), 10**p.width - 1) for p in shape.parts})
    first, other = data.draw(each), data.draw(each)
    assert (format_number(shape, first) == format_number(shape, other)) == (first == other)


@pytest.mark.requirement("S1-03")
def test_a_weinan_number_has_eleven_digits_year_unit_serial():
    number = format_number(WEINAN, {"year": 2019, "unit": "05", "serial": 38})
    assert (number, len(number)) == ("20190500038", 11)
    assert parse_number(WEINAN, "20150500001") == {"year": "2015", "unit": "05", "serial": "00001"}


def test_the_number_of_a_technician_school_has_nineteen_digits():
    parts = {"a": 35, "b": 1, "c": 1, "d": 2015, "e": 1, "f": 101, "g": 1}
    assert format_number(TECHNICIAN, parts) == "3500112015101010001"


def test_the_hundred_thousandth_number_does_not_exist():
    assert serial_ceiling(WEINAN, "serial") == 99999
    with pytest.raises(NumbersExhausted, match="流水号"):
        format_number(WEINAN, {"year": 2019, "unit": "05", "serial": 100000})


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param({"year": 2019, "unit": "05"}, id="missing"),
        pytest.param({"year": 2019, "unit": "05", "serial": 1, "school": 2}, id="unknown"),
        pytest.param({"year": 2019, "unit": "0A", "serial": 1}, id="letter"),
        pytest.param({"year": 2019, "unit": "05", "serial": -1}, id="negative"),
        pytest.param({"year": 2019, "unit": "０５", "serial": 1}, id="full-width"),
        pytest.param({"year": 2019, "unit": "", "serial": 1}, id="empty"),
    ],
)
def test_wrong_parts_are_refused(parts):
    with pytest.raises(BadInput):
        format_number(WEINAN, parts)


@pytest.mark.parametrize("number", ["", "2019050003", "201905000381", "2019050003X", "２０１９0500038"])
def test_a_number_of_another_shape_is_refused(number):
    with pytest.raises(BadInput):
        parse_number(WEINAN, number)


def test_a_wrong_prefix_is_refused():
    assert parse_number(PREFIXED, "桂教中专毕字（2022）000120") == {"year": "2022", "serial": "000120"}
    with pytest.raises(BadInput):
        parse_number(PREFIXED, "豫教中专毕字（2022）000120")


@pytest.mark.parametrize("pack", ["edu/shaanxi-weinan", "edu/guangxi", "edu/henan", "hrss/fujian"])
def test_there_is_no_number_nought_in_any_pack(pack):
    view = get_library().pack(pack).on(date(2022, 7, 8))
    for kind in view.keys("numbering"):
        spec = view.numbering(kind)
        parts = {p.name: "1" * p.width for p in spec.shape.parts} | dict(spec.fixed)
        first = format_number(spec.shape, {**parts, spec.serial_part: 1})
        assert parse_number(spec.shape, first)[spec.serial_part].endswith("1")
        with pytest.raises(BadInput, match="没有 0 号"):
            format_number(spec.shape, {**parts, spec.serial_part: 0})
        width = spec.shape.part(spec.serial_part).width
        start = next(
            i
            for i, (a, b) in enumerate(
                zip(first, format_number(spec.shape, {**parts, spec.serial_part: int("9" * width)}), strict=True)
            )
            if a != b
        )
        with pytest.raises(BadInput, match="没有 0 号"):
            parse_number(spec.shape, first[:start] + "0" * width + first[start + width :])
