"""What was read from an upload, before it is confirmed: rows and findings, of lists and of records alike."""

from __future__ import annotations

import uuid

from django.db import models

from xueji.sealing.fields import SealedTextField


class ReadRow(models.Model):
    """A row as read, sealed whole (it holds ID numbers), until it is confirmed; and how it differs from what is stored."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    row_number = models.PositiveIntegerField()
    name = models.CharField(max_length=100, blank=True)
    payload = SealedTextField(place="payload")
    change_summary = models.CharField(max_length=300, blank=True)

    class Meta:
        abstract = True
        ordering = ["intake", "row_number"]


class ReadFinding(models.Model):
    """One finding of an upload: where, how bad, what, what to do, which clause."""

    sheet = models.CharField("工作表", max_length=60, blank=True)
    row = models.PositiveIntegerField("行", null=True)
    column = models.CharField("列", max_length=60, blank=True)
    severity = models.CharField(max_length=8)
    rule = models.CharField(max_length=80)
    message = models.TextField("问题")
    remedy = models.TextField("怎么办", blank=True)
    cites = models.JSONField(default=list)  # [{"source", "clause"}] for display only

    class Meta:
        abstract = True
        ordering = ["id"]
        indexes = [models.Index(fields=["intake", "severity", "column"])]
