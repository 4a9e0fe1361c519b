"""The table of what events vouch for, in `docs/vouched.md`, written from the models: `python -m tests.vouched`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "vouched.md"
_HEAD = """# What stands under a digest

Written from the models by `python -m tests.vouched`; a test compares. Every statement that changes a column of the second or third kind
needs an event in the same transaction, or the database refuses the commit (docs/adr/0028); `xueji audit` compares every row with
the last event that wrote it.

| Table | Under the row's own keyed digest | Vouched for by the event, in this order | Not vouched for |
| --- | --- | --- | --- |
"""


def models() -> Iterator[tuple[Any, dict[str, str], dict[str, str]]]:
    """Yield each model whose rows are vouched for, the columns that enter the digest with their forms, and the free ones."""
    from django.apps import apps

    from xueji.sealing.vouching import told_columns

    for model in sorted(apps.get_models(), key=lambda model: model._meta.db_table):
        for trigger in getattr(model._meta, "triggers", ()):
            if trigger.name == "vouched_added":
                yield model, told_columns(model, trigger.free), trigger.free


def document() -> str:
    """Return the document as it should be."""
    from xueji.sealing.rows import RowDigestField

    lines = []
    for model, columns, free in models():
        under = [name for f in model._meta.concrete_fields if isinstance(f, RowDigestField) for name in f.covers]
        reasons = {reason: [name for name in free if free[name] == reason] for reason in free.values()}
        left = "; ".join(f"{_code(names)}: {reason}" for reason, names in reasons.items())
        lines.append(f"| `{model._meta.db_table}` | {_code(under)} | {_code(columns)} | {left} |\n")
    return _HEAD + "".join(lines)


def _code(names: Any) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xueji.config.settings")
    os.environ["XUEJI_TESTING"] = "1"
    import django

    django.setup()
    DOCUMENT.write_text(document(), encoding="utf-8")
