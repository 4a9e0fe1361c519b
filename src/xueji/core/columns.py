"""Columns of the forms that no pack declares: workbooks the program hands out by itself."""

from __future__ import annotations

from xueji.core.packs import ColumnSpec


def column(header: str, field: str, *, required: bool = False, kind: str = "text", **more: object) -> ColumnSpec:
    """Return a column of a form, with everything a pack would have to spell out; `more` are other fields of the spec."""
    return ColumnSpec(header=header, field=field, required=required, kind=kind, **more)  # type: ignore[arg-type]  # names and types are the spec's own
