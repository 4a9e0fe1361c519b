"""Seal stored files again: those from before files were sealed, and those under a key that is to be given up.

File by file, each whole before its row says so: broken off anywhere, it goes on where it stopped.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import BinaryIO

from django.conf import settings
from django.db.models import Q, QuerySet

from xueji.core.errors import ServiceError
from xueji.documents.models import StoredFile
from xueji.documents.storage import HASH, TABLE, hash_of, index_of, stored_path, whole_file
from xueji.sealing.files import FileBroken, SealedWriter, open_sealed, sealed_with
from xueji.sealing.texts import key_id_of, seal

_PIECE = 1024 * 1024
_AT_ONCE = 500
# Uploads are erased after a term and never shared, so the same bytes are not looked for among them.
_UPLOADS = {
    "application/octet-stream", "application/zip", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip


def files_to_seal() -> QuerySet[StoredFile]:
    """Return the files that are in clear or under another than the active key."""
    active = settings.DATA_KEY_ACTIVE
    return StoredFile.objects.filter(Q(key_id__isnull=True) | ~Q(key_id=active), erased_at__isnull=True)


def reseal_files() -> Iterator[str | None]:
    """Seal every file with the active key; yield None for each that was, and a sentence for one that could not be."""
    last = ""
    while rows := list(files_to_seal().filter(pk__gt=last).order_by("pk")[:_AT_ONCE]):
        for row in rows:
            last = row.pk
            try:
                _reseal(row)
            except (OSError, ServiceError) as error:
                yield f"{row.address[:12]}…：{getattr(error, 'message', None) or error}"
            else:
                yield None


def _reseal(row: StoredFile) -> None:
    path = stored_path(row.address)
    with path.open("rb") as file:
        head = file.read(64)
    if sealed_with(head) != settings.DATA_KEY_ACTIVE:
        with path.open("rb") as file, whole_file(path) as out:
            source: BinaryIO = file if sealed_with(head) is None else open_sealed(file, file_id=row.address)
            sha256 = _copy(source, SealedWriter(out, file_id=row.address))
            _compare(row, sha256)
    else:  # the file was written, its row was not
        with open_sealed(path.open("rb"), file_id=row.address) as clear:
            sha256 = hashlib.file_digest(clear, "sha256").hexdigest()
            _compare(row, sha256)
    if row.key_id is None:
        row.content_index = None if row.media_type in _UPLOADS else index_of(sha256)
    row.sha256_sealed = seal(sha256, table=TABLE, column=HASH, row=row.address)
    row.key_id = settings.DATA_KEY_ACTIVE
    row.save(update_fields=["sha256_sealed", "key_id", "content_index"])


def _copy(source: BinaryIO, sealed: SealedWriter) -> str:
    """Seal all of `source`; return its SHA-256."""
    digest = hashlib.sha256()
    while piece := source.read(_PIECE):
        digest.update(piece)
        sealed.write(piece)
    sealed.finish()
    return digest.hexdigest()


def _compare(row: StoredFile, sha256: str) -> None:
    """Refuse to seal what is not the file of the row: it would pass for it from then on."""
    if sha256 != hash_of(row):
        raise FileBroken("内容与登记的哈希不符，没有密封；请从备份恢复")


def reseal_hashes() -> Iterator[int]:
    """Seal the hashes of erased files with the active key, and compute every fingerprint anew; yield how many changed."""
    rows = StoredFile.objects.filter(sha256_sealed__isnull=False).order_by("pk")
    last = ""
    while found := list(rows.filter(pk__gt=last)[:_AT_ONCE]):
        last = found[-1].pk
        changed = [row for row in found if _refreshed(row)]
        StoredFile.objects.bulk_update(changed, ["sha256_sealed", "content_index"])
        yield len(changed)


def _refreshed(row: StoredFile) -> bool:
    """Bring the hash and the fingerprint of a row up to the present keys; tell whether anything changed."""
    assert row.sha256_sealed is not None
    sha256, index = hash_of(row), row.content_index
    if is_old := key_id_of(row.sha256_sealed) != settings.DATA_KEY_ACTIVE:
        row.sha256_sealed = seal(sha256, table=TABLE, column=HASH, row=row.address)
    if index is not None:
        row.content_index = index_of(sha256)
    return is_old or (index is not None and bytes(index) != row.content_index)
