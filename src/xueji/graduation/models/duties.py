"""What a school owes after sealing."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from xueji.graduation.models.batches import Batch


class Duty(models.Model):
    """What a school owes after sealing (S1-16), each within the term of the pack."""

    class Kind(models.TextChoices):
        """The three things of the clause."""

        SUBMIT_GRADUATED = "submit_graduated", "在学籍管理系统提交毕业"
        GRADUATE_MODULE = "graduate_module", "填报毕业生管理模块"
        EMPLOYMENT_MODULE = "employment_module", "填报就业管理模块"

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="duties")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    due_on = models.DateField("期限")
    due_is_provisional = models.BooleanField(default=False)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    done_at = models.DateTimeField(null=True)
    note = models.CharField("说明", max_length=200, blank=True)

    class Meta:
        ordering = ["due_on", "id"]
        constraints = [
            models.UniqueConstraint(name="duty_once_per_batch", fields=["batch", "kind"]),
            models.CheckConstraint(
                name="duty_done_by_and_at",
                condition=Q(done_by__isnull=True, done_at__isnull=True)
                | Q(done_by__isnull=False, done_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return str(self.get_kind_display())
