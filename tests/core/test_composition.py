"""Parts of a number from the facts: words become digits, regions and years are cut, nothing is guessed."""

import pytest

from xueji.core.composition import compose_parts
from xueji.core.errors import BadInput
from xueji.core.numbering import NumberPart, NumberShape, format_number
from xueji.core.packs import NumberingSpec

SHAPE = NumberShape(
    tuple(
        NumberPart(name, name, width)
        for name, width in (
            ("region", 2), ("school", 3), ("school_level", 1), ("year", 4), ("graduate_level", 1), ("programme", 4),
            ("serial", 4),
        )
    )
)  # fmt: skip
SPEC = NumberingSpec(
    "graduation", "毕业证书编号", SHAPE, {}, ("region", "school", "year"), "serial",
    sources={
        "region": "school.region", "school": "school.ordinal", "school_level": "school.level", "year": "season.year",
        "graduate_level": "graduate.level", "programme": "programme.code",
    },
    digits={"school_level": {"技师学院": "1"}, "graduate_level": {"中级技工班": "3"}},
)  # fmt: skip
FACTS = {
    "school.region": "350100", "school.ordinal": "7", "school.level": "技师学院", "season.year": "2015",
    "graduate.level": "中级技工班", "programme.code": "0101",
}  # fmt: skip


@pytest.mark.requirement("S3-06", "S3-07")
def test_nineteen_digits_from_the_facts():
    number = format_number(SHAPE, {**compose_parts(SPEC, FACTS), "serial": 12})
    assert number == "3500712015301010012"
    assert len(number) == 19


@pytest.mark.requirement("S3-07")
@pytest.mark.parametrize(
    ("fact", "text", "message"),
    [
        ("school.ordinal", "", "学校顺序号"),
        ("graduate.level", "高级班", "中级技工班"),
        ("programme.code", "01010", "4 位"),
        ("programme.code", "01A1", "01A1"),
    ],
)
def test_fact_that_is_missing_or_has_no_digits_is_named(fact: str, text: str, message: str):
    with pytest.raises(BadInput, match=message):
        compose_parts(SPEC, {**FACTS, fact: text})
