"""Upload, UploadRow, UploadFinding: what somebody sent, until a person confirms it (ADR 0007, ADR 0023)."""

from __future__ import annotations

import uuid
from datetime import datetime
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from xueji.documents.models import StoredFile
from xueji.institutions.models import Authority, School
from xueji.jobs.models import Job
from xueji.sealing.fields import SealedTextField
from xueji.uploads.kinds import UploadKind, kind_of


class UploadState(models.TextChoices):
    """Where an upload stands. Nothing of it counts before `confirmed`."""

    READING = "reading", "读取中"
    READY = "ready", "待确认"
    CONFIRMED = "confirmed", "已入库"
    DISCARDED = "discarded", "已放弃"
    FAILED = "failed", "无法读取"


OPEN = (UploadState.READING, UploadState.READY)
_SUBJECT = ["kind", "subject_type", "subject_id"]


class Upload(models.Model):
    """One workbook, with photographs where its kind takes them, and everything that was found in it.

    What it is about is named as the ledger names it, by model and key: the tables of later kinds stand above this app.
    Whose it is, a school's or an authority's, is a relation.
    """

    kind = models.CharField("种类", max_length=40)  # UploadKind
    subject_type = models.CharField(max_length=60)  # model label, e.g. graduation.Batch
    subject_id = models.BigIntegerField()
    school = models.ForeignKey(School, on_delete=models.PROTECT, null=True, related_name="+")
    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, null=True, related_name="+")
    workbook = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    workbook_name = models.CharField(max_length=200)
    photos = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    photos_name = models.CharField(max_length=200, blank=True)
    error_workbook = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    job = models.ForeignKey(Job, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=UploadState.choices, default=UploadState.READING)
    message = models.TextField(blank=True)  # why it could not be read at all
    row_count = models.PositiveIntegerField(default=0)
    left_out_count = models.PositiveIntegerField(default=0)  # rows with an error that refuse no other row
    error_count = models.PositiveIntegerField(default=0)  # errors that refuse the whole
    warning_count = models.PositiveIntegerField(default=0)
    advice_count = models.PositiveIntegerField(default=0)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    needs_another = models.BooleanField(
        "须另一人确认", default=False, db_default=False
    )  # as its kind says (`second_hand`)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["kind", "subject_id", "state"])]
        constraints = [
            models.UniqueConstraint(
                name="one_upload_read_at_a_time", fields=_SUBJECT, condition=Q(state="reading", needs_another=False)
            ),
            models.UniqueConstraint(  # `Upload.is_good`
                name="one_good_upload_waits",
                fields=_SUBJECT,
                condition=Q(state="ready", needs_another=False, error_count=0, row_count__gt=0),
            ),
            models.UniqueConstraint(  # beside a good one: it takes nobody's place (`actions/replacing.py`)
                name="one_faulty_upload_waits",
                fields=_SUBJECT,
                condition=Q(state="ready", needs_another=False) & (Q(error_count__gt=0) | Q(row_count=0)),
            ),
            models.CheckConstraint(
                name="upload_confirmed_by_another",
                condition=Q(needs_another=False) | Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("uploaded_by")),
            ),
            models.CheckConstraint(
                name="upload_confirmed_without_errors",
                condition=~Q(state="confirmed") | Q(error_count=0, row_count__gt=0, confirmed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="upload_confirmed_by_and_at",
                condition=Q(confirmed_by__isnull=True, confirmed_at__isnull=True)
                | Q(confirmed_by__isnull=False, confirmed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="upload_of_one_place",
                condition=Q(school__isnull=False, authority__isnull=True)
                | Q(school__isnull=True, authority__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.workbook_name

    @property
    def kind_spec(self) -> UploadKind:
        """Return the kind as it is registered."""
        return kind_of(self.kind)

    @property
    def label(self) -> str:
        """Return what its kind is called."""
        return self.kind_spec.label

    @property
    def is_good(self) -> bool:
        """Whether it was read and may be confirmed: it has rows, and no error."""
        return self.error_count == 0 and self.row_count > 0

    @property
    def files_erased_at(self) -> datetime | None:
        """Return when what was sent was erased, its term being over; None while it is all there and can be read again."""
        sent = [file for file in (self.workbook, self.photos) if file]
        return min((file.erased_at for file in sent if file.erased_at), default=None)

    @cached_property
    def subject(self) -> Any:
        """Return what it is about; who was let see it is the business of whoever asks."""
        return self.kind_spec.subject.get(self.subject_id)


class UploadRow(models.Model):
    """A row as read, sealed whole (it may hold ID numbers), until it is confirmed; and how it differs from what is stored."""

    class Change(models.TextChoices):
        """Against what is stored."""

        NEW = "new", "新增"
        CHANGED = "changed", "有变化"
        SAME = "same", "未变"
        REMOVED = "removed", "不再出现"  # stored, but not in this file: goes on confirmation, where the kind says so
        LEFT_OUT = "left_out", "退回"  # has an error, comes back marked: where the kind says so the others go on

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="rows")
    part = models.PositiveSmallIntegerField(default=0)  # which sheet of a workbook that has several, in their order
    sheet = models.CharField("工作表", max_length=60, blank=True)
    row_number = models.PositiveIntegerField()
    name = models.CharField(max_length=100, blank=True)
    payload = SealedTextField(place="payload")
    photo = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    change = models.CharField(max_length=8, choices=Change.choices, default=Change.NEW)
    change_summary = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["upload", "part", "row_number"]


NOT_WRITTEN = (UploadRow.Change.REMOVED, UploadRow.Change.LEFT_OUT)


class UploadFinding(models.Model):
    """One finding of an upload: where, how bad, what, what to do, which clause."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="findings")
    sheet = models.CharField("工作表", max_length=60, blank=True)
    row = models.PositiveIntegerField("行", null=True)
    column = models.CharField("列", max_length=60, blank=True)
    severity = models.CharField(max_length=8)
    rule = models.CharField(max_length=80)
    message = models.TextField("问题")
    remedy = models.TextField("怎么办", blank=True)
    cites = models.JSONField(default=list)  # [{"source", "clause"}] for display only

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["upload", "severity", "column"])]
