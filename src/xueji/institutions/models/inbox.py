"""How far somebody has read what the ledger tells them: the messages themselves are its events."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class InboxMark(models.Model):
    """The newest message a person has read: what came later is new. Nobody's act, and vouched for by nothing."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="inbox_mark"
    )
    read_up_to = models.BigIntegerField("已读到")

    def __str__(self) -> str:
        return str(self.read_up_to)
