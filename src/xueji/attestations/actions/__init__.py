"""Every write of attestations: filled in, confirmed and numbered, voided; the health authority's seal asked, withdrawn, answered."""

from __future__ import annotations

from xueji.attestations.actions.counterseals import (
    answer_counterseal,
    ask_counterseal,
    decide_counterseal,
    withdraw_counterseal,
)
from xueji.attestations.actions.making import (
    apply_attestation,
    correct_attestation,
    open_attestation,
    record_attestation_fetch,
    void_attestation,
)

__all__ = [
    "answer_counterseal",
    "apply_attestation",
    "ask_counterseal",
    "correct_attestation",
    "decide_counterseal",
    "open_attestation",
    "record_attestation_fetch",
    "void_attestation",
    "withdraw_counterseal",
]
