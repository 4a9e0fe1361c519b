"""Write and read stored files: sealed, private, complete or not there at all.

A file lies under an address drawn at random, which tells nothing; the hash of its bytes is kept closed in its row,
and the same bytes are found again by a keyed fingerprint of that hash. Uploads are never shared between two acts,
because they are erased after a term.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, ManyToOneRel, OuterRef
from django.utils import timezone

from xueji.core.errors import NotFound, ServiceError
from xueji.documents.models import StoredFile
from xueji.sealing.files import SealedWriter, open_sealed, sealed_size
from xueji.sealing.texts import fingerprint, seal, unseal

TABLE, HASH = "documents_storedfile", "sha256"  # where the closed hash is bound to
_SETTLED = timedelta(days=1)  # after which a file must be named by its row, and a row by what it belongs to
_ADDRESS = re.compile(r"[0-9a-f]{64}", re.ASCII)


def stored_path(address: str) -> Path:
    """Return where the file of this address lies: two levels of folders keep each small. ValueError for no address."""
    if not _ADDRESS.fullmatch(address):
        raise ValueError("not an address of a stored file")
    return Path(settings.MEDIA_ROOT) / address[:2] / address[2:4] / address


def store_bytes(data: bytes, media_type: str) -> StoredFile:
    """Keep `data` and return its row; the same bytes again return the same row."""
    return store_many([data], media_type)[0]


def store_many(bodies: Sequence[bytes], media_type: str) -> list[StoredFile]:
    """Keep many contents of one kind and return their rows, in order; the same bytes have one row.

    The file is on the disk before the row is written: a crash between the two leaves a file nobody names, never a
    row without its file. ServiceError when the disk is full or read-only.
    """
    hashes = [hashlib.sha256(body).hexdigest() for body in bodies]
    contents = {index_of(sha256): (sha256, body) for sha256, body in zip(hashes, bodies, strict=True)}
    known_files = _handed_in_again(_kept(contents))
    for index, row in known_files.items():  # a copy of the database may have come back without all its files
        body = contents[index][1]
        path = stored_path(row.address)
        if not path.is_file() or path.stat().st_size != sealed_size(len(body)):
            _put(row.address, body)
    made = [_new(media_type, body, index) for index, (_, body) in contents.items() if index not in known_files]
    if made:
        StoredFile.objects.bulk_create(made, ignore_conflicts=True, batch_size=1000)
        known_files = _kept(contents)
        for row in made:
            assert row.content_index is not None
            if known_files[bytes(row.content_index)].pk != row.pk:  # somebody stored the same bytes at the same time
                stored_path(row.address).unlink(missing_ok=True)
    return [known_files[index_of(sha256)] for sha256 in hashes]


def _kept(indexes: Iterable[bytes]) -> dict[bytes, StoredFile]:
    found = StoredFile.objects.filter(content_index__in=list(indexes), erased_at__isnull=True)
    return {bytes(row.content_index): row for row in found if row.content_index is not None}


def _handed_in_again(known_files: dict[bytes, StoredFile]) -> dict[bytes, StoredFile]:
    """Note that old files were handed in anew, so that they are not taken for unclaimed; leave out one erased just now."""
    now = timezone.now()
    old = [row.pk for row in known_files.values() if row.created_at < now - _SETTLED / 24]
    if not old or StoredFile.objects.filter(pk__in=old, erased_at__isnull=True).update(created_at=now) == len(old):
        return known_files
    return _kept(known_files)


def kept_addresses(hashes: Iterable[str]) -> dict[str, str]:
    """Return where the bytes with these SHA-256 are kept, as address → hash; those that are not kept are left out."""
    by_index = {index_of(sha256): sha256 for sha256 in hashes}
    return {row.address: by_index[index] for index, row in _kept(by_index).items()}


def store_once(data: bytes, media_type: str) -> StoredFile:
    """Keep what is erased after a term: a file of its own, even when the same bytes are here already."""
    row = _new(media_type, data, None)
    row.save(force_insert=True)
    return row


def _new(media_type: str, data: bytes, index: bytes | None) -> StoredFile:
    """Write a file and return the row that is to name it."""
    address = secrets.token_hex(32)
    _put(address, data)
    row = StoredFile(
        address=address, media_type=media_type, size=len(data), content_index=index, key_id=settings.DATA_KEY_ACTIVE
    )
    row.sha256_sealed = seal(hashlib.sha256(data).hexdigest(), table=TABLE, column=HASH, row=address)
    return row


def _put(address: str, data: bytes) -> None:
    with whole_file(stored_path(address)) as out:
        sealed = SealedWriter(out, file_id=address)
        sealed.write(data)
        sealed.finish()


def write_again(address: str, data: bytes) -> None:
    """Put other bytes in the place of a stored file; whoever calls brings its row up to them."""
    _put(address, data)


def index_of(sha256: str) -> bytes:
    """Return the keyed fingerprint by which the same bytes are found without their hash being shown."""
    return fingerprint(f"file:{sha256}")


def hash_of(row: StoredFile) -> str:
    """Return the SHA-256 of a file's clear bytes: of an erased one too."""
    if row.sha256_sealed is None:
        return row.address  # from before files were sealed
    return unseal(row.sha256_sealed, table=TABLE, column=HASH, row=row.address)


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Write beside, flush to the disk, then rename: readers see the whole file or none. ServiceError when it fails."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".part-")  # created 0600
        try:
            with os.fdopen(handle, "wb") as out:
                yield out
                out.flush()
                os.fsync(out.fileno())
            Path(name).replace(path)
        except BaseException:
            with suppress(FileNotFoundError):
                Path(name).unlink()
            raise
        _sync_folder(path.parent)
    except OSError as error:
        raise ServiceError(f"文件未能保存（{error.strerror}）：请管理员检查磁盘空间后重试") from error


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def open_stored(address: str) -> BinaryIO:
    """Open a stored file for reading; NotFound when there is none, with the day when it was erased.

    Whatever is read was authenticated: a file changed on the disk raises FileBroken instead of being handed out.
    """
    try:
        file = stored_path(address).open("rb")
    except (FileNotFoundError, ValueError) as error:
        erased = StoredFile.objects.filter(pk=address[:64], erased_at__isnull=False).first()
        raise NotFound(erased_text(erased) if erased else "没有找到该文件") from error
    return open_sealed(file, file_id=address)


def read_stored(address: str) -> bytes:
    """Return all bytes of a stored file, as `open_stored`."""
    with open_stored(address) as file:
        return file.read()


def erased_text(row: StoredFile) -> str:
    """Return what pages say of a file that is no longer kept."""
    assert row.erased_at is not None
    return f"该文件已按期删除（{timezone.localdate(row.erased_at):%Y-%m-%d}），只留下登记"


def erase_stored(rows: Iterable[StoredFile], *, at: datetime) -> list[StoredFile]:
    """Erase the bytes of files; their rows stay, with hash, size and `erased_at`. Return which were there.

    The bytes go when the caller's transaction is over: one that is taken back leaves them. Whoever calls knows that
    nobody else needs them.
    """
    erased = []
    for row in StoredFile.objects.select_for_update().filter(pk__in=[row.pk for row in rows], erased_at__isnull=True):
        row.erased_at = at
        row.save(update_fields=["erased_at"])
        transaction.on_commit(_unlinker(stored_path(row.address)))
        erased.append(row)
    return erased


def _unlinker(path: Path) -> Callable[[], None]:
    return lambda: path.unlink(missing_ok=True)


@transaction.atomic
def erase_unclaimed(*, at: datetime) -> list[StoredFile]:
    """Erase files that nothing points at: photographs of uploads that were given up, what a job made before it died.

    One handed in during the last day is left alone: whoever handed it in may be about to point at it.
    """
    pointers = [
        Exists(relation.related_model._base_manager.filter(**{relation.field.attname: OuterRef("pk")}))  # noqa: SLF001
        for relation in StoredFile._meta.get_fields(include_hidden=True)  # noqa: SLF001  # Django's documented interface
        if isinstance(relation, ManyToOneRel)
    ]
    old = StoredFile.objects.select_for_update().filter(created_at__lt=at - _SETTLED, erased_at__isnull=True)
    return erase_stored(old.filter(*(~pointer for pointer in pointers)), at=at)


def clear_strays(*, at: datetime) -> int:
    """Remove the files that no row names, once they are a day old; return how many."""
    found = list(stray_files(older_than=at - _SETTLED))
    for path in found:
        path.unlink(missing_ok=True)
    return len(found)


def stray_files(*, older_than: datetime) -> Iterator[Path]:
    """Yield files under MEDIA_ROOT that no row names, and those of erased rows: what a crash left behind.

    Young ones are left alone: their row may be about to be written.
    """
    # Folder by folder, so that a million names are never in memory at once.
    for folder in sorted(Path(settings.MEDIA_ROOT).glob("[0-9a-f][0-9a-f]")):
        found: Mapping[str, Path] = {path.name: path for path in folder.rglob("*") if path.is_file()}
        named = set(StoredFile.objects.filter(pk__startswith=folder.name, erased_at=None).values_list("pk", flat=True))
        for name, path in sorted(found.items()):
            if name not in named and path.stat().st_mtime < older_than.timestamp():
                yield path
