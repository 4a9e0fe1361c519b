"""Requests of schools for certificate numbers."""

from __future__ import annotations

from django.db import models

from xueji.cases.models import Case
from xueji.certificates.models import NumberBlock
from xueji.graduation.models.batches import GraduationOutcome
from xueji.graduation.models.seasons import Season
from xueji.institutions.models import School


class NumberApplication(models.Model):
    """A school's request for certificate numbers of a season, by head-count; each line is granted a block of its own."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="number_application")
    season = models.ForeignKey(Season, on_delete=models.PROTECT, related_name="number_applications")
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="number_applications")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.case.title


class NumberLine(models.Model):
    """One group of graduates of a request: as many numbers as heads, in one run."""

    application = models.ForeignKey(NumberApplication, on_delete=models.CASCADE, related_name="lines")
    outcome = models.CharField(
        "毕（结）业", max_length=10, choices=GraduationOutcome.choices, default=GraduationOutcome.GRADUATION
    )
    programme_name = models.CharField("专业", max_length=80)
    entry_month = models.CharField("入学年月", max_length=7)
    duration_years = models.DecimalField("学制", max_digits=3, decimal_places=1)
    study_mode = models.CharField("学习形式", max_length=20)
    admission_category = models.CharField("招生类别", max_length=20, blank=True)
    head_count = models.PositiveIntegerField("毕业人数")
    block = models.OneToOneField(NumberBlock, on_delete=models.PROTECT, null=True, related_name="number_line")

    class Meta:
        ordering = ["outcome", "programme_name", "duration_years", "entry_month", "study_mode", "admission_category"]
        constraints = [
            models.UniqueConstraint(
                name="number_line_once",
                fields=[
                    "application", "outcome", "programme_name", "entry_month", "duration_years", "study_mode",
                    "admission_category",
                ],
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        years = f"{self.duration_years.normalize():f}年"
        parts = (self.programme_name, self.entry_month, years, self.study_mode, self.admission_category)
        return " · ".join(part for part in parts if part)
