"""Refused graduates argued for by formal document."""

from __future__ import annotations

from django.db import models

from xueji.cases.models import Case
from xueji.graduation.models.batches import Batch, Candidate


class SpecialCase(models.Model):
    """A refused graduate argued for by formal document (S1-14): reasons by class, evidence, decided by the city."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="special_case")
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="special_cases")
    document_number = models.CharField("正式文件文号", max_length=60)

    def __str__(self) -> str:
        return self.document_number


class SpecialCaseItem(models.Model):
    """One graduate of a special-case file with the class of reason."""

    special_case = models.ForeignKey(SpecialCase, on_delete=models.CASCADE, related_name="items")
    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="special_case_items")
    reason_class = models.CharField("原因类别", max_length=40)
    explanation = models.TextField("说明")

    class Meta:
        constraints = [
            models.UniqueConstraint(name="candidate_once_per_special_case", fields=["special_case", "candidate"])
        ]
