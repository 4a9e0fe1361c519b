"""How printing, sealing, dispatch, embossing, hand-out and archive of a batch are known to be done."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, QuerySet

from xueji.certificates.models import Certificate, CertificateState
from xueji.graduation.models import Batch
from xueji.production.archive import copies_due
from xueji.production.catalogue import blank_spec_for, is_central
from xueji.production.forms import certificates_of, to_print, view_of
from xueji.production.models import Embossing, HandOut, ParcelItem, PrintSheet, SheetOutcome


def is_printed(batch: Batch) -> bool:
    """Whether every certificate stands on a sheet that was confirmed as good."""
    good = PrintSheet.objects.filter(certificate=OuterRef("pk"), outcome=SheetOutcome.GOOD)
    return _all(batch, certificates_of(batch).exclude(Exists(good)))


def is_sealed(batch: Batch) -> bool:
    """Whether the authority has sealed the batch."""
    return batch.sealed_at is not None


def is_dispatched(batch: Batch) -> bool:
    """Whether the school has every diploma in hand."""
    here = ParcelItem.objects.filter(certificate=OuterRef("pk"), state=ParcelItem.State.RECEIVED)
    return _all(batch, certificates_of(batch).exclude(Exists(here)))


def is_embossed(batch: Batch) -> bool:
    """Whether photograph and steel seal are on every diploma."""
    done = Embossing.objects.filter(certificate=OuterRef("pk"))
    return _all(batch, certificates_of(batch).exclude(Exists(done)))


def is_handed_out(batch: Batch) -> bool:
    """Whether every diploma that is valid was handed to its graduate; what the seal was refused to is none."""
    given = HandOut.objects.filter(certificate=OuterRef("pk"))
    valid = certificates_of(batch).filter(state=CertificateState.SEALED)
    return valid.exists() and not valid.exclude(Exists(given)).exists()


def is_archived(batch: Batch) -> bool:
    """Whether every paper is lodged with every keeper."""
    return not copies_due(batch)


def has_blanks(batch: Batch) -> bool:
    """Whether whoever prints holds a blank for every certificate that still needs one.

    Before the numbers are given the graduates on the list are counted; a pack without a book of blanks has enough.
    """
    from xueji.blanks.queries import available_blanks
    from xueji.graduation.facts import LIVE

    view = view_of(batch)
    spec = blank_spec_for(view, batch.school, "graduation")
    if spec is None or is_central(view):
        return True
    needed = to_print(batch).count() if batch.numbered_at else batch.candidates.filter(state__in=LIVE).count()
    return available_blanks(batch.school, spec.key).count() >= needed


def _all(batch: Batch, lacking: QuerySet[Certificate]) -> bool:
    """Whether there are certificates and none of them is lacking."""
    return batch.numbered_at is not None and not lacking.exists() and certificates_of(batch).exists()
