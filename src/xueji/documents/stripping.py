"""Photographs kept from before they were cleaned on their way in: written again as the picture alone.

The address stays, since certificates and events name it; hash, size and fingerprint in the row follow the new bytes.
Broken off between file and row, the next run finds a clean file under an old row and brings the row up to it: it opens
under our own key and address, so nobody but this program wrote it.
"""

from __future__ import annotations

import hashlib

from xueji.core.errors import ServiceError
from xueji.documents.models import StoredFile
from xueji.documents.photos import picture_alone
from xueji.documents.storage import HASH, TABLE, hash_of, index_of, read_stored, write_again
from xueji.sealing.files import FileBroken
from xueji.sealing.texts import seal


def strip_stored(row: StoredFile) -> bool:
    """Write a stored photograph again without what travelled with it; return False when nothing did.

    FileBroken when the file is not the one of its row: it would pass for it from then on.
    """
    data = read_stored(row.address)
    sha256, kept = hashlib.sha256(data).hexdigest(), hash_of(row)
    try:
        alone = picture_alone(data)
    except ValueError as error:
        raise ServiceError("照片打不开，没有去除附带信息") from error
    if alone == data and sha256 == kept:
        return False
    if alone != data:
        if sha256 != kept:
            raise FileBroken("内容与登记的哈希不符，没有改写；请从备份恢复")
        write_again(row.address, alone)
        sha256 = hashlib.sha256(alone).hexdigest()
    _follow(row, sha256, len(alone))
    return True


def _follow(row: StoredFile, sha256: str, size: int) -> None:
    """Bring a row up to its file. Where the same picture is kept already, that one is what is found by its bytes."""
    index = index_of(sha256)
    others = StoredFile.objects.filter(content_index=index, erased_at__isnull=True).exclude(pk=row.pk).exists()
    row.sha256_sealed, row.size = seal(sha256, table=TABLE, column=HASH, row=row.address), size
    row.content_index = None if others else index
    row.save(update_fields=["sha256_sealed", "size", "content_index"])
