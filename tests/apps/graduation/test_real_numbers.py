"""The numbers of the packs in use, put together from the facts that a batch hands over."""

from __future__ import annotations

from datetime import date

import pytest
from tests.factories.packs import BASE

from xueji.core.composition import compose_parts
from xueji.core.errors import BadInput
from xueji.core.numbering import format_number, parse_number
from xueji.graduation.season_authority import season_levels
from xueji.policy import get_library

FACTS = {
    "season.year": "2022", "school.region": "350100", "school.ordinal": "7", "school.code": "3561000007",
    "school.level": "技工学校", "graduate.level": "高级工班", "programme.code": "0203",
}  # fmt: skip


def number_of(pack: str, serial: int, kind: str = "graduation", **facts: str) -> str:
    spec = get_library().pack(pack).on(date(2022, 6, 20)).numbering(kind)
    parts = compose_parts(spec, {**FACTS, **facts})
    number = format_number(spec.shape, {**parts, spec.serial_part: serial})
    assert parse_number(spec.shape, number)[spec.serial_part].lstrip("0") == str(serial)
    return number


@pytest.mark.requirement("S3-06")
def test_nineteen_digits_in_seven_parts() -> None:
    assert number_of("hrss/fujian", 12) == "3500732022202030012"
    assert number_of("hrss/fujian-xiamen", 12, **{"school.region": "350200"}) == "3500732022202030012"
    with pytest.raises(BadInput, match="毕业层次"):
        number_of("hrss/fujian", 12, **{"graduate.level": ""})


@pytest.mark.requirement("S4-17")
def test_year_in_brackets_before_the_serial() -> None:
    assert number_of("edu/guangxi", 12).startswith("桂教中专毕字（2022）")
    assert get_library().pack("edu/guangxi").on(date(2022, 6, 20)).numbering("graduation").granting == "block"


@pytest.mark.requirement("S2-34")
def test_year_region_school_and_serial_in_a_keyed_order() -> None:
    number = number_of("edu/henan", 12, **{"school.region": "410100", "school.code": "4161000007"})
    assert number.startswith("20224101004161000007")
    assert get_library().pack("edu/henan").on(date(2022, 6, 20)).numbering("graduation").order == "permuted"


@pytest.mark.requirement("S3-05", "S3-21")
@pytest.mark.parametrize(
    ("pack", "level"),
    [("hrss/fujian", "province"), ("hrss/fujian-fuzhou", "city"), ("hrss/fujian-xiamen", "city"),
     ("edu/guangxi", "province"), (BASE, "city")],
)  # fmt: skip
def test_classes_belong_to_the_authority_that_seals(pack: str, level: str) -> None:
    assert season_levels(get_library().pack(pack).on(date(2022, 6, 20))) == (level,)


def test_where_nobody_seals_the_approving_levels_count() -> None:
    levels = season_levels(get_library().pack("edu/henan").on(date(2022, 6, 20)))
    assert levels
    assert levels[0] in {"province", "city"}
