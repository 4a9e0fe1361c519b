"""The upload of a workbook of graduates and of their photographs, until it is confirmed."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from xueji.documents.models import StoredFile
from xueji.graduation.models.batches import Batch
from xueji.graduation.models.reading import ReadFinding, ReadRow
from xueji.jobs.models import Job


class IntakeState(models.TextChoices):
    """Where an upload stands. Nothing is stored in the register before `confirmed`."""

    READING = "reading", "读取中"
    READY = "ready", "待确认"
    CONFIRMED = "confirmed", "已入库"
    DISCARDED = "discarded", "已放弃"
    FAILED = "failed", "无法读取"


class Intake(models.Model):
    """One upload of workbook and photographs, with everything that was found in it."""

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="intakes")
    workbook = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    workbook_name = models.CharField(max_length=200)
    photos = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    photos_name = models.CharField(max_length=200, blank=True)
    error_workbook = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    job = models.ForeignKey(Job, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=IntakeState.choices, default=IntakeState.READING)
    message = models.TextField(blank=True)  # why it could not be read at all
    row_count = models.PositiveIntegerField(default=0)
    error_count = models.PositiveIntegerField(default=0)
    warning_count = models.PositiveIntegerField(default=0)
    advice_count = models.PositiveIntegerField(default=0)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                name="one_open_intake_per_batch", fields=["batch"], condition=Q(state__in=["reading", "ready"])
            ),
            models.CheckConstraint(
                name="intake_confirmed_without_errors",
                condition=~Q(state="confirmed") | Q(error_count=0, confirmed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.workbook_name


class IntakeRow(ReadRow):
    """A row as read, sealed whole (it holds ID numbers), until it is confirmed; and how it differs from what is stored."""

    class Change(models.TextChoices):
        """Against the batch as it stands."""

        NEW = "new", "新增"
        CHANGED = "changed", "有变化"
        SAME = "same", "未变"
        REMOVED = "removed", "不再出现"  # in the batch, but not in this file: leaves it on confirmation

    intake = models.ForeignKey(Intake, on_delete=models.CASCADE, related_name="rows")
    photo = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    change = models.CharField(max_length=8, choices=Change.choices, default=Change.NEW)


class IntakeFinding(ReadFinding):
    """One finding of an upload: where, how bad, what, what to do, which clause."""

    intake = models.ForeignKey(Intake, on_delete=models.CASCADE, related_name="findings")
