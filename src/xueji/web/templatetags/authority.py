"""Small filters of the authorities' pages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template

from xueji.web.clauses import shown_clauses

register = template.Library()

_PARTICULARS = {
    "name": "姓名", "sex": "性别", "birth_date": "出生日期", "resident_id": "身份证号", "programme": "专业",
    "duration_years": "学制", "entry_month": "入学年月",
}  # fmt: skip


@register.filter
def clauses(cites: Iterable[Any]) -> list[dict[str, str]]:
    """Citations with number and words."""
    return shown_clauses(cites)


@register.filter
def particular(field: str) -> str:
    """The Chinese word of a field of a correction."""
    return _PARTICULARS.get(field, field)
