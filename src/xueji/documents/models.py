"""Stored files by content hash; the bytes themselves lie under MEDIA_ROOT (see `storage`)."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class StoredFile(models.Model):
    """A file the system keeps: named by its SHA-256, so that the same bytes are stored once and cannot change."""

    sha256 = models.CharField("内容哈希", primary_key=True, max_length=64)
    media_type = models.CharField("类型", max_length=100)
    size = models.PositiveBigIntegerField("字节数")
    created_at = models.DateTimeField("保存时间", db_default=Now(), editable=False)

    class Meta:
        verbose_name = "文件"
        verbose_name_plural = "文件"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(sha256__regex=r"^[0-9a-f]{64}$"), name="stored_file_sha256_is_hex"
            ),
        )

    def __str__(self) -> str:
        return f"{self.sha256[:12]} ({self.media_type})"
