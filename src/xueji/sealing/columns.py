"""Every column that holds something sealed or a keyed index: what a change of keys has to go through.

A test finds the columns named `*_sealed` and `*_index` that are not here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pgtrigger
from django.apps import apps
from django.conf import settings
from django.db import models, transaction

from xueji.sealing.texts import blind_index, key_id_of, seal, unseal

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A sealed column: its model, its field, the table and column it is bound to, and the attribute that is its row.

    `index` is the field that holds the blind index of the same text; `ignoring` the triggers that hold the column fast
    (the text stays the same, so nothing they protect changes).
    """

    model: str
    field: str
    table: str
    column: str
    row: str = "pk"
    index: str = ""
    ignoring: tuple[str, ...] = ()


COLUMNS = (
    SealedColumn("registry.Person", "resident_id_sealed", "registry_person", "resident_id", index="resident_id_index"),
    SealedColumn("registry.ParticularsChangeItem", "after_sealed", "registry_particularschangeitem", "after", "change_id"),
    SealedColumn("certificates.Certificate", "holder_id_sealed", "certificates_certificate", "holder_id"),
    SealedColumn(
        "certificates.CertificateCaseItem", "after_sealed", "certificates_certificatecaseitem", "after", "certificate_case_id"
    ),
    SealedColumn("graduation.IntakeRow", "payload_sealed", "graduation_intakerow", "payload"),
    SealedColumn("graduation.RecordRow", "payload_sealed", "graduation_recordrow", "payload"),
    SealedColumn(
        "graduation.StatusChangeLine", "resident_id_sealed", "graduation_statuschangeline", "resident_id",
        index="resident_id_index",
    ),
    SealedColumn(
        "graduation.DrawCommitment", "secret_sealed", "graduation_drawcommitment", "secret",
        ignoring=("graduation.DrawCommitment:content_unchangeable",),
    ),
)  # fmt: skip
# Gone through elsewhere, or not at all, each with its reason.
ELSEWHERE = {
    "documents.StoredFile.sha256_sealed": "with the files (documents/resealing.py)",
    "documents.StoredFile.content_index": "with the files (documents/resealing.py)",
    "lookup.LookupAttempt.address_index": "counts for a day; with a new key the count begins anew",
    "lookup.LookupAttempt.target_index": "counts for a day; with a new key the count begins anew",
}


def reseal_column(column: SealedColumn) -> Iterator[int]:
    """Seal a column with the active key and compute its index anew; yield how many rows changed, part by part.

    What is right already is left: broken off, it goes on where it stopped.
    """
    model = apps.get_model(column.model)
    names = [column.field, *([column.index] if column.index else [])]
    last: Any = None
    while True:
        with transaction.atomic(), pgtrigger.ignore(*column.ignoring):
            rows = _next(model, last)
            changed = [row for row in rows if _refresh(row, column)]
            model._default_manager.bulk_update(changed, names)  # noqa: SLF001  # Django's documented interface
        if not rows:
            return
        last = rows[-1].pk
        yield len(changed)


def _next(model: type[models.Model], last: Any) -> list[models.Model]:
    rows = model._default_manager.order_by("pk")  # noqa: SLF001  # Django's documented interface
    if last is not None:
        rows = rows.filter(pk__gt=last)
    return list(rows.select_for_update()[:_AT_ONCE])


def _refresh(row: models.Model, column: SealedColumn) -> bool:
    """Bring one row up to the present keys; tell whether anything changed."""
    sealed = getattr(row, column.field)
    if not sealed:
        return False
    place = {"table": column.table, "column": column.column, "row": getattr(row, column.row)}
    text = unseal(sealed, **place)
    if is_old := key_id_of(sealed) != settings.DATA_KEY_ACTIVE:
        setattr(row, column.field, seal(text, **place))
    if not column.index:
        return is_old
    index = blind_index(text)
    is_stale = bytes(getattr(row, column.index)) != index
    setattr(row, column.index, index)
    return is_old or is_stale


def stale_indexes() -> list[str]:
    """Return the columns whose index was made with another key: what would no longer be found.

    The first and the last row of each are asked: indexes are computed anew in that order.
    """
    found = []
    for column in COLUMNS:
        rows = apps.get_model(column.model)._default_manager.order_by("pk")  # noqa: SLF001
        ends = [row for row in (rows.first(), rows.last()) if column.index and row is not None]
        place = {"table": column.table, "column": column.column}
        for row in ends:
            text = unseal(getattr(row, column.field), **place, row=getattr(row, column.row))
            if bytes(getattr(row, column.index)) != blind_index(text):
                found.append(column.model)
                break
    return found
