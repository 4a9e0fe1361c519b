"""Tables of many rows are drawn by Jinja2, which compiles them: what Django's templates do cell by cell, at a sixth of the time.

The page around a table stays a Django template and says `{% table "queue" rows=rows %}`; the rows are in `web/tables/`.
The parts are the same in both (`templatetags/xueji.py`). A name nobody gave is an error here, not an empty cell.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from jinja2 import Environment

from xueji.web.identity import WORDS, shown_identity
from xueji.web.templatetags import xueji as parts


def environment(**options: Any) -> Environment:
    """Return the environment of the tables: our parts as functions and filters, everything escaped."""
    made = Environment(**options)  # noqa: S701  # Django's engine hands autoescape=True
    made.globals |= {
        "path": path_of, "due": parts.due, "ends": parts.ends, "icon": parts.icon, "identity": shown_identity, "identity_words": WORDS, "tag": parts.tag,
    }  # fmt: skip
    made.filters |= {"clock": clock, "duration": parts.duration, "recorded": parts.recorded}
    return made


def clock(at: datetime, *, seconds: bool = False) -> str:
    """Return day and time of day here."""
    return f"{timezone.localtime(at):{'%Y-%m-%d %H:%M:%S' if seconds else '%Y-%m-%d %H:%M'}}"


def path_of(url_name: str, key: int | UUID) -> str:
    """Return the path of a page about one thing; asked of the URL table once a name, not once a row."""
    before, after = _around(url_name, isinstance(key, UUID))
    return f"{before}{key}{after}"


@cache
def _around(url_name: str, is_uuid: bool) -> tuple[str, str]:  # noqa: FBT001  # part of the cache's key
    """Return what stands before and after the key."""
    mark: int | UUID = UUID(int=0) if is_uuid else 0
    before, _, after = reverse(url_name, args=[mark]).rpartition(str(mark))
    return before, after
