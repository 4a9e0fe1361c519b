"""Files stored by the hash of their content."""

from __future__ import annotations

from django.db import models


class StoredFile(models.Model):
    """One stored content; the same bytes are stored once."""

    sha256 = models.CharField(primary_key=True, max_length=64)
    media_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()  # bytes
    created_at = models.DateTimeField()
