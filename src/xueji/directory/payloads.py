"""A row as text, to be sealed until it is confirmed."""

from __future__ import annotations

import json

from xueji.directory.columns import Entry


def to_text(entry: Entry) -> str:
    """Return a row as JSON."""
    return json.dumps({"form": entry.form, **entry.values}, ensure_ascii=False)


def from_text(text: str, row_number: int) -> Entry:
    """Return the row of `to_text`."""
    values: dict[str, str] = json.loads(text)
    return Entry(values.pop("form"), row_number, values)
