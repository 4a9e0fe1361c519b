"""Uploads on their way in: what is too big for memory waits sealed, under a key that is written nowhere.

Django's own handler writes a readable file into the temporary folder, which stays there when the process is killed.
Here the file has no name, and its key is in this process's memory only: left behind, it tells nothing.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from xueji.sealing.files import SealedWriter, open_sealed

_FILE_ID = "upload"


class SealedSpool(FileUploadHandler):
    """Takes the place of Django's handler for files that do not fit in memory."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin a file."""
        super().new_file(*args, **kwargs)
        self._key = os.urandom(32)
        # Django closes what it finds under `file` when the sender goes away.
        self.file: Any = tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR)  # noqa: SIM115  # outlives this call
        self._writer = SealedWriter(self.file, file_id=_FILE_ID, key=self._key)
        self._digest = hashlib.sha256()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:  # noqa: ARG002  # Django's signature
        """Seal a piece."""
        self._writer.write(raw_data)
        self._digest.update(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile:
        """Return the whole file, readable to this process alone."""
        self._writer.finish()
        self.file.seek(0)
        clear: Any = open_sealed(self.file, file_id=_FILE_ID, key=self._key)
        file = UploadedFile(clear, self.file_name, self.content_type, file_size, self.charset, self.content_type_extra)
        file.digest = self._digest.hexdigest()  # type: ignore[attr-defined]  # read by `digest_of`
        return file

    def upload_interrupted(self) -> None:
        """Give the space back when the upload was given up."""
        if hasattr(self, "file"):
            self.file.close()


def digest_of(file: UploadedFile) -> str:
    """Return the SHA-256 of an upload, which is what tells it from another of the same name and size.

    A big file was hashed while it came in and is not opened again; what lies in memory is read and set back to its start.
    """
    known: str | None = getattr(file, "digest", None)
    if known is not None:
        return known
    digest = hashlib.sha256()
    for piece in file.chunks():
        digest.update(piece)
    file.seek(0)
    return digest.hexdigest()
