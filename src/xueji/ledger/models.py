"""The ledger: one row per act, written in the act's own transaction, never changed (docs/adr/0004)."""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from xueji.ledger.tags import TOLD_BELOW, TOLD_TO_SCHOOL, EventTag
from xueji.sealing.rows import RowDigestField
from xueji.sealing.vouching import refused_without_event, written_with_event


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


def _texts(tags: tuple[EventTag, ...]) -> list[str]:
    """Return tags as migrations write them down."""
    return [str(tag) for tag in tags]


class TransactionId(models.Func):
    """The number of the transaction that writes a row: with it the sequencer knows what can still appear (ADR 0027)."""

    template = "pg_current_xact_id()::text::bigint"
    output_field = models.BigIntegerField()


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
    wrote = models.JSONField(default=dict)  # {id of WrittenRows: its SHA-256}: what this act left in the tables
    digest = RowDigestField(
        is_kept=True,
        covers=(
            "tag", "at", "actor_id", "actor_label", "subject_type", "subject_id", "subject_label", "parent_type",
            "parent_id", "school_id", "authority_id", "pack", "pack_hash", "rules", "before", "after", "note", "wrote",
        ),
    )  # fmt: skip
    transaction_id = models.BigIntegerField(db_default=TransactionId(), editable=False)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "id"]),
            models.Index(fields=["parent_type", "parent_id", "id"]),
            models.Index(fields=["school_id", "id"]),
            models.Index(fields=["authority_id", "id"]),
            models.Index(fields=["tag", "id"]),
            models.Index(
                fields=["school_id", "id"],
                name="events_told_to_school",
                condition=models.Q(tag__in=_texts(TOLD_TO_SCHOOL)),
            ),
            models.Index(
                fields=["authority_id", "id"], name="events_told_below", condition=models.Q(tag__in=_texts(TOLD_BELOW))
            ),
            # Rows lie in the order of their transactions, nearly: blocks are told apart, no entry a row is written.
            BrinIndex(fields=["transaction_id"], pages_per_range=16, name="ledger_event_transaction"),
        ]
        triggers = [*append_only(), *written_with_event()]


class WrittenRows(models.Model):
    """The rows one statement left, each with a SHA-256 of what an event vouches for, and of what the statement met: noted by
    the database itself (`sealing/vouching.py`), vouched for by the next event of the same transaction (docs/adr/0028).
    """

    source = models.CharField("表", max_length=63)
    keys = ArrayField(models.TextField())
    digests = models.BinaryField()  # 32 bytes a key, in the same order; nothing but noughts for a row that was deleted
    # The same of the rows as they were met; empty where there were none. None: from before this was noted.
    before = models.BinaryField(null=True)

    class Meta:
        triggers = [*append_only(), *refused_without_event()]


class Leaf(models.Model):
    """The place of an event in the log, given once after its transaction was committed (docs/adr/0027).

    The digests lie in the log's own files; this table says which event a leaf is. A leaf without an event says that the
    database went back: `restored` names the leaves it lost.
    """

    index = models.BigIntegerField("序号", primary_key=True)
    event_id = models.BigIntegerField("履历编号", null=True, unique=True)
    restored = models.JSONField(null=True)  # {"from": leaf, "to": leaf, "lineage": of the database that goes on}
    horizon = models.BigIntegerField()  # no transaction below this one was open when the leaf got its place

    class Meta:
        ordering = ["index"]
        constraints = [
            models.CheckConstraint(
                name="leaf_event_or_restored",
                condition=models.Q(event_id__isnull=False, restored__isnull=True)
                | models.Q(event_id__isnull=True, restored__isnull=False),
            ),
            models.CheckConstraint(name="leaf_counted_from_nought", condition=models.Q(index__gte=0)),
        ]
        triggers = append_only()
