"""Stored files on record; their bytes are stored with `documents.storage.store_bytes` where a test reads them."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import factory

from xueji.documents.models import StoredFile


class StoredFileFactory(factory.django.DjangoModelFactory):
    """A PDF that is on record only."""

    class Meta:
        model = StoredFile

    address = factory.Sequence(lambda n: hashlib.sha256(str(n).encode()).hexdigest())
    media_type = "application/pdf"
    size = 1
    created_at = datetime(2019, 7, 1, tzinfo=UTC)
