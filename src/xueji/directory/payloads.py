"""A row as text, to be sealed until it is confirmed."""

from __future__ import annotations

import json

from xueji.directory.columns import DirectoryEntry


def to_text(entry: DirectoryEntry) -> str:
    """Return a row as JSON."""
    return json.dumps({"form": entry.form, **entry.values}, ensure_ascii=False)


def from_text(text: str, row_number: int) -> DirectoryEntry:
    """Return the row of `to_text`."""
    values: dict[str, str] = json.loads(text)
    return DirectoryEntry(values.pop("form"), row_number, values)
