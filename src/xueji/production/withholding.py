"""Whose diploma is kept back at the hand-out: by the rules of the pack, over facts that its kind knows (S3-10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from xueji.certificates.models import Certificate, Issue
from xueji.core.findings import Finding
from xueji.core.packs import PackView
from xueji.production.kinds import kind_of
from xueji.production.models import HandOut


def withheld(issue: Issue, certificates: Sequence[Certificate], view: PackView) -> Mapping[UUID, list[Finding]]:
    """Return the certificates of an issue that stay at the school, with what stands in the way."""
    return kind_of(issue).withheld(certificates, view)


def is_held_back(certificate: Certificate, view: PackView) -> bool:
    """Whether a sealed diploma still lies at the school because a rule of its pack bars the hand-out: what `hand_out` would say now."""
    was_handed_out = HandOut.objects.filter(certificate=certificate).exists()
    return not was_handed_out and bool(withheld(certificate.issue, [certificate], view))
