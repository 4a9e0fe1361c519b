"""Every column that holds something sealed or a keyed index: what a change of keys has to go through.

A test finds the sealed fields and the columns named `*_sealed` and `*_index` that are not here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models, transaction

from xueji.sealing.fields import store_sealed
from xueji.sealing.indexes import keyed_index
from xueji.sealing.texts import blind_index, key_id_of

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A sealed field, and the field that holds a keyed index beside it.

    The index is the blind index of the same text or, where `over` names fields, the keyed index of these for `purpose`.
    """

    model: str
    field: str
    index: str = ""
    purpose: str = ""
    over: tuple[str, ...] = ()
    related: str = ""  # what the index is made of as well

    def index_of(self, row: Any) -> bytes:
        """Return the index as it is with the present key; empty where there is nothing to index."""
        texts = [getattr(row, name) for name in self.over or (self.field,)]
        if not any(texts):
            return b""
        return keyed_index(self.purpose, *texts) if self.over else blind_index(texts[0])


COLUMNS = (
    SealedColumn("accounts.Applicant", "phone", "phone_index", "phone of an applicant", ("phone",)),
    SealedColumn("accounts.Applicant", "document_number", "document_index"),
    SealedColumn("applications.Application", "original_number"),
    SealedColumn("applications.Application", "birth_date"),
    SealedColumn("applications.Application", "mail_address"),
    SealedColumn("applications.CounterEntry", "birth_date"),
    SealedColumn("applications.CounterEntry", "agent_number"),
    SealedColumn("applications.Defect", "on_paper"),
    SealedColumn("applications.Defect", "answer"),
    SealedColumn(
        "applications.Application", "", "diploma_index", "diploma of an applicant", ("diploma_key",), "applicant"
    ),
    SealedColumn("attestations.Attestation", "resident_id", "resident_id_index"),
    SealedColumn("attestations.Attestation", "birth_month"),
    SealedColumn("messaging.Message", "address"),
    SealedColumn("messaging.Message", "text"),
    SealedColumn("registry.Person", "resident_id", "resident_id_index"),
    SealedColumn("registry.Person", "birth_date"),
    SealedColumn(
        "registry.Enrolment", "", "tail_index", "tail of a number at a school", ("school_key", "id_tail"), "person"
    ),
    SealedColumn("registry.StudentNumber", "number", "number_index"),
    SealedColumn("registry.IdentityDocument", "number", "number_index"),
    SealedColumn("registry.Guardian", "phone"),
    SealedColumn("registry.Guardian", "document_number"),
    SealedColumn("registry.Registration", "form"),
    SealedColumn("registry.Arrival", "form"),
    SealedColumn("registry.CorrectionRequest", "wanted"),
    SealedColumn("registry.CorrectionRequest", "statement"),
    SealedColumn("registry.ParticularsChangeItem", "before"),
    SealedColumn("registry.ParticularsChangeItem", "after"),
    SealedColumn("certificates.Certificate", "holder_id"),
    SealedColumn("certificates.Certificate", "holder_birth_date"),
    SealedColumn("certificates.CertificateCaseItem", "before"),
    SealedColumn("certificates.CertificateCaseItem", "after"),
    SealedColumn("certificates.NumberCounter", "order_key"),
    SealedColumn("graduation.Candidate", "birth_date"),
    SealedColumn("uploads.UploadRow", "payload"),
    SealedColumn("graduation.StatusChangeLine", "resident_id", "resident_id_index"),
    SealedColumn("graduation.StatusChangeLine", "before"),
    SealedColumn("graduation.StatusChangeLine", "after", "content_index", "status change", ("before", "after")),
    SealedColumn("draws.Commitment", "secret"),
    SealedColumn("replacements.Replacement", "birth_date"),
    SealedColumn("replacements.Replacement", "resident_id"),
    SealedColumn("replacements.Replacement", "phone"),
    SealedColumn("replacements.Replacement", "address"),
    SealedColumn("replacements.Delivery", "code"),
    SealedColumn("replacements.Delivery", "phone"),
    SealedColumn("replacements.Delivery", "address"),
)
# Gone through elsewhere, or not at all, each with its reason.
ELSEWHERE = {
    "documents.StoredFile.sha256_sealed": "with the files (documents/resealing.py)",
    "documents.StoredFile.content_index": "with the files (documents/resealing.py)",
    "accounts.SignInCode.phone_index": "a code lives for minutes; with a new key the next one is asked for",
    "accounts.SignInCode.address_index": "a code lives for minutes; with a new key the next one is asked for",
    "accounts.SignInCode.code_index": "a code lives for minutes; with a new key the next one is asked for",
    "attestations.CounterSeal.handle_index": "a link lives for days; with a new key the school asks anew",
    "lookup.LookupAttempt.address_index": "counts for a day; with a new key the count begins anew",
    "lookup.LookupAttempt.target_index": "counts for a day; with a new key the count begins anew",
}


def reseal_column(column: SealedColumn) -> Iterator[int]:
    """Seal a column with the active key and compute its index anew; yield how many rows changed, part by part.

    What is right already is left: broken off, it goes on where it stopped.
    """
    model = apps.get_model(column.model)
    names = [name for name in (column.field, column.index) if name]
    last: Any = None
    while True:
        with transaction.atomic():
            rows = _next(model, last, column.related)
            changed = [row for row in rows if _refresh(row, column)]
            store_sealed(changed, *names)
        if not rows:
            return
        last = rows[-1].pk
        yield len(changed)


def _next(model: type[models.Model], last: Any, related: str) -> list[models.Model]:
    rows = model._default_manager.order_by("pk")  # noqa: SLF001  # Django's documented interface
    if related:
        rows = rows.select_related(related)
    if last is not None:
        rows = rows.filter(pk__gt=last)
    return list(rows.select_for_update(of=("self",))[:_AT_ONCE])


def _refresh(row: models.Model, column: SealedColumn) -> bool:
    """Bring one row up to the present keys; tell whether anything changed."""
    sealed = row.__dict__[column.field] if column.field else b""
    if not sealed and not column.over:
        return False
    is_old = bool(sealed) and key_id_of(sealed) != settings.DATA_KEY_ACTIVE
    if column.field:
        getattr(row, column.field)  # opened, so that it is stored sealed anew
    if not column.index:
        return is_old
    index = column.index_of(row)
    is_stale = bytes(getattr(row, column.index) or b"") != index
    if is_stale:
        setattr(row, column.index, index or None)
    return is_old or is_stale


def stale_indexes() -> list[str]:
    """Return the columns whose index was made with another key: what would no longer be found.

    The first and the last row of each are asked: indexes are computed anew in that order.
    """
    found = []
    for column in COLUMNS:
        rows = apps.get_model(column.model)._default_manager.order_by("pk")  # noqa: SLF001
        ends = [row for row in (rows.first(), rows.last()) if column.index and row is not None]
        if any(bytes(getattr(row, column.index) or b"") != column.index_of(row) for row in ends):
            found.append(column.model)
    return found
