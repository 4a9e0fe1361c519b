"""Every workflow a pack writes is of a kind the product carries, the ways of changes of status among them."""

from __future__ import annotations

from xueji.cases.kinds import registered_kinds
from xueji.core.status_specs import ChangeSpec
from xueji.policy import get_library

ITEMS = [item for pack in get_library().packs() for item in pack.items]


def test_no_workflow_of_a_pack_is_of_a_kind_nobody_carries() -> None:
    written = {item.key for item in ITEMS if item.kind == "workflow"}
    assert written - {kind.kind for kind in registered_kinds()} == set()
    assert "graduation_batch" in written


def test_every_way_of_a_change_of_status_is_carried() -> None:
    changes = [item.value for item in ITEMS if isinstance(item.value, ChangeSpec)]
    ways = {spec.workflow for spec in changes} | {way.workflow for spec in changes for way in spec.sources.values()}
    assert {"status_change", "transfer", "transfer_in", "junior_in"} <= ways
    assert ways - {kind.kind for kind in registered_kinds()} == set()
