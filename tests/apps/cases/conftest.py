"""The fictional pack in place of the installation's, and its one kind of case."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.apps.cases import freedonia
from tests.factories.packs import use_library

from xueji.cases import kinds


@pytest.fixture
def world(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[freedonia.World]:
    """A staffed city under the fictional pack."""
    packs = freedonia.library()
    use_library(monkeypatch, packs)
    world = freedonia.build_world()
    kinds.register(world.notes.kind())
    kinds.register(world.notes.kind("province_only"))
    yield world
    kinds.unregister(freedonia.KIND)
    kinds.unregister("province_only")
