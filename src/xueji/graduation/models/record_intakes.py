"""The upload of a workbook of records about graduates, until it is confirmed."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from xueji.core.record_facts import RECORD_KINDS
from xueji.documents.models import StoredFile
from xueji.graduation.models.batches import Batch
from xueji.graduation.models.reading import ReadFinding, ReadRow
from xueji.jobs.models import Job

KIND_CHOICES = [(kind.key, kind.label) for kind in RECORD_KINDS.values()]


class RecordIntakeState(models.TextChoices):
    """Where an upload of records stands. Nothing is stored before `confirmed`."""

    READING = "reading", "读取中"
    READY = "ready", "待确认"
    CONFIRMED = "confirmed", "已入库"
    DISCARDED = "discarded", "已放弃"
    FAILED = "failed", "无法读取"


class RecordIntake(models.Model):
    """One upload of a workbook of records about the graduates of a batch, with everything that was found in it."""

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="record_intakes")
    kind = models.CharField("表册", max_length=12, choices=KIND_CHOICES)
    workbook = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    workbook_name = models.CharField(max_length=200)
    error_workbook = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    job = models.ForeignKey(Job, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=RecordIntakeState.choices, default=RecordIntakeState.READING)
    message = models.TextField(blank=True)
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
                name="one_open_record_intake_per_batch_and_kind",
                fields=["batch", "kind"],
                condition=Q(state__in=["reading", "ready"]),
            ),
            models.CheckConstraint(
                name="record_intake_confirmed_without_errors",
                condition=~Q(state="confirmed") | Q(error_count=0, confirmed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="record_intake_confirmed_by_and_at",
                condition=Q(confirmed_by__isnull=True, confirmed_at__isnull=True)
                | Q(confirmed_by__isnull=False, confirmed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.workbook_name


class RecordRow(ReadRow):
    """A line as read, sealed whole (it holds ID numbers), until it is confirmed; and how it differs from what is stored."""

    class Change(models.TextChoices):
        """Against what is stored. A line that a later file does not repeat stays: certificates come one by one."""

        NEW = "new", "新增"
        CHANGED = "changed", "有变化"
        SAME = "same", "未变"

    intake = models.ForeignKey(RecordIntake, on_delete=models.CASCADE, related_name="rows")
    change = models.CharField(max_length=8, choices=Change.choices, default=Change.NEW)


class RecordFinding(ReadFinding):
    """One finding of an upload of records."""

    intake = models.ForeignKey(RecordIntake, on_delete=models.CASCADE, related_name="findings")
