"""What is said of a time is said in legal time: a moment is written by its day in Shanghai, never by that of UTC."""

from __future__ import annotations

import ast

from tests.architecture.source import SRC, parsed, python_files

_DAYS = ("%Y", "%m", "%d", "%H", "%M")


def _is_moment(node: ast.expr) -> bool:
    """Whether an expression is called like a time (`*_at`, `at`) and not yet brought to legal time."""
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return name == "at" or name.endswith("_at")


def utc_days(source: str) -> list[int]:
    """Return the lines where a moment is written, or its day taken, as it is stored."""
    found = []
    for node in ast.walk(parsed(source)):
        if isinstance(node, ast.FormattedValue) and node.format_spec and _is_moment(node.value):
            found += [node.lineno] if any(day in ast.unparse(node.format_spec) for day in _DAYS) else []
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _is_moment(node.func.value):
            found += [node.lineno] if node.func.attr in {"date", "strftime"} else []
    return sorted(found)


def test_no_moment_is_written_by_its_utc_day() -> None:
    found = {
        path.relative_to(SRC).as_posix(): lines
        for path in python_files()
        if (lines := utc_days(path.read_text(encoding="utf-8")))
    }
    assert found == {}


def test_the_three_ways_are_seen_and_the_right_one_is_not() -> None:
    source = """
f"已于 {certificate.voided_at:%Y-%m-%d} 作废"
day = at.date()
said = parcel.received_at.strftime("%m")
f"已于 {timezone.localdate(certificate.voided_at):%Y-%m-%d} 作废"
f"{deadline.on:%Y-%m-%d}"
"""
    assert utc_days(source) == [2, 3, 4]
