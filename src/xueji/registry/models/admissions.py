"""AdmissionDay: the students of an intake who came on one day; what an upload of new students is about (S2 第六条)."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import models

from xueji.core.intakes import Intake
from xueji.institutions.models import School
from xueji.ledger.models import append_only
from xueji.registry.models.enrolments import Registration
from xueji.sealing.vouching import vouched


class AdmissionDay(models.Model):
    """A day on which students of an intake of a school went through 入学手续: the term to register them runs from it.

    The form of the national system holds the month alone, so the day is asked for before the form is sent.
    """

    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="admission_days")
    intake_year = models.PositiveSmallIntegerField("招生年份")
    intake_term = models.CharField("招生季节", max_length=6, choices=Registration.Term.choices)
    entered_on: models.DateField[date, date] = models.DateField("办理入学手续日期")
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()

    class Meta:
        ordering = ["-intake_year", "intake_term", "-entered_on"]
        constraints = [
            models.UniqueConstraint(
                name="admission_day_once", fields=["school", "intake_year", "intake_term", "entered_on"]
            )
        ]
        triggers = [*append_only(), *vouched()]

    def __str__(self) -> str:
        return f"{self.intake_year} 年{self.get_intake_term_display()}新生（{self.entered_on:%m-%d} 入学）"

    @property
    def intake(self) -> Intake:
        """Return the intake as the rules know it."""
        return Intake(self.intake_year, self.intake_term)
