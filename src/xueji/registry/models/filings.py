"""What a school asks for: the filing (备案) of the students of an intake, decided as one case, student by student (S2 第七条)."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q

from xueji.cases.models import Case
from xueji.core.intakes import Intake
from xueji.registry.models.enrolments import Enrolment, Registration
from xueji.sealing.rows import RowDigestField
from xueji.sealing.vouching import vouched


class FilingRequest(models.Model):
    """Students of one intake of a school who are to be filed; the case of its workflow decides it."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="filing_request")
    intake_year = models.PositiveSmallIntegerField("招生年份")
    intake_term = models.CharField("招生季节", max_length=6, choices=Registration.Term.choices)

    class Meta:
        triggers = vouched()

    def __str__(self) -> str:
        return f"{self.intake_year} 年{self.get_intake_term_display()}新生备案"

    @property
    def intake(self) -> Intake:
        """Return the intake as the rules know it."""
        return Intake(self.intake_year, self.intake_term)


class FilingEntry(models.Model):
    """A student of a request and what became of it; `findings` are the reasons, with their clauses, for whom it did not pass."""

    class Outcome(models.TextChoices):
        """What became of it."""

        OPEN = "open", "办理中"
        FILED = "filed", "已备案"
        RETURNED = "returned", "未通过检查"
        REFUSED = "refused", "不予备案"
        WITHDRAWN = "withdrawn", "已撤回"

    request = models.ForeignKey(FilingRequest, on_delete=models.PROTECT, related_name="entries")
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="filing_entries")
    outcome = models.CharField("结果", max_length=9, choices=Outcome.choices, default=Outcome.OPEN)
    findings = models.JSONField(default=list)
    digest = RowDigestField(covers=["request_id", "enrolment_id", "outcome", "findings"])

    class Meta:
        ordering = ["request", "id"]
        constraints = [
            models.UniqueConstraint(name="filing_entry_once", fields=["request", "enrolment"]),
            models.UniqueConstraint(
                name="one_open_filing_per_enrolment", fields=["enrolment"], condition=Q(outcome="open")
            ),
            models.CheckConstraint(
                name="filing_returned_with_reasons", condition=~Q(outcome="returned") | ~Q(findings=[])
            ),
        ]
        triggers = [*vouched(), pgtrigger.Protect(name="filing_entry_stays", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.get_outcome_display()
