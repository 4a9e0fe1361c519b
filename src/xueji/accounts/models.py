"""People who sign in. Accounts are issued by an office, never self-registered; what they may do comes from their posts."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """A named person; never shared, never a default account."""

    first_name = None  # type: ignore[assignment]  # Chinese names are one field
    last_name = None  # type: ignore[assignment]  # see above
    full_name = models.CharField("姓名", max_length=60)
    phone = models.CharField("联系电话", max_length=20, blank=True)
    looked_after_by = models.ForeignKey(  # while its person has no post: who made the account, or ended its last post
        "self", on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )

    REQUIRED_FIELDS = ["full_name"]

    def get_full_name(self) -> str:
        """Return the person's name."""
        return self.full_name

    def get_short_name(self) -> str:
        """Return the person's name."""
        return self.full_name

    def __str__(self) -> str:
        return self.full_name or self.username
