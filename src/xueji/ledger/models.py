"""The ledger: one row per act, written in the act's own transaction, never changed (docs/adr/0004)."""

from __future__ import annotations

import pgtrigger
from django.db import models


def append_only() -> list[pgtrigger.Trigger]:
    """Return triggers that refuse UPDATE, DELETE and TRUNCATE in the database, whoever asks.

    TRUNCATE passes only in a session that sets `app.allow_truncate`, which the test settings alone do: Django's
    own test flush needs it.
    """
    return [
        pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        pgtrigger.Trigger(
            name="no_truncate",
            level=pgtrigger.Statement,
            when=pgtrigger.Before,
            operation=pgtrigger.Truncate,
            func="""
                IF current_setting('app.allow_truncate', true) = 'on' THEN RETURN NULL; END IF;
                RAISE EXCEPTION 'append-only table cannot be truncated';
            """,
        ),
    ]


class Event(models.Model):
    """One act: tag, subject, actor, time, pack in force, values before and after. No foreign keys, on purpose:
    the ledger outlives what it speaks of and never holds up live data. No ID numbers, ever.
    """

    tag = models.CharField("事项", max_length=80)  # EventTag
    at = models.DateTimeField("时间")
    actor_id = models.BigIntegerField("经办人编号", null=True)  # null: the system itself (a job, a migration)
    actor_label = models.CharField("经办人", max_length=120)
    subject_type = models.CharField("对象类型", max_length=60)  # model label, e.g. graduation.Batch
    subject_id = models.CharField("对象编号", max_length=40)
    subject_label = models.CharField("对象", max_length=200)
    parent_type = models.CharField(max_length=60, blank=True)  # the subject it belongs to on a timeline
    parent_id = models.CharField(max_length=40, blank=True)
    school_id = models.BigIntegerField("学校编号", null=True)
    # Whose auditor reads an event of no school: the authority it speaks of, else that of the person's post.
    authority_id = models.BigIntegerField("主管部门编号", null=True)
    pack = models.CharField("政策包", max_length=80, blank=True)
    pack_hash = models.CharField(max_length=64, blank=True)
    rules = models.JSONField("依据", default=list)  # [{"rule", "source", "clause"}] shown on the timeline
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    note = models.TextField("说明", blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "id"]),
            models.Index(fields=["parent_type", "parent_id", "id"]),
            models.Index(fields=["school_id", "id"]),
            models.Index(fields=["authority_id", "id"]),
            models.Index(fields=["tag", "id"]),
        ]
        triggers = append_only()
