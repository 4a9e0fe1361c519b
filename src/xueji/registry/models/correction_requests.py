"""What a student, or who stands for a minor, asks to be put right in their registration (S2 第二十条): a task of the school."""

from __future__ import annotations

import uuid

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from xueji.accounts.models import Applicant
from xueji.registry.models.changes import ParticularsChange
from xueji.registry.models.enrolments import Enrolment
from xueji.registry.models.people import Guardian
from xueji.sealing.fields import SealedTextField
from xueji.sealing.vouching import vouched


class CorrectionRequest(models.Model):
    """One field that is said to be wrong, with what is right; the school takes it up as an information change, or says why not.

    Nothing of the register moves by it: the change is decided as any other, on the papers the school is shown.
    """

    class State(models.TextChoices):
        """Where it stands."""

        OPEN = "open", "待学校处理"
        TAKEN = "taken", "学校已启动信息变更"
        REFUSED = "refused", "学校未采纳"
        WITHDRAWN = "withdrawn", "已撤回"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="correction_requests")
    applicant = models.ForeignKey(Applicant, on_delete=models.PROTECT, related_name="correction_requests")
    guardian = models.ForeignKey(Guardian, on_delete=models.PROTECT, null=True, related_name="+")
    field = models.CharField("项目", max_length=30)  # a key of `registry.changes.FIELDS`
    wanted = SealedTextField("更正为", place="wanted", bound_to="enrolment_id")
    statement = SealedTextField("情况说明", place="statement", bound_to="enrolment_id")
    asked_at = models.DateTimeField("提出时间")
    state = models.CharField("状态", max_length=9, choices=State.choices, default=State.OPEN)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField("处理时间", null=True)
    answer = models.CharField("学校答复", max_length=300, blank=True)
    change = models.OneToOneField(
        ParticularsChange, on_delete=models.PROTECT, null=True, related_name="correction_request"
    )

    class Meta:
        ordering = ["asked_at", "id"]
        constraints = [
            models.UniqueConstraint(
                name="one_open_request_per_field", fields=["enrolment", "field"], condition=Q(state="open")
            ),
            models.CheckConstraint(
                name="request_answered_by_and_at",
                condition=Q(state="open", answered_by=None, answered_at=None)
                | ~Q(state="open") & Q(answered_by__isnull=False, answered_at__isnull=False),
            ),
            models.CheckConstraint(
                name="request_taken_by_a_change",
                condition=Q(state="taken", change__isnull=False) | ~Q(state="taken") & Q(change=None),
            ),
            models.CheckConstraint(name="request_refused_with_words", condition=~Q(state="refused") | ~Q(answer="")),
        ]
        triggers = [
            *vouched(),
            pgtrigger.Protect(name="request_stays", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="request_answered_once", operation=pgtrigger.Update, condition=~pgtrigger.Q(old__state="open")
            ),
        ]

    def __str__(self) -> str:
        return self.get_state_display()
