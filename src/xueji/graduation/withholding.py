"""Whose diploma is kept back until a vocational certificate is on record (S3-10): the facts behind the pack's rules."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from xueji.certificates.models import Certificate
from xueji.core.facts import HandOutFacts, VocationalCertificateFacts
from xueji.core.findings import Finding
from xueji.core.packs import PackView
from xueji.core.rules import check_hand_out
from xueji.graduation.models import Candidate, VocationalCertificate


def withheld(certificates: Sequence[Certificate], view: PackView) -> dict[UUID, list[Finding]]:
    """Return the certificates that stay at the school, with what stands in the way; two queries for all of them."""
    if not view.rules("hand_out"):
        return {}
    on_record: dict[UUID, list[VocationalCertificateFacts]] = {}
    rows = VocationalCertificate.objects.filter(candidate__certificate__in=certificates)
    for key, number, level in rows.values_list("candidate__certificate", "certificate_number", "level"):
        on_record.setdefault(key, []).append(VocationalCertificateFacts(number, level))
    # none on the list for what was voided since
    listed = dict(Candidate.objects.filter(certificate__in=certificates).values_list("certificate", "details"))
    found = {}
    for certificate in certificates:
        level = str(
            certificate.details.get("graduate_level") or listed.get(certificate.pk, {}).get("graduate_level", "")
        )
        facts = HandOutFacts(certificate.holder_name, level, tuple(on_record.get(certificate.pk, ())))
        found[certificate.pk] = [finding for finding in check_hand_out(facts, view) if finding.is_error]
    return {key: findings for key, findings in found.items() if findings}
