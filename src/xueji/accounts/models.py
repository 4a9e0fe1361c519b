"""People who sign in. Accounts are issued by an office, never self-registered; what they may do comes from their posts."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils import timezone


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


class SentForm(models.Model):
    """A form that was sent and done: sent again, as it is, it leads to what it led to and does nothing.

    Kept a day; the key is a keyed digest of who sent which page with which values, so that it tells nothing.
    """

    key = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    sent_at = models.DateTimeField()
    location = models.CharField(max_length=500, blank=True)  # where the answer led to

    class Meta:
        verbose_name = "已办理的表单"
        indexes = [models.Index(fields=["user", "sent_at"])]  # Django's way

    def __str__(self) -> str:
        return f"{self.user} {timezone.localtime(self.sent_at):%Y-%m-%d %H:%M:%S}"
