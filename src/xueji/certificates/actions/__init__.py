"""All writes of certificates: the book of numbers, and what is issued from it."""

from xueji.certificates.actions.issuing import (
    PreparedCertificates,
    issue_certificates,
    prepare_certificates,
    seal_certificates,
    void_certificate,
)
from xueji.certificates.actions.numbers import release_numbers, void_numbers

__all__ = [
    "PreparedCertificates",
    "issue_certificates",
    "prepare_certificates",
    "release_numbers",
    "seal_certificates",
    "void_certificate",
    "void_numbers",
]
