"""How printing, sealing, dispatch, embossing, hand-out and archive of a batch are known to be done."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from xueji.certificates.models import CertificateState
from xueji.graduation.models import Batch
from xueji.production.archive import copies_due
from xueji.production.catalogue import blank_spec_for, is_central
from xueji.production.forms import certificates_of, to_print
from xueji.production.models import Embossing, HandOut, ParcelItem, PrintSheet, SheetOutcome
from xueji.statements import Question, Slot

_THIS = {"certificate": OuterRef("pk")}
_VALID = {"state": CertificateState.SEALED}


def _is_lacking(done: QuerySet[Any], **narrowed: object) -> Question:
    """Ask whether a batch has a live certificate for which something is not done."""
    return Question(lambda: certificates_of(Slot("batch")).filter(**narrowed).exclude(Exists(done)))


_IS_ANY = Question(lambda: certificates_of(Slot("batch")))
_IS_UNPRINTED = _is_lacking(PrintSheet.objects.filter(**_THIS, outcome=SheetOutcome.GOOD))
_IS_ELSEWHERE = _is_lacking(ParcelItem.objects.filter(**_THIS, state=ParcelItem.State.RECEIVED))
_IS_NOT_EMBOSSED = _is_lacking(Embossing.objects.filter(**_THIS))
_IS_VALID = Question(lambda: certificates_of(Slot("batch")).filter(**_VALID))
_IS_NOT_HANDED_OUT = _is_lacking(HandOut.objects.filter(**_THIS), **_VALID)


def is_printed(batch: Batch) -> bool:
    """Whether every certificate stands on a sheet that was confirmed as good."""
    return _all(batch, _IS_UNPRINTED)


def is_sealed(batch: Batch) -> bool:
    """Whether the authority has sealed the batch."""
    return batch.sealed_at is not None


def is_dispatched(batch: Batch) -> bool:
    """Whether the school has every diploma in hand."""
    return _all(batch, _IS_ELSEWHERE)


def is_embossed(batch: Batch) -> bool:
    """Whether photograph and steel seal are on every diploma."""
    return _all(batch, _IS_NOT_EMBOSSED)


def is_handed_out(batch: Batch) -> bool:
    """Whether every diploma that is valid was handed to its graduate; what the seal was refused to is none."""
    return _IS_VALID.yes(batch=batch.pk) and not _IS_NOT_HANDED_OUT.yes(batch=batch.pk)


def is_archived(batch: Batch) -> bool:
    """Whether every paper is lodged with every keeper."""
    return not copies_due(batch)


def has_blanks(batch: Batch) -> bool:
    """Whether whoever prints holds a blank for every certificate that still needs one.

    Before the numbers are given the graduates on the list are counted; a pack without a book of blanks has enough.
    """
    from xueji.blanks.queries import available_blanks
    from xueji.graduation.facts import LIVE

    view = batch.law
    spec = blank_spec_for(view, batch.school, "graduation")
    if spec is None or is_central(view):
        return True
    needed = to_print(batch).count() if batch.numbered_at else batch.candidates.filter(state__in=LIVE).count()
    return available_blanks(batch.school, spec.key).count() >= needed


def _all(batch: Batch, is_lacking: Question) -> bool:
    """Whether there are certificates and none of them is lacking."""
    return batch.numbered_at is not None and not is_lacking.yes(batch=batch.pk) and _IS_ANY.yes(batch=batch.pk)
