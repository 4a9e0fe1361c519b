"""What keeps a sealed diploma from being handed to its graduate."""

from __future__ import annotations

from xueji.core.facts import HandOutFacts, Surroundings, VocationalCertificateFacts
from xueji.core.findings import Finding
from xueji.core.packs import PackView
from xueji.core.rules import run_rules

__all__ = ["HandOutFacts", "VocationalCertificateFacts", "check_hand_out"]


def check_hand_out(facts: HandOutFacts, view: PackView, surroundings: Surroundings | None = None) -> list[Finding]:
    """Run the pack's rules on handing out one diploma; an empty list: nothing stands in the way."""
    return [finding for _, finding in run_rules(view, "hand_out", facts, surroundings or Surroundings())]
