"""What codes and names of institutions and accounts look like: asked by the pages and by the workbook alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from xueji.accounts.actions import USERNAME as _USERNAME
from xueji.accounts.actions import USERNAME_WORDS


@dataclass(frozen=True, slots=True)
class Shape:
    """A pattern the whole text must fit, and what is said of one that does not."""

    pattern: str
    words: str


DIVISION_CODE = Shape(r"[1-9][0-9]{5}", "行政区划代码为 6 位数字")
SCHOOL_CODE = Shape(r"[0-9A-Za-z]{4,10}", "学校标识码为 4 至 10 位数字或字母")
ORDINAL = Shape(r"[0-9]{1,4}", "学校顺序号为 1 至 4 位数字")
PROGRAMME_CODE = Shape(r"[0-9A-Za-z-]{2,6}", "专业代码为 2 至 6 位数字或字母")
USERNAME = Shape(_USERNAME, USERNAME_WORDS)
# The longest text of a field, where that is less than the 200 of an address.
LENGTHS: Mapping[str, int] = MappingProxyType(
    {
        "short_name": 40, "principal": 40, "level": 20, "education_level": 20, "phone": 20, "username": 30,
        "authority_name": 100, "school_name": 100, "programme_name": 60, "full_name": 60,
    }
)  # fmt: skip
