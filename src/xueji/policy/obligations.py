"""The sections of `obligations.toml`: what is owed, and the measures; what each does is chosen from what the engine can do."""

from __future__ import annotations

from pathlib import Path

from xueji.core.obligations import EFFECTS, OCCASIONS, WITHHELD, MeasureSpec, ObligationSpec
from xueji.core.packs import Dated
from xueji.policy.reading import Section


def build_obligation(key: str, section: Section, dated: Dated, folder: Path) -> ObligationSpec:
    """Read something owed; its occasion and its effect must be ones the engine knows."""
    return ObligationSpec(
        key=key,
        label=section.text("label"),
        after=section.choice("after", tuple(OCCASIONS)),
        clock=section.text("clock"),
        effect=section.choice("effect", tuple(EFFECTS)) if "effect" in section else "",
        needs_evidence=section.take("needs_evidence", bool, default=False),
        cites=section.cites(),
    )


def build_measure(key: str, section: Section, dated: Dated, folder: Path) -> MeasureSpec:
    """Read a measure; what it withholds must be what the engine can withhold."""
    withholds = section.texts("withholds", [])
    if unknown := set(withholds) - set(WITHHELD):
        raise section.error("withholds", f"has {', '.join(sorted(unknown))}; choices: {', '.join(WITHHELD)}")
    is_next_year = section.take("next_year", bool, default=False)
    return MeasureSpec(key, section.text("label"), tuple(dict.fromkeys(withholds)), section.cites(), is_next_year)
