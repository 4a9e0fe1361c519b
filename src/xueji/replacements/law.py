"""The law of a replacement is that of its case."""

from __future__ import annotations

from xueji.cases.law import law_of
from xueji.cases.models import Case
from xueji.core.findings import Citation
from xueji.core.packs import PackView
from xueji.core.process import has_stage, stage_of
from xueji.core.rules.replacements import KIND


def view_of_case(case: Case) -> PackView:
    """Return the pack a case stands under, on its legal date."""
    return law_of(case)


def cites_of(view: PackView, stage: str) -> tuple[Citation, ...]:
    """Return the clauses of a stage of replacement certificates."""
    process = view.process(KIND)
    return stage_of(process, stage).cites if has_stage(process, stage) else ()
