"""No part of the house grows into the house: an app holds at most 15 % of the Python of `src`, a portal of `web` at most 8 %.

Counted are the lines a person writes: no migrations. Pages themselves (templates) hold no decision and are not counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import PurePosixPath

from tests.architecture.source import SRC, python_files

APP, PORTAL = 0.15, 0.08
_PORTALS = ("web/school", "web/authority", "web/public", "web/shared")


def shares(files: Iterable[tuple[str, int]]) -> dict[str, float]:
    """Return the share of each folder and of each portal in the lines of files given by path and length."""
    lines: Counter[str] = Counter()
    whole = 0
    for path, count in files:
        parts = PurePosixPath(path).parts
        whole += count
        lines[parts[0]] += count
        if "/".join(parts[:2]) in _PORTALS:
            lines["/".join(parts[:2])] += count
    return {part: count / whole for part, count in lines.items()}


def too_large(found: dict[str, float]) -> dict[str, str]:
    """Return the parts beyond their limit, `web` as a whole aside."""
    limit = {part: PORTAL if part in _PORTALS else APP for part in found if part != "web"}
    return {part: f"{found[part]:.1%}" for part, most in limit.items() if found[part] > most}


def test_no_part_is_the_house() -> None:
    found = shares(
        (path.relative_to(SRC).as_posix(), len(path.read_text("utf-8").splitlines())) for path in python_files()
    )
    assert set(_PORTALS) | {"graduation", "production", "core"} <= set(found)
    assert too_large(found) == {}


def test_a_part_beyond_its_limit_is_named() -> None:
    found = shares(
        [
            ("graduation/actions/a.py", 16),
            ("web/school/a.py", 9),
            ("web/forms.py", 30),
            ("core/a.py", 15),
            ("b/a.py", 30),
        ]
    )
    assert too_large(found) == {"graduation": "16.0%", "web/school": "9.0%", "b": "30.0%"}
