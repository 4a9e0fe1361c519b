"""Stored files; the bytes themselves lie sealed under MEDIA_ROOT (see `storage`)."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class StoredFile(models.Model):
    """A file the system keeps: its address tells nothing of it, its hash is closed, its row outlives its bytes."""

    # The column has kept its first name. Rows from before files were sealed have the hash of their bytes for an address.
    address = models.CharField("存放处", primary_key=True, max_length=64, db_column="sha256")
    media_type = models.CharField("类型", max_length=100)
    size = models.PositiveBigIntegerField("字节数")
    sha256_sealed = models.BinaryField("内容哈希", null=True)
    content_index = models.BinaryField(max_length=16, null=True)  # by which the same bytes are found; uploads have none
    key_id = models.PositiveIntegerField("数据密钥", null=True)  # null: stored before files were sealed
    # When the bytes were handed in last: the same ones again renew it.
    created_at = models.DateTimeField("保存时间", db_default=Now(), editable=False)
    erased_at = models.DateTimeField("删除时间", null=True)

    class Meta:
        verbose_name = "文件"
        verbose_name_plural = "文件"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(address__regex=r"^[0-9a-f]{64}$"), name="stored_file_sha256_is_hex"
            ),
            models.UniqueConstraint(
                fields=["content_index"], condition=models.Q(erased_at__isnull=True), name="stored_file_kept_once"
            ),
            models.CheckConstraint(
                condition=models.Q(key_id__isnull=True) | models.Q(sha256_sealed__isnull=False),
                name="stored_file_sealed_has_hash",
            ),
        )

    def __str__(self) -> str:
        return f"{self.address[:12]} ({self.media_type})"
