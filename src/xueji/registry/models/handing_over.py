"""What goes along with a student who was transferred: given by one school, taken by the other, each thing by itself."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from xueji.institutions.models import School
from xueji.registry.models.applications import StatusApplicant
from xueji.sealing.vouching import vouched


class HandOverItem(models.Model):
    """One thing handed over with one student, by the name the pack gives it; who has ticked it stands for good."""

    applicant = models.ForeignKey(StatusApplicant, on_delete=models.PROTECT, related_name="hand_over_items")
    what = models.CharField("交接内容", max_length=40)
    given_school = models.ForeignKey(School, on_delete=models.PROTECT, null=True, related_name="+")
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    given_at = models.DateTimeField("移交时间", null=True)
    taken_school = models.ForeignKey(School, on_delete=models.PROTECT, null=True, related_name="+")
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    taken_at = models.DateTimeField("接收时间", null=True)

    class Meta:
        ordering = ["applicant", "id"]
        constraints = [
            models.UniqueConstraint(name="hand_over_item_once", fields=["applicant", "what"]),
            models.CheckConstraint(
                name="given_by_and_at",
                condition=Q(given_school__isnull=True, given_by__isnull=True, given_at__isnull=True)
                | Q(given_school__isnull=False, given_by__isnull=False, given_at__isnull=False),
            ),
            models.CheckConstraint(
                name="taken_after_given_by_another_school",
                condition=Q(taken_school__isnull=True, taken_by__isnull=True, taken_at__isnull=True)
                | Q(given_at__isnull=False, taken_school__isnull=False, taken_by__isnull=False, taken_at__isnull=False)
                & Q(taken_at__gte=F("given_at"))
                & ~Q(taken_school=F("given_school")),
            ),
        ]
        triggers = [
            *vouched(),
            pgtrigger.Protect(name="hand_over_item_stays", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="taken_is_for_good", operation=pgtrigger.Update, condition=pgtrigger.Q(old__taken_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.what
