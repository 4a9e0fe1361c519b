"""What a person may do. Posts grant permissions (`institutions/posts.py`); every URL names the one it needs."""

from __future__ import annotations

from enum import StrEnum


class Permission(StrEnum):
    """One permission; the value is the word used in the access table, the ledger and the manual."""

    VIEW_BATCHES = "batch:view"
    PREPARE_BATCH = "batch:prepare"  # create, upload, confirm, withdraw graduates, submit
    DECIDE_CASES = "case:decide"  # the step itself says which post of which place
    FILE_PARTICULARS_CHANGE = "particulars_change:file"
    FILE_SPECIAL_CASE = "special_case:file"
    PRINT_DOCUMENTS = "print:run"
    CALIBRATE_PRINTERS = "print:calibrate"
    MANAGE_SEASONS = "season:manage"
    MANAGE_SEALING = "sealing:manage"
    BOOK_SEALING = "sealing:book"
    SEAL = "sealing:seal"
    REPORT_DUTIES = "duty:report"
    WATCH_DUTIES = "duty:watch"
    IMPOSE_SANCTIONS = "sanction:impose"
    REVEAL_IDENTITY = "person:reveal"
    VOID_CERTIFICATES = "certificate:void"
    EDIT_CALENDAR = "calendar:edit"
    READ_LEDGER = "ledger:read"
    SEE_STATISTICS = "statistics:see"
    MANAGE_ACCOUNTS = "accounts:manage"
