"""The guild's pack in place of the installation's, and its land."""

from __future__ import annotations

import pytest
from tests.apps.conftest import _rows_fit_their_digests  # noqa: F401  # holds here too
from tests.factories.packs import use_library
from tests.guild.kinds import GUILD_MOVE
from tests.guild.land import POLICIES, Land, build

from xueji.cases import kinds
from xueji.policy import load_packs


@pytest.fixture
def land(db: None, monkeypatch: pytest.MonkeyPatch) -> Land:
    """The land of the guild under its pack."""
    use_library(monkeypatch, load_packs(POLICIES))
    monkeypatch.setattr(kinds, "_kinds", dict(kinds._kinds))
    kinds.register(GUILD_MOVE)
    return build()
