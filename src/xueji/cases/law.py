"""Which law a matter stands under: asked here, of its case, and nowhere else (docs/adr/0020)."""

from __future__ import annotations

from xueji import policy
from xueji.cases.models import Case
from xueji.core.packs import PackView


def law_of(case: Case) -> PackView:
    """Return the pack of a case as in force on its legal date: the law of everything that comes of the case."""
    return policy.get_library().pack(case.pack).on(case.legal_date)
