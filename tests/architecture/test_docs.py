"""ARCHITECTURE sends nobody to a file that is not there."""

from __future__ import annotations

import re

from tests.architecture.source import ROOT, SRC

NAMED = re.compile(r"`([^` ]+/[^` ]*|[^` ]+\.(?:py|toml|txt|md))`")
ROOTS = (ROOT, SRC, *sorted((ROOT / "policies").glob("*/*")), *sorted(SRC.iterdir()))


def missing(text: str) -> list[str]:
    """Return the paths of a text that lie nowhere in the house; one with a star names at least one file."""
    named = [path.rstrip("/") for path in NAMED.findall(text)]
    return [path for path in named if not any(root.is_dir() and any(root.glob(path)) for root in ROOTS)]


def test_every_path_of_the_architecture_is_there() -> None:
    assert missing((ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")) == []


def test_a_path_that_is_not_there_is_named() -> None:
    assert missing("ask `lookup/answers.py`, not `lookup/answer.py`") == ["lookup/answer.py"]
