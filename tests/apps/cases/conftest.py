"""The fictional pack in place of the installation's, and its one kind of case."""

from __future__ import annotations

import pytest
from tests.apps.cases import freedonia
from tests.factories.packs import use_library

from xueji.cases import kinds


@pytest.fixture
def world(db: None, monkeypatch: pytest.MonkeyPatch) -> freedonia.World:
    """A staffed city under the fictional pack."""
    packs = freedonia.library()
    use_library(monkeypatch, packs)
    monkeypatch.setattr(kinds, "_kinds", dict(kinds._kinds))
    world = freedonia.build_world()
    kinds.register(world.notes.kind())
    kinds.register(world.notes.kind("province_only"))
    kinds.register(world.notes.kind(freedonia.TWO))
    return world
