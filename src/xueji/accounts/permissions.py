"""What a person may do. Posts grant permissions (`institutions/posts.py`); every URL names the one it needs."""

from __future__ import annotations

from enum import StrEnum


class Sight(StrEnum):
    """What a person sees of an ID number and a birth date without a logged look: one of the two, or neither.

    Both together are the number: its region is guessed from the school, its digits 7 to 14 are the birth date.
    """

    TAIL = "tail"  # the last four characters
    BIRTH_DATE = "birth_date"
    NEITHER = "neither"


class Permission(StrEnum):
    """One permission; the value is the word used in the access table, the ledger and the manual."""

    VIEW_BATCHES = "batch:view"
    PREPARE_BATCH = "batch:prepare"  # create, upload, confirm, withdraw graduates, submit
    DECIDE_CASES = "case:decide"  # the step itself says which post of which place
    VIEW_REGISTER = "register:view"  # the students of a school or an area: lists, files, histories
    REGISTER_STUDENTS = "student:register"  # enters students, asks for their filing
    CONFIRM_REGISTRATION = (
        "student:confirm"  # confirms what was entered, where the law asks for two: what another entered
    )
    FILE_STATUS_CHANGE = "status_change:file"
    FILE_PARTICULARS_CHANGE = "particulars_change:file"
    FILE_SPECIAL_CASE = "special_case:file"
    MAKE_ATTESTATIONS = "attestation:make"  # fills in what a school attests of its graduates; another person confirms
    SERVE_AT_COUNTER = "application:counter"  # enters for somebody who stands there, and never decides what was entered
    SEAL_ATTESTATIONS = "attestation:seal"  # answers for the health authority that was asked for its seal
    PRINT_DOCUMENTS = "document:print"
    CALIBRATE_PRINTERS = "printer:calibrate"
    MANAGE_SEASONS = "season:manage"
    MANAGE_SEALING = "sealing:manage"
    BOOK_SEALING = "sealing:book"
    SEAL = "certificate:seal"
    REPORT_DUTIES = "duty:report"
    WATCH_DUTIES = "duty:watch"
    IMPOSE_SANCTIONS = "sanction:impose"
    REVEAL_IDENTITY = "resident_id:reveal"
    FETCH_DOCUMENTS = (
        "document:fetch"  # files with numbers and birth dates as their notice says; each fetch is recorded
    )
    VOID_CERTIFICATES = "certificate:void"
    REQUEST_NUMBERS = "number:request"  # a school states its head-counts and asks for number blocks
    STATE_NUMBERS = "number_statement:file"  # after a restore: says, or confirms, which number is the last on paper
    REQUEST_BLANKS = "blank:request"  # a school asks for blank diplomas, takes them in, reports spoiled and lost ones
    KEEP_BLANKS = "blank:keep"  # receives from the printer, keeps the stock
    DISPENSE_BLANKS = "blank:dispense"  # hands blanks out; never the same person as the keeper
    KEEP_VOID_BLANKS = "blank:keep_void"  # takes spoiled blanks back, stamps and keeps them
    WATCH_BLANKS = "blank:watch"  # reads the book of blanks and its balance sheet
    PRINT_CENTRALLY = "document:print_centrally"  # prints for schools where the pack says the authority prints
    RECORD_SPOT_CHECK = "spot_check:record"
    DISPATCH_DIPLOMAS = "diploma:dispatch"
    HAND_OUT_DIPLOMAS = "diploma:hand_out"
    FILE_CERTIFICATE_CASE = "certificate_case:file"  # reprint, correction, voiding, replacement of a certificate
    RECORD_GRADUATES = "graduate:record"  # vocational certificates, employment, subject marks, e-file state
    FILE_RECEIPT = (
        "receipt:file"  # announces the graduates to be sealed, for a city or a school directly under the province
    )
    EDIT_CALENDAR = "calendar:edit"
    READ_LEDGER = "ledger:read"
    SEE_STATISTICS = "statistics:view"
    MANAGE_ACCOUNTS = "account:manage"
    MANAGE_INSTITUTIONS = "institution:manage"  # authorities, schools, principals and programmes in one's area
    PUBLISH_LICENCES = "licence:publish"  # at the province itself: what each school may admit to in an intake
    SEE_LICENCES = "licence:view"  # what was published, of the schools in one's reach
    WATCH_SYSTEM = "system:watch"  # reads in what state the installation is; nothing of anybody's data
    WATCH_JOBS = "job:watch"  # sees the long work of the whole area and starts again what failed
