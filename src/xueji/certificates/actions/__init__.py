"""All writes of certificates: the book of numbers, and what is issued from it."""

from xueji.certificates.actions.issuing import (
    PreparedCertificates,
    issue_certificates,
    prepare_certificates,
    seal_certificates,
    void_by_case,
    void_certificate,
)
from xueji.certificates.actions.numbers import allocate_numbers, release_numbers, return_numbers, void_numbers

__all__ = [
    "PreparedCertificates",
    "allocate_numbers",
    "issue_certificates",
    "prepare_certificates",
    "release_numbers",
    "return_numbers",
    "seal_certificates",
    "void_by_case",
    "void_certificate",
    "void_numbers",
]
