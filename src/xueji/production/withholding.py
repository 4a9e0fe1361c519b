"""Whose diploma is kept back at the hand-out, by the rules of the pack (S3-10)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from xueji.certificates.models import Certificate
from xueji.core.facts import HandOutFacts, VocationalCertificateFacts
from xueji.core.findings import Finding
from xueji.core.packs import PackView
from xueji.core.rules import check_hand_out
from xueji.graduation.models import VocationalCertificate
from xueji.production.models import HandOut


def withheld(certificates: Sequence[Certificate], view: PackView) -> dict[UUID, list[Finding]]:
    """Return the certificates that stay at the school, with what stands in the way; one query for all of them."""
    if not view.rules("hand_out"):
        return {}
    held: dict[UUID, list[VocationalCertificateFacts]] = {}
    rows = VocationalCertificate.objects.filter(candidate__certificate__in=certificates)
    for key, number, level in rows.values_list("candidate__certificate", "certificate_number", "level"):
        held.setdefault(key, []).append(VocationalCertificateFacts(number, level))
    found = {one.pk: _findings(one, held.get(one.pk, []), view) for one in certificates}
    return {key: findings for key, findings in found.items() if findings}


def is_held_back(certificate: Certificate, view: PackView) -> bool:
    """Whether a sealed diploma still lies at the school because a rule of its pack bars the hand-out: what `hand_out` would say now."""
    was_handed_out = HandOut.objects.filter(certificate=certificate).exists()
    return not was_handed_out and bool(withheld([certificate], view))


def _findings(one: Certificate, held: Sequence[VocationalCertificateFacts], view: PackView) -> list[Finding]:
    listed = getattr(one, "candidate", None)  # none on the list for what was voided since
    level = str(one.details.get("graduate_level") or (listed.details.get("graduate_level", "") if listed else ""))
    facts = HandOutFacts(one.holder_name, level, tuple(held))
    return [finding for finding in check_hand_out(facts, view) if finding.is_error]
