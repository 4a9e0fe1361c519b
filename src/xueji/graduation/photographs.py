"""Photographs of a batch: whose is kept already, and whether one picture may stand for one graduate."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

from xueji.core.findings import Finding, Severity
from xueji.documents.storage import kept_addresses
from xueji.graduation.duplicates import photo_findings
from xueji.graduation.facts import facts_of_candidate
from xueji.graduation.models import Batch, Candidate, CandidateState
from xueji.sealing.texts import blind_index


def photo_keeper(batch: Batch) -> Callable[[str], bool]:
    """Return what says of a number whether a photograph of its graduate is kept in the batch."""
    standing = batch.candidates.exclude(state=CandidateState.WITHDRAWN).exclude(photo=None).order_by()
    kept = {bytes(index or b"") for index in standing.values_list("person__resident_id_index", flat=True)}
    return lambda number: blind_index(number) in kept


def judged_photo(candidate: Candidate, body: bytes) -> tuple[bytes, list[Finding]]:
    """Return the picture as it would be kept, and everything that speaks against it: what the file shows, whose else it is."""
    from xueji.documents.photos import check_photo  # Pillow is slow to import, and few pages take a photograph

    facts, profile = facts_of_candidate(candidate), candidate.batch.law.photo_profile("diploma")
    number = facts.resident_id or ""
    report = check_photo(body, profile, file_name=f"{number}.jpg", resident_id=number)
    findings = [Finding(f"photo.{p.code}", p.severity, p.message, "photo", "", profile.cites) for p in report.problems]
    kept = report.re_encoded or body
    digest = sha256(kept).hexdigest()
    findings += [finding for _, finding in photo_findings([facts], {0: digest}, candidate.batch)]
    others = candidate.batch.candidates.filter(photo__in=kept_addresses([digest])).exclude(pk=candidate.pk)
    if names := list(others.exclude(state=CandidateState.WITHDRAWN).values_list("name", flat=True)[:5]):
        message, remedy = f"与{'、'.join(names)}的照片是同一张", "每人须用本人照片：请核对是谁的，更换放错的一张"
        findings.append(Finding("photo.shared", Severity.WARNING, message, "photo", remedy, profile.cites))
    return kept, findings
