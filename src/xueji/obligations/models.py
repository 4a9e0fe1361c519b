"""What somebody owes, as the pack of the case said it on the day it began."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from xueji.cases.models import Case
from xueji.institutions.models import School
from xueji.ledger.triggers import kept_for_good, unchangeable
from xueji.sealing.rows import RowDigestField
from xueji.sealing.vouching import vouched


class Obligation(models.Model):
    """Something a school owes out of a case within a term, and who reported it done (S1-16).

    Label, effect and whether evidence is asked are the pack's on the day it began: a later version of the pack says
    nothing of what was owed before it.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="obligations")
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="obligations")
    key = models.CharField("事项", max_length=40)  # of the pack
    label = models.CharField("事项名称", max_length=80)
    effect = models.CharField("办结后", max_length=40, blank=True)  # of core.obligations.EFFECTS
    needs_evidence = models.BooleanField("须写明依据", default=False)
    clock = models.CharField(max_length=40)  # of the pack
    counted_from = models.DateField("起算日")
    due_on = models.DateField("期限")
    due_is_provisional = models.BooleanField(default=False)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    done_at = models.DateTimeField(null=True)
    evidence = models.CharField("说明", max_length=200, blank=True)
    digest = RowDigestField(
        covers=[
            "case_id", "school_id", "key", "label", "effect", "needs_evidence", "clock", "counted_from", "due_on",
            "due_is_provisional", "done_by_id", "done_at", "evidence",
        ]
    )  # fmt: skip

    class Meta:
        ordering = ["due_on", "id"]
        constraints = [
            models.UniqueConstraint(name="obligation_once_per_case", fields=["case", "key"]),
            models.CheckConstraint(
                name="obligation_done_by_and_at",
                condition=Q(done_by__isnull=True, done_at__isnull=True)
                | Q(done_by__isnull=False, done_at__isnull=False),
            ),
            models.CheckConstraint(
                name="obligation_done_with_evidence",
                condition=Q(done_at__isnull=True) | Q(needs_evidence=False) | ~Q(evidence=""),
            ),
        ]
        triggers = [
            *vouched(),
            *kept_for_good(),
            unchangeable("case_id", "school_id", "key", "label", "effect", "needs_evidence", "clock", "counted_from"),
        ]

    def __str__(self) -> str:
        return self.label
