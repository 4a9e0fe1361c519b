"""What pages show of an ID number: the tail to some posts, the birth date to others, never both (`docs/privacy.md`).

Nothing here is stored: the shown form is made of the sealed value whenever a page is drawn.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

from xueji.accounts.permissions import Sight
from xueji.core.identifiers import tail_of
from xueji.registry.changes import CLOSED_FIELDS

WORDS: Mapping[str, str] = {Sight.TAIL: "证件号", Sight.BIRTH_DATE: "出生日期", Sight.NEITHER: "证件号"}
HIDDEN = "（不在页面显示）"
# Six digits and more, or a date however it is written: in a text that may hold a number or a birth date.
_TELLING = re.compile(r"[0-9]{6,}|[0-9]{4}\D{1,2}[0-9]{1,2}\D{1,2}[0-9]{1,2}")


def shown_identity(thing: Any, sight: str) -> SafeString:
    """Return what a person with this sight is shown of a graduate, a person, or a row not confirmed yet."""
    if sight == Sight.TAIL:
        return shown_tail(_number_of(thing))
    if sight == Sight.BIRTH_DATE and (born := _birth_date_of(thing)):
        return format_html('<span class="masked">{}</span>', born)
    return format_html('<span class="masked">{}</span>', "—")


def plain_identity(person: Any, sight: str) -> str:
    """Return the same for a workbook: the tail, the birth date, or nothing."""
    if sight == Sight.TAIL:
        return tail_of(_number_of(person))
    return _birth_date_of(person) if sight == Sight.BIRTH_DATE else ""


def shown_tail(number: str) -> SafeString:
    """Return the tail of a number as pages show it."""
    tail = tail_of(number)
    return format_html('<span class="masked">{}</span>', f"尾号 {tail}" if tail else "—")


def shown_value(field: str, text: str, sight: str) -> str:
    """Return one side of a correction as a person with this sight is shown it."""
    if field not in CLOSED_FIELDS:
        return text
    if field == "resident_id" and sight == Sight.TAIL:
        return f"尾号 {tail_of(text)}"
    return text if field == "birth_date" and sight == Sight.BIRTH_DATE else HIDDEN


def shown_text(text: str) -> str:
    """Return free text of which it is not known what it holds, unless it may hold a number or a date."""
    return HIDDEN if _TELLING.search(text) else text


def _number_of(thing: Any) -> str:
    if hasattr(thing, "payload"):
        return str(_payload(thing).get("resident_id") or "")
    return str(thing.resident_id if hasattr(thing, "resident_id") else thing.person.resident_id)


def _birth_date_of(thing: Any) -> str:
    if hasattr(thing, "payload"):
        return str(_payload(thing).get("birth_date") or "")
    born = getattr(thing, "birth_date", None)
    return born.isoformat() if isinstance(born, date) else str(getattr(thing, "birth_month", ""))


def _payload(row: Any) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(row.payload or "{}")
    return found
