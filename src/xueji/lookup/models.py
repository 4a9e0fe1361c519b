"""The access log of public checks: what the rate limits count. No names, no numbers: keyed hashes only."""

from __future__ import annotations

from django.db import models

from xueji.ledger.models import append_only


class LookupAttempt(models.Model):
    """One public check: from where (keyed hash of the address), at what (keyed hash of the number), with what outcome."""

    class Result(models.TextChoices):
        """What the asker was told."""

        FOUND = "found", "相符"
        NOT_FOUND = "not_found", "不符"
        LIMITED = "limited", "超限"

    at = models.DateTimeField()
    address_index = models.BinaryField(max_length=16)
    target_index = models.BinaryField(max_length=16)
    outcome = models.CharField(max_length=10, choices=Result.choices)

    class Meta:
        indexes = [
            models.Index(fields=["address_index", "at"]),
            models.Index(fields=["target_index", "at"]),
            models.Index(fields=["target_index", "address_index", "at"]),
            models.Index(fields=["at"]),
        ]
        triggers = append_only()
