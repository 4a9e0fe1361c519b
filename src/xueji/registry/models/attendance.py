"""What a check of attendance found of a student: there or away, since when, until when, with leave or without (S2 第十三条)."""

from __future__ import annotations

import uuid
from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from xueji.core.attendance import Attendance
from xueji.ledger.models import append_only
from xueji.registry.models.enrolments import Enrolment
from xueji.sealing.vouching import vouched


class AttendanceNote(models.Model):
    """One student at one check of attendance; never changed. Of two notes of one day the later one counts: it corrects the first.

    `absent_since` is empty for who was there. The notes are the evidence of a withdrawal that is proposed, and of status without
    a student (负面清单 FM4).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="attendance_notes")
    checked_on: models.DateField[date, date] = models.DateField("核查日期")
    absent_since: models.DateField[date | None, date | None] = models.DateField("未到校之日", null=True)
    back_on: models.DateField[date | None, date | None] = models.DateField("返校之日", null=True)
    leave_until: models.DateField[date | None, date | None] = models.DateField("准假至", null=True)
    reason = models.CharField("未到校原因", max_length=60, blank=True)
    contacts = models.CharField("联系情况", max_length=300, blank=True)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()

    class Meta:
        ordering = ["enrolment", "-checked_on", "-entered_at"]
        indexes = [  # who is away is few among everybody checked
            models.Index(
                name="attendance_away", fields=["enrolment"],
                condition=Q(absent_since__isnull=False, back_on__isnull=True),
            ),
        ]  # fmt: skip
        constraints = [
            models.UniqueConstraint(name="attendance_noted_once", fields=["enrolment", "checked_on", "entered_at"]),
            models.CheckConstraint(
                name="absent_before_the_check",
                condition=Q(absent_since__isnull=True) | Q(absent_since__lte=F("checked_on")),
            ),
            models.CheckConstraint(
                name="back_after_the_absence",
                condition=Q(back_on__isnull=True)
                | Q(absent_since__isnull=False, back_on__gt=F("absent_since"), back_on__lte=F("checked_on")),
            ),
            models.CheckConstraint(
                name="leave_of_who_is_absent",
                condition=Q(leave_until__isnull=True)
                | Q(absent_since__isnull=False, leave_until__gte=F("absent_since")),
            ),
        ]
        triggers = [*append_only(), *vouched()]

    def __str__(self) -> str:
        return f"{self.checked_on:%Y-%m-%d} 考勤核查"

    @property
    def attendance(self) -> Attendance:
        """Return what was found, as the rules know it."""
        return Attendance(self.absent_since, self.back_on, self.leave_until, self.reason, self.contacts)

    @property
    def has_leave(self) -> bool:
        """Whether leave was granted for the day of the check."""
        return self.attendance.has_leave_on(self.checked_on)
