"""Write and read stored files: content-addressed, private, complete or not there at all."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from xueji.core.errors import NotFound, ServiceError
from xueji.documents.models import StoredFile

_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


def stored_path(sha256: str) -> Path:
    """Return where the file of this hash lies: two levels of folders keep each small. ValueError for a non-hash."""
    if not _SHA256.fullmatch(sha256):
        raise ValueError("not a SHA-256 in lower-case hex")
    return Path(settings.MEDIA_ROOT) / sha256[:2] / sha256[2:4] / sha256


def store_bytes(data: bytes, media_type: str) -> StoredFile:
    """Keep `data` and return its row; the same bytes again return the same row.

    The file is on the disk before the row is written: a crash between the two leaves a file nobody names, never a
    row without its file. ServiceError when the disk is full or read-only.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    path = stored_path(sha256)
    try:
        if not path.is_file() or path.stat().st_size != len(data):
            _write(path, data)
    except OSError as error:
        raise ServiceError(f"文件未能保存（{error.strerror}）：请管理员检查磁盘空间后重试") from error
    row, _ = StoredFile.objects.get_or_create(sha256=sha256, defaults={"media_type": media_type, "size": len(data)})
    return row


def store_many(bodies: Sequence[bytes], media_type: str) -> list[StoredFile]:
    """Keep many contents of one kind and return their rows, in order: as `store_bytes`, in two statements for all."""
    hashes = [hashlib.sha256(body).hexdigest() for body in bodies]
    contents = dict(zip(hashes, bodies, strict=True))
    try:
        for sha256, body in contents.items():
            path = stored_path(sha256)
            if not path.is_file() or path.stat().st_size != len(body):
                _write(path, body)
    except OSError as error:
        raise ServiceError(f"文件未能保存（{error.strerror}）：请管理员检查磁盘空间后重试") from error
    StoredFile.objects.bulk_create(
        [StoredFile(sha256=key, media_type=media_type, size=len(body)) for key, body in contents.items()],
        ignore_conflicts=True,
        batch_size=1000,
    )
    rows = StoredFile.objects.in_bulk(list(contents))
    return [rows[key] for key in hashes]


def _write(path: Path, data: bytes) -> None:
    """Write beside, flush to the disk, then rename: readers see the whole file or none."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".part-")  # created 0600
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        Path(name).replace(path)
    except BaseException:
        with suppress(FileNotFoundError):
            Path(name).unlink()
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def open_stored(sha256: str) -> BinaryIO:
    """Open a stored file for reading; NotFound when there is none.

    Its bytes are hashed first: a file changed on the disk raises ServiceError instead of being handed out.
    """
    try:
        file = stored_path(sha256).open("rb")
    except (FileNotFoundError, ValueError) as error:
        raise NotFound("没有找到该文件") from error
    if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
        file.close()
        raise ServiceError(f"文件内容与登记的哈希不符（{sha256[:12]}…）：可能被改动或磁盘损坏，请从备份恢复")
    file.seek(0)
    return file
