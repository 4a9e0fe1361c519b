"""Every workflow a pack writes is of a kind the product carries, or of a change of status that is asked about so far."""

from __future__ import annotations

from xueji.cases.kinds import registered_kinds
from xueji.core.status_specs import ChangeSpec
from xueji.policy import get_library

ITEMS = [item for pack in get_library().packs() for item in pack.items]
# The ways of changes of status are read by `xueji ask` (question «change»); a kind of case carries each in time.
ASKED_ABOUT = {"transfer_in", "junior_in"}


def test_no_workflow_of_a_pack_is_of_a_kind_nobody_carries() -> None:
    written = {item.key for item in ITEMS if item.kind == "workflow"}
    assert written - {kind.kind for kind in registered_kinds()} == ASKED_ABOUT
    assert "graduation_batch" in written


def test_what_is_asked_about_alone_is_the_way_of_a_change() -> None:
    changes = [item.value for item in ITEMS if isinstance(item.value, ChangeSpec)]
    ways = {spec.workflow for spec in changes} | {way.workflow for spec in changes for way in spec.sources.values()}
    assert ways >= ASKED_ABOUT
