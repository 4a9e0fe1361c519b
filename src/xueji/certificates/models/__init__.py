"""The book of numbers, issues, and the certificates issued in them."""

from __future__ import annotations

from xueji.certificates.models.certificates import (
    TITLES,
    Certificate,
    CertificateCase,
    CertificateCaseItem,
    CertificateState,
)
from xueji.certificates.models.issues import Issue, IssueBlock, Term
from xueji.certificates.models.numbers import (
    CertificateNumber,
    NumberBlock,
    NumberCounter,
    NumberState,
    NumberStatement,
    NumberStatementLine,
    SkippedSerials,
)

__all__ = [
    "TITLES",
    "Certificate",
    "CertificateCase",
    "CertificateCaseItem",
    "CertificateNumber",
    "CertificateState",
    "Issue",
    "IssueBlock",
    "NumberBlock",
    "NumberCounter",
    "NumberState",
    "NumberStatement",
    "NumberStatementLine",
    "SkippedSerials",
    "Term",
]
