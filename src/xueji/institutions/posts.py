"""Which post may do what: the one table from posts to permissions."""

from __future__ import annotations

from collections.abc import Mapping

from xueji.accounts.permissions import Permission as P
from xueji.institutions.models import Post

PERMISSIONS_OF: Mapping[str, frozenset[P]] = {
    Post.SCHOOL_CLERK: frozenset({
        P.VIEW_BATCHES, P.PREPARE_BATCH, P.FILE_PARTICULARS_CHANGE, P.FILE_SPECIAL_CASE, P.PRINT_DOCUMENTS,
        P.CALIBRATE_PRINTERS, P.BOOK_SEALING, P.REPORT_DUTIES, P.REVEAL_IDENTITY,
    }),
    Post.SCHOOL_LEADER: frozenset({P.VIEW_BATCHES, P.DECIDE_CASES, P.REVEAL_IDENTITY, P.SEE_STATISTICS}),
    Post.COUNTY_REVIEWER: frozenset({P.VIEW_BATCHES, P.DECIDE_CASES, P.REVEAL_IDENTITY, P.WATCH_DUTIES, P.SEE_STATISTICS}),
    Post.CITY_REVIEWER: frozenset({
        P.VIEW_BATCHES, P.DECIDE_CASES, P.REVEAL_IDENTITY, P.MANAGE_SEASONS, P.MANAGE_SEALING, P.WATCH_DUTIES,
        P.SEE_STATISTICS, P.EDIT_CALENDAR, P.VOID_CERTIFICATES,
    }),
    Post.CITY_LEADER: frozenset({P.VIEW_BATCHES, P.DECIDE_CASES, P.IMPOSE_SANCTIONS, P.WATCH_DUTIES, P.SEE_STATISTICS}),
    Post.CITY_SEALER: frozenset({P.VIEW_BATCHES, P.SEAL, P.MANAGE_SEALING}),
    Post.CITY_SEAL_SUPERVISOR: frozenset({P.VIEW_BATCHES, P.SEAL}),
    Post.AUDITOR: frozenset({P.READ_LEDGER, P.SEE_STATISTICS}),  # writes nothing
    Post.ADMINISTRATOR: frozenset({P.MANAGE_ACCOUNTS}),  # reads no personal data
}  # fmt: skip
