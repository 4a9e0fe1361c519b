"""Every workflow a pack writes is of a kind the product carries."""

from __future__ import annotations

from xueji.cases.kinds import registered_kinds
from xueji.policy import get_library


def test_no_workflow_of_a_pack_is_of_a_kind_nobody_carries() -> None:
    written = {item.key for pack in get_library().packs() for item in pack.items if item.kind == "workflow"}
    assert written - {kind.kind for kind in registered_kinds()} == set()
    assert "graduation_batch" in written
