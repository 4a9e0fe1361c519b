"""Keep the collector of circles away from what a process keeps for good: packs, models, addresses."""

from __future__ import annotations

import gc

from xueji.policy import get_library

_YOUNG = 20_000  # containers made between two looks for garbage; a page of a list makes some ten thousand


def settle() -> None:
    """Load the packs before the first page or job, then leave all that stands out of every later look for garbage.

    Each full one would walk all of it again: 100 ms now and then, in the middle of somebody's page or print.
    """
    gc.disable()  # while packs are read there is nothing to be found
    get_library()
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, 10, 10)
    gc.enable()
