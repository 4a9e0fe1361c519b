"""All writes of certificates: the book of numbers, and what is issued from it."""

from xueji.certificates.actions.issues import open_issue
from xueji.certificates.actions.issuing import (
    PreparedCertificates,
    issue_certificates,
    prepare_certificates,
    seal_certificates,
    void_by_case,
)
from xueji.certificates.actions.numbers import allocate_numbers, release_numbers, return_numbers
from xueji.certificates.actions.statements import confirm_last_numbers, drop_statement, state_last_numbers

__all__ = [
    "PreparedCertificates",
    "allocate_numbers",
    "confirm_last_numbers",
    "drop_statement",
    "issue_certificates",
    "open_issue",
    "prepare_certificates",
    "release_numbers",
    "return_numbers",
    "seal_certificates",
    "state_last_numbers",
    "void_by_case",
]
