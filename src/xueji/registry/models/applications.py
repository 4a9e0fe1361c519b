"""What a school asks for: a change of status of one student or of many, decided as one case (S2 第十一条 to 第十五条)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from xueji.cases.models import Case
from xueji.registry.models.changes import StatusChange
from xueji.registry.models.enrolments import Enrolment
from xueji.sealing.rows import RowDigestField
from xueji.sealing.vouching import vouched


class StatusApplication(models.Model):
    """A change that is applied for; the case of its workflow decides it. `change` is the law's word (a key of `status.toml`)."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="status_application")
    change = models.CharField("异动", max_length=10)
    reason = models.CharField("原因类别", max_length=20, blank=True)  # absence | expulsion, where the rules ask
    statement = models.TextField("申请事由")
    effective_on = models.DateField("生效日期")
    is_undoing = models.BooleanField("撤销已办理的异动", default=False)

    class Meta:
        triggers = vouched()

    def __str__(self) -> str:
        return self.change


class StatusApplicant(models.Model):
    """A student of an application: what is to become of the record, and what became of it.

    `wanted` holds what the change moves beside the status, by the names of `Registration` and `Enrolment` (programme_id,
    study_mode, grade, class_name, expected_graduation …), `until` the end of a suspension.
    """

    class Outcome(models.TextChoices):
        """What became of it."""

        OPEN = "open", "办理中"
        DONE = "done", "已办理"
        LEFT_OUT = "left_out", "未办理"

    application = models.ForeignKey(StatusApplication, on_delete=models.PROTECT, related_name="applicants")
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="applied_changes")
    wanted = models.JSONField(default=dict)
    undoes = models.ForeignKey(StatusChange, on_delete=models.PROTECT, null=True, related_name="undoings")
    outcome = models.CharField("结果", max_length=10, choices=Outcome.choices, default=Outcome.OPEN)
    note = models.CharField("说明", max_length=200, blank=True)
    done_by = models.OneToOneField(StatusChange, on_delete=models.PROTECT, null=True, related_name="applied_by")
    digest = RowDigestField(
        covers=["application_id", "enrolment_id", "wanted", "undoes_id", "outcome", "note", "done_by_id"]
    )

    class Meta:
        ordering = ["application", "id"]
        constraints = [
            models.UniqueConstraint(name="applicant_once", fields=["application", "enrolment"]),
            models.UniqueConstraint(
                name="one_open_application_per_enrolment", fields=["enrolment"], condition=Q(outcome="open")
            ),
            models.CheckConstraint(
                name="applicant_done_by_a_change",
                condition=Q(outcome="done", done_by__isnull=False) | ~Q(outcome="done") & Q(done_by__isnull=True),
            ),
        ]
        triggers = vouched()

    def __str__(self) -> str:
        return self.get_outcome_display()
