"""The receipt before sealing (附件1)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from xueji.graduation.models.seasons import Season
from xueji.institutions.models import Authority, School


class Receipt(models.Model):
    """What an authority, or a school directly under the province, announces for a season (附件1, S4-10)."""

    season = models.ForeignKey(Season, on_delete=models.PROTECT, related_name="receipts")
    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, null=True, related_name="receipts")
    school = models.ForeignKey(School, on_delete=models.PROTECT, null=True, related_name="receipts")
    contact_name = models.CharField("联系人", max_length=40)
    contact_phone = models.CharField("联系电话", max_length=40)
    address = models.CharField("联系地址", max_length=120)
    is_late = models.BooleanField("逾期报送", default=False)
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    filed_at = models.DateTimeField("报送时间")

    class Meta:
        ordering = ["-filed_at"]
        constraints = [
            models.CheckConstraint(
                name="receipt_of_authority_or_school",
                condition=Q(authority__isnull=False, school__isnull=True)
                | Q(authority__isnull=True, school__isnull=False),
            ),
            models.UniqueConstraint(name="receipt_once_per_authority", fields=["season", "authority"]),
            models.UniqueConstraint(name="receipt_once_per_school", fields=["season", "school"]),
        ]

    def __str__(self) -> str:
        return str(self.authority or self.school)


class ReceiptLine(models.Model):
    """One school of a receipt, with its head-count and whom to call."""

    receipt = models.ForeignKey(Receipt, on_delete=models.CASCADE, related_name="lines")
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="receipt_lines")
    graduates = models.PositiveIntegerField("毕业生总数")
    contact = models.CharField("学校联系人及手机号码", max_length=60)
    address = models.CharField("学校地址", max_length=120)

    class Meta:
        ordering = ["school__code"]
        constraints = [models.UniqueConstraint(name="receipt_line_once", fields=["receipt", "school"])]

    def __str__(self) -> str:
        return f"{self.school} {self.graduates}"
