"""The fictional pack of blanks in place of the installation's; a season of as many graduates as a test says."""

from __future__ import annotations

import pytest
from tests.factories.blanks import Province, blank_library, province
from tests.factories.packs import use_library

from xueji.blanks import demand


@pytest.fixture
def graduates(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """How many graduates the season has; a test may change it."""
    asked = {"count": 1000}
    monkeypatch.setattr(demand, "_told", [lambda school, year, term, kind: asked["count"]])
    return asked


@pytest.fixture
def packs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the fictional pack."""
    use_library(monkeypatch, blank_library())


@pytest.fixture
def world(db: None, packs: None, graduates: dict[str, int]) -> Province:
    """A province with somebody in every post and nothing in stock."""
    return province()
