"""How printing, sealing, dispatch, embossing, hand-out and archive of an issue are known to be done."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from xueji.certificates.models import CertificateState, Issue
from xueji.production.archive import copies_due
from xueji.production.catalogue import blank_spec_for, is_central, keys_of_kind
from xueji.production.form_data import certificates_of, to_print
from xueji.production.kinds import kind_of
from xueji.production.models import Embossing, HandOut, ParcelItem, PrintRun, PrintSheet, SheetOutcome
from xueji.statements import Existence, Slot

_THIS = {"certificate": OuterRef("pk")}
_VALID = {"state": CertificateState.SEALED}


def _is_lacking(done: QuerySet[Any], **narrowed: object) -> Existence:
    """Ask whether an issue has a live certificate for which something is not done."""
    return Existence(lambda: certificates_of(Slot("issue")).filter(**narrowed).exclude(Exists(done)))


_IS_ANY = Existence(lambda: certificates_of(Slot("issue")))
# A sheet that was spoiled after a file was asked for: whoever spoiled it says that no diploma came of it.
_SPOILED_SINCE = PrintSheet.objects.filter(
    certificate=OuterRef(OuterRef("pk")), outcome=SheetOutcome.SPOILED, confirmed_at__gte=OuterRef("requested_at")
)
# A file of all diplomas, for a pack that counts no blanks: it holds whoever had a certificate of its kind when it was made.
_FILES = PrintRun.objects.filter(
    issue=OuterRef("issue"), is_loaded=False, mode__in=[PrintRun.Mode.OVERLAY, PrintRun.Mode.FULL], file__isnull=False,
    requested_at__gte=OuterRef("issued_at"),
).exclude(Exists(_SPOILED_SINCE))  # fmt: skip
_OF_COMPLETION = Q(document__regex=keys_of_kind("completion"))
_IN_A_FILE = Q(Exists(_FILES.filter(_OF_COMPLETION)), kind="completion") | (
    Q(Exists(_FILES.exclude(_OF_COMPLETION))) & ~Q(kind="completion")
)
_IS_UNPRINTED = Existence(
    lambda: (
        certificates_of(Slot("issue"))
        .exclude(Exists(PrintSheet.objects.filter(**_THIS, outcome=SheetOutcome.GOOD)))
        .exclude(_IN_A_FILE)
    )
)
_IS_ELSEWHERE = _is_lacking(ParcelItem.objects.filter(**_THIS, state=ParcelItem.State.RECEIVED))
_IS_NOT_EMBOSSED = _is_lacking(Embossing.objects.filter(**_THIS))
_IS_VALID = Existence(lambda: certificates_of(Slot("issue")).filter(**_VALID))
_IS_NOT_HANDED_OUT = _is_lacking(HandOut.objects.filter(**_THIS), **_VALID)


def is_printed(issue: Issue) -> bool:
    """Whether every certificate stands on a sheet confirmed as good, or in a file of all made for printing and not spoiled since."""
    return _all(issue, _IS_UNPRINTED)


def is_sealed(issue: Issue) -> bool:
    """Whether the authority has sealed the issue."""
    return issue.sealed_at is not None


def is_dispatched(issue: Issue) -> bool:
    """Whether the school has every diploma in hand."""
    return _all(issue, _IS_ELSEWHERE)


def is_embossed(issue: Issue) -> bool:
    """Whether photograph and steel seal are on every diploma."""
    return _all(issue, _IS_NOT_EMBOSSED)


def is_handed_out(issue: Issue) -> bool:
    """Whether every diploma that is valid was handed to its graduate; what the seal was refused to is none."""
    return _IS_VALID.yes(issue=issue.pk) and not _IS_NOT_HANDED_OUT.yes(issue=issue.pk)


def is_archived(issue: Issue) -> bool:
    """Whether every paper is lodged with every keeper."""
    return not copies_due(issue)


def has_blanks(issue: Issue) -> bool:
    """Whether whoever prints holds a blank for every certificate that still needs one.

    Before the numbers are given its kind says how many are expected; a pack without a book of blanks has enough.
    """
    from xueji.blanks.queries import available_blanks

    view = issue.law
    spec = blank_spec_for(view, issue.school, "graduation")
    if spec is None or is_central(view):
        return True
    needed = to_print(issue).count() if issue.numbered_at else kind_of(issue).expected(issue)
    return available_blanks(issue.school, spec.key).count() >= needed


def _all(issue: Issue, is_lacking: Existence) -> bool:
    """Whether there are certificates and none of them is lacking."""
    return issue.numbered_at is not None and not is_lacking.yes(issue=issue.pk) and _IS_ANY.yes(issue=issue.pk)
