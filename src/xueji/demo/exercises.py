"""Made-up graduates for practice: of a school's own programmes, with numbers no register holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from xueji.core.facts import DETAILS, GraduateFacts
from xueji.core.identifiers import check_character
from xueji.core.months import Month
from xueji.core.packs import PackView
from xueji.institutions.models import School

_SURNAMES, _GIVEN = "练习", "甲乙丙丁戊己庚辛壬癸"
_PASSED = "合格"


def graduates_for(school: School, view: PackView, *, count: int) -> list[GraduateFacts]:
    """Return graduates of this summer whose names say that they are made up («练甲乙»)."""
    year = view.day.year
    programmes = list(school.programmes.all())
    base = GraduateFacts(
        id_document_type="居民身份证", political_status="共青团员", ethnicity="汉族", study_mode="全日制",
        graduation_month=Month(year, 7), overall_mark="良好", conduct_mark="优秀", internship_mark=_PASSED,
        details=_details(view),
    )  # fmt: skip
    people = []
    for n in range(count):
        programme = programmes[n % len(programmes)]
        birth = date(year - 18, 1 + n % 12, 1 + n // 12 % 28)
        head = f"{school.authority.division_code[:4]}02{birth:%Y%m%d}{900 + n % 100:03d}"
        people.append(
            replace(
                base, name=_SURNAMES[n % 2] + _GIVEN[n % 10] + _GIVEN[n // 10 % 10], birth_date=birth,
                sex="男" if (900 + n % 100) % 2 else "女", resident_id=head + check_character(head),
                programme=programme.name, duration_years=programme.duration_years,
                entry_month=Month(year - int(programme.duration_years), 9 if programme.duration_years % 1 == 0 else 3),
            )
        )  # fmt: skip
    return people


def _details(view: PackView) -> Mapping[str, str]:
    """Fill what the pack's form requires besides: a word of its table, else a mark that passes."""
    found = {}
    for column in view.workbook("graduates").columns:
        if column.required and column.field.startswith(DETAILS):
            words = list(view.table(column.table).values()) if column.table else []
            found[column.field.removeprefix(DETAILS)] = words[-1] if words else column.example or _PASSED
    return found
