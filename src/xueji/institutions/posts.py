"""Which post may do what, and what it sees of an ID number: the one table from posts to either."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from xueji.accounts.permissions import Permission as P
from xueji.accounts.permissions import Sight
from xueji.institutions.models import Post

# What the people of a school do no more while another place acts for it (代管): what goes through the two systems.
_WITHHELD = frozenset({
    P.REGISTER_STUDENTS, P.CONFIRM_REGISTRATION, P.FILE_STATUS_CHANGE, P.FILE_PARTICULARS_CHANGE, P.FILE_SPECIAL_CASE,
    P.PREPARE_BATCH, P.REQUEST_NUMBERS, P.PRINT_DOCUMENTS, P.FILE_CERTIFICATE_CASE, P.RECORD_GRADUATES, P.DECIDE_CASES,
})  # fmt: skip
# A post at such a school, by what it is called on pages; it is held by nobody in the table of posts.
ACTED_FOR: Mapping[str, Post] = {
    "学校经办人（由他人代管，只能查看）": Post.SCHOOL_CLERK, "学校负责人（由他人代管，只能查看）": Post.SCHOOL_LEADER,
}  # fmt: skip
_AS_ACTED_FOR = {str(post): word for word, post in ACTED_FOR.items()}


def as_acted_for(post: str) -> str:
    """Return what a post at a school is while another place acts for it."""
    return _AS_ACTED_FOR.get(post, post)


class _Granted(dict[str, frozenset[P]]):
    """The table; a post this version does not know (a later one's, or a renamed one's) grants nothing."""

    def __missing__(self, post: str) -> frozenset[P]:
        return self[ACTED_FOR[post]] - _WITHHELD if post in ACTED_FOR else frozenset()


PERMISSIONS_OF: Mapping[str, frozenset[P]] = _Granted({
    Post.SCHOOL_CLERK: frozenset({
        P.VIEW_REGISTER, P.REGISTER_STUDENTS, P.CONFIRM_REGISTRATION, P.FILE_STATUS_CHANGE,
        P.VIEW_BATCHES, P.PREPARE_BATCH, P.FILE_PARTICULARS_CHANGE, P.FILE_SPECIAL_CASE, P.PRINT_DOCUMENTS,
        P.CALIBRATE_PRINTERS, P.BOOK_SEALING, P.REPORT_DUTIES, P.REVEAL_IDENTITY, P.FETCH_DOCUMENTS, P.REQUEST_NUMBERS, P.REQUEST_BLANKS,
        P.WATCH_BLANKS, P.HAND_OUT_DIPLOMAS, P.FILE_CERTIFICATE_CASE, P.RECORD_GRADUATES,
        P.FILE_RECEIPT, P.SEE_LICENCES, P.MAKE_ATTESTATIONS,
    }),
    Post.SCHOOL_LEADER: frozenset({P.VIEW_REGISTER, P.CONFIRM_REGISTRATION, P.VIEW_BATCHES, P.DECIDE_CASES, P.REVEAL_IDENTITY, P.FETCH_DOCUMENTS, P.SEE_STATISTICS, P.SEE_LICENCES}),
    Post.COUNTY_REVIEWER: frozenset({P.VIEW_REGISTER, P.VIEW_BATCHES, P.DECIDE_CASES, P.REVEAL_IDENTITY, P.FETCH_DOCUMENTS, P.WATCH_DUTIES, P.SEE_STATISTICS, P.SEE_LICENCES, P.MAKE_ATTESTATIONS, P.SERVE_AT_COUNTER}),
    Post.CITY_REVIEWER: frozenset({
        P.VIEW_REGISTER, P.VIEW_BATCHES, P.DECIDE_CASES, P.REVEAL_IDENTITY, P.FETCH_DOCUMENTS, P.MANAGE_SEASONS, P.MANAGE_SEALING, P.WATCH_DUTIES,
        P.SEE_STATISTICS, P.EDIT_CALENDAR, P.VOID_CERTIFICATES, P.WATCH_BLANKS, P.RECORD_SPOT_CHECK, P.DISPATCH_DIPLOMAS,
        P.FILE_RECEIPT, P.STATE_NUMBERS, P.SEE_LICENCES, P.MAKE_ATTESTATIONS, P.SERVE_AT_COUNTER,
    }),
    Post.CITY_LEADER: frozenset({
        P.VIEW_REGISTER, P.VIEW_BATCHES, P.DECIDE_CASES, P.FETCH_DOCUMENTS, P.IMPOSE_SANCTIONS, P.WATCH_DUTIES, P.SEE_STATISTICS,
        P.STATE_NUMBERS, P.SEE_LICENCES,
    }),
    Post.PROVINCE_REVIEWER: frozenset({
        P.VIEW_REGISTER, P.VIEW_BATCHES, P.DECIDE_CASES, P.REVEAL_IDENTITY, P.FETCH_DOCUMENTS, P.MANAGE_SEASONS, P.MANAGE_SEALING, P.WATCH_DUTIES,
        P.SEE_STATISTICS, P.EDIT_CALENDAR, P.VOID_CERTIFICATES, P.WATCH_BLANKS, P.RECORD_SPOT_CHECK, P.DISPATCH_DIPLOMAS,
        P.STATE_NUMBERS, P.PUBLISH_LICENCES, P.SEE_LICENCES, P.MAKE_ATTESTATIONS, P.SEAL_ATTESTATIONS, P.SERVE_AT_COUNTER,
    }),
    Post.PROVINCE_LEADER: frozenset({
        P.VIEW_REGISTER, P.VIEW_BATCHES, P.DECIDE_CASES, P.FETCH_DOCUMENTS, P.IMPOSE_SANCTIONS, P.WATCH_DUTIES, P.SEE_STATISTICS, P.WATCH_BLANKS,
        P.STATE_NUMBERS, P.SEE_LICENCES,
    }),
    Post.BLANK_KEEPER: frozenset({P.KEEP_BLANKS, P.WATCH_BLANKS}),
    Post.BLANK_ISSUER: frozenset({P.DISPENSE_BLANKS, P.WATCH_BLANKS}),
    Post.VOID_KEEPER: frozenset({P.KEEP_VOID_BLANKS, P.WATCH_BLANKS}),
    Post.PRINTER: frozenset({P.VIEW_BATCHES, P.FETCH_DOCUMENTS, P.PRINT_CENTRALLY, P.CALIBRATE_PRINTERS, P.WATCH_BLANKS, P.DISPATCH_DIPLOMAS}),
    Post.SEALER: frozenset({P.VIEW_BATCHES, P.SEAL, P.MANAGE_SEALING}),
    Post.SEAL_SUPERVISOR: frozenset({P.VIEW_BATCHES, P.SEAL}),
    Post.AUDITOR: frozenset({P.READ_LEDGER, P.SEE_STATISTICS, P.WATCH_SYSTEM}),  # writes nothing
    # reads no personal data
    Post.ADMINISTRATOR: frozenset({P.MANAGE_ACCOUNTS, P.MANAGE_INSTITUTIONS, P.STATE_NUMBERS, P.WATCH_JOBS, P.WATCH_SYSTEM}),
})  # fmt: skip

# Who works with cards in hand tells people apart by the tail; who examines lists looks at the birth date.
SIGHT_OF: Mapping[str, Sight] = {
    Post.SCHOOL_CLERK: Sight.TAIL,
    Post.SCHOOL_LEADER: Sight.TAIL,
    Post.COUNTY_REVIEWER: Sight.BIRTH_DATE,
    Post.CITY_REVIEWER: Sight.BIRTH_DATE,
    Post.CITY_LEADER: Sight.BIRTH_DATE,
    Post.PROVINCE_REVIEWER: Sight.BIRTH_DATE,
    Post.PROVINCE_LEADER: Sight.BIRTH_DATE,
    Post.BLANK_KEEPER: Sight.NEITHER,
    Post.BLANK_ISSUER: Sight.NEITHER,
    Post.VOID_KEEPER: Sight.NEITHER,
    Post.PRINTER: Sight.TAIL,
    Post.SEALER: Sight.TAIL,
    Post.SEAL_SUPERVISOR: Sight.TAIL,
    Post.AUDITOR: Sight.NEITHER,
    Post.ADMINISTRATOR: Sight.NEITHER,
}


def sight_of_posts(posts: Iterable[str]) -> Sight:
    """Return what the holder of some posts sees on every page: the birth date when one of them does, then no tail."""
    seen = {SIGHT_OF.get(ACTED_FOR.get(post, post), Sight.NEITHER) for post in posts}
    return next((sight for sight in (Sight.BIRTH_DATE, Sight.TAIL) if sight in seen), Sight.NEITHER)
