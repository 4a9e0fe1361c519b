"""Files are sealed: their address tells nothing, their hash is closed, their row outlives their bytes.

The column of the address keeps its name, and rows in clear stay as they are: the next start seals them one by one
(`xueji reseal`), because their bytes must be read for it.
"""

from django.db import migrations, models

_HEX = "^[0-9a-f]{64}$"


class Migration(migrations.Migration):
    dependencies = [("documents", "0001_initial")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveConstraint("StoredFile", "stored_file_sha256_is_hex"),
                migrations.RenameField("StoredFile", "sha256", "address"),
                migrations.AlterField(
                    "StoredFile",
                    "address",
                    models.CharField(
                        db_column="sha256", max_length=64, primary_key=True, serialize=False, verbose_name="存放处"
                    ),
                ),
                migrations.AddConstraint(
                    "StoredFile",
                    models.CheckConstraint(
                        condition=models.Q(("address__regex", _HEX)), name="stored_file_sha256_is_hex"
                    ),
                ),
            ],
        ),
        migrations.AddField("StoredFile", "sha256_sealed", models.BinaryField(null=True, verbose_name="内容哈希")),
        migrations.AddField("StoredFile", "content_index", models.BinaryField(max_length=16, null=True)),
        migrations.AddField("StoredFile", "key_id", models.PositiveIntegerField(null=True, verbose_name="数据密钥")),
        migrations.AddField("StoredFile", "erased_at", models.DateTimeField(null=True, verbose_name="删除时间")),
        migrations.AddConstraint(
            "StoredFile",
            models.UniqueConstraint(
                condition=models.Q(("erased_at__isnull", True)),
                fields=("content_index",),
                name="stored_file_kept_once",
            ),
        ),
        migrations.AddConstraint(
            "StoredFile",
            models.CheckConstraint(
                condition=models.Q(("key_id__isnull", True), ("sha256_sealed__isnull", False), _connector="OR"),
                name="stored_file_sealed_has_hash",
            ),
        ),
    ]
