"""Seasons, batches, candidates; uploads before they are confirmed; records about graduates; receipts, spot checks, rates."""

from __future__ import annotations

from xueji.graduation.models.applications import NumberApplication, NumberLine
from xueji.graduation.models.batches import Batch, Candidate, CandidateState, GraduationOutcome, RegisterLine
from xueji.graduation.models.rates import RateLine, RatePublication
from xueji.graduation.models.receipts import Receipt, ReceiptLine
from xueji.graduation.models.records import (
    CollegeEntry,
    EFileState,
    EmploymentRecord,
    StatusChangeLine,
    SubjectResult,
    VocationalCertificate,
)
from xueji.graduation.models.seasons import Season
from xueji.graduation.models.special import SpecialCase, SpecialCaseItem
from xueji.graduation.models.spot_checks import SpotCheck, SpotCheckCommitment, SpotCheckItem

__all__ = [
    "Batch",
    "Candidate",
    "CandidateState",
    "CollegeEntry",
    "EFileState",
    "EmploymentRecord",
    "GraduationOutcome",
    "NumberApplication",
    "NumberLine",
    "RateLine",
    "RatePublication",
    "Receipt",
    "ReceiptLine",
    "RegisterLine",
    "Season",
    "SpecialCase",
    "SpecialCaseItem",
    "SpotCheck",
    "SpotCheckCommitment",
    "SpotCheckItem",
    "StatusChangeLine",
    "SubjectResult",
    "VocationalCertificate",
]
