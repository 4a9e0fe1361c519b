"""The form of a publication: one line a school, programme, duration, intake and campus. The columns `xueji check` reads too."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from types import MappingProxyType

from xueji.core.columns import column
from xueji.core.intakes import AUTUMN, SPRING, Intake
from xueji.core.packs import WorkbookSpec

TITLE = "招生资质"
MOST_ROWS = 20_000
SEASONS: Mapping[str, str] = MappingProxyType(
    {"春季": SPRING, "春": SPRING, SPRING: SPRING, "秋季": AUTUMN, "秋": AUTUMN, AUTUMN: AUTUMN}
)
YEAR = re.compile(r"(?:19[89]|2[0-9]{2})[0-9]")


_column = partial(column, required=True)

FORM = WorkbookSpec(
    "licences", TITLE, TITLE, MOST_ROWS,
    (
        _column("学校代码", "school_code", kind="number", aliases=("学校标识码",), width=14, help="学校标识码"),
        _column("学校名称", "school_name", width=32, help="与学校印章一致"),
        _column("专业名称", "programme_name", width=24, help="按专业目录的全称"),
        _column("学制", "duration_years", kind="decimal", width=8, help="年数，1 至 6", example="3"),
        _column("招生年份", "year", kind="number", width=10, help="四位年份", example="2026"),
        _column("招生季节", "season", width=10, help="春季或秋季", example="秋季"),
        _column("校区", "campus", required=False, width=20, help="不分校区的不填"),
        _column("招生计划", "quota", kind="number", width=10, help="人数", example="120"),
    ),
)  # fmt: skip


LineKey = tuple[str, str, str, Decimal, str]


@dataclass(frozen=True, slots=True)
class LicenceLine:
    """A line as it would be published."""

    intake: Intake
    school_code: str
    school_name: str
    programme_name: str
    duration_years: Decimal
    campus: str
    quota: int

    @property
    def key(self) -> LineKey:
        """Return what there is one line of: an intake's school, programme, duration and campus."""
        intake = f"{self.intake.year}-{self.intake.term}"
        return intake, self.school_code, self.programme_name, self.duration_years, self.campus

    def to_text(self) -> str:
        """Return the line as JSON, to be kept until it is confirmed."""
        return json.dumps(
            {
                "year": self.intake.year, "term": self.intake.term, "school_code": self.school_code,
                "school_name": self.school_name, "programme_name": self.programme_name,
                "duration_years": str(self.duration_years), "campus": self.campus, "quota": self.quota,
            },
            ensure_ascii=False,
        )  # fmt: skip

    @classmethod
    def from_text(cls, text: str) -> LicenceLine:
        """Return the line of `to_text`."""
        kept = json.loads(text)
        intake = Intake(kept.pop("year"), kept.pop("term"))
        return cls(intake=intake, **(kept | {"duration_years": Decimal(kept["duration_years"])}))
