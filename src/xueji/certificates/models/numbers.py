"""The book of numbers: counter, blocks, one row a number; what was said of last numbers after a restore."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q

from xueji.certificates.triggers import moves_only
from xueji.institutions.models import School
from xueji.ledger.models import append_only
from xueji.ledger.triggers import kept_for_good, unchangeable
from xueji.sealing.fields import SealedTextField
from xueji.sealing.vouching import vouched


class NumberCounter(models.Model):
    """The locked row from which serials of one scope are drawn: «shaanxi 06 2019» or the like."""

    kind = models.CharField(max_length=30)  # numbering kind of the pack, e.g. graduation
    scope = models.CharField(max_length=80)  # the parts that name the counter, e.g. «2019-06»
    last_serial = models.BigIntegerField(default=0)
    ceiling = models.BigIntegerField()
    # Data key under which a permuted counter was begun. Null: serials are printed as they are counted.
    key_id = models.PositiveIntegerField(null=True, editable=False)
    # The order of a permuted counter, the same for its life: with another the same serials would be carried to places
    # already taken. Sealed, so that the data key it was begun under can be given up (`orders.py`).
    order_key = SealedTextField(place="order_key", bound_to="name", null=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="counter_once_per_scope", fields=["kind", "scope"]),
            models.CheckConstraint(
                name="counter_within_ceiling", condition=Q(last_serial__gte=0, last_serial__lte=F("ceiling"))
            ),
        ]
        triggers = [*vouched(), *kept_for_good(), unchangeable("kind", "scope", "ceiling", "key_id")]

    @property
    def name(self) -> str:
        """What the order is sealed for: known before the database counts the row."""
        return f"{self.kind} {self.scope}"


class NumberBlock(models.Model):
    """A run of serials released in one act; blocks of a counter never overlap."""

    counter = models.ForeignKey(NumberCounter, on_delete=models.PROTECT, related_name="blocks")
    serials = BigIntegerRangeField()  # [first, last + 1)
    school = models.ForeignKey(School, on_delete=models.PROTECT, related_name="number_blocks")
    purpose = models.CharField(max_length=200)
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    released_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            ExclusionConstraint(
                name="number_blocks_do_not_overlap",
                expressions=[("counter", RangeOperators.EQUAL), ("serials", RangeOperators.OVERLAPS)],
            )
        ]
        triggers = [
            *vouched(),
            *kept_for_good(),
            unchangeable("counter_id", "serials", "school_id", "released_by_id", "released_at"),
        ]

    def __str__(self) -> str:
        return self.purpose


class NumberState(models.TextChoices):
    """Every number of a block is in exactly one of these."""

    FREE = "free", "未用"
    RESERVED = "reserved", "预留"
    ISSUED = "issued", "已发"
    RETURNED = "returned", "退回"  # released, not needed, given back; never drawn again
    VOID = "void", "作废"


class CertificateNumber(models.Model):
    """One number. Its state only moves forward; a void number is never used again."""

    block = models.ForeignKey(NumberBlock, on_delete=models.PROTECT, related_name="numbers")
    serial = models.BigIntegerField()
    number = models.CharField("证书编号", max_length=40, unique=True)
    state = models.CharField(max_length=10, choices=NumberState.choices, default=NumberState.FREE)

    class Meta:
        ordering = ["block", "serial"]
        constraints = [models.UniqueConstraint(name="serial_once_per_block", fields=["block", "serial"])]
        triggers = [
            *vouched(),
            *kept_for_good(),
            unchangeable("block_id", "serial", "number"),
            moves_only(
                "state",
                {
                    "free": ("reserved", "issued", "returned", "void"),
                    "reserved": ("issued", "returned", "void"),
                    "issued": ("void",),
                },
            ),
        ]


class NumberStatement(models.Model):
    """What one person says of the last numbers on paper, for another to confirm: after a restore nothing else is known.

    `lineage` names the database it was said of: a statement made before yet another restore says nothing of today.
    """

    pack = models.CharField("政策包", max_length=80)
    lineage = models.CharField(max_length=80)
    no_others = models.BooleanField("除所列计数器外没有发过编号", default=False)
    note = models.CharField("依据", max_length=200)
    stated_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    stated_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    dropped_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    dropped_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="statement_by_two_persons",
                condition=Q(confirmed_by__isnull=True, confirmed_at__isnull=True)
                | Q(confirmed_by__isnull=False, confirmed_at__isnull=False) & ~Q(confirmed_by=F("stated_by")),
            ),
            models.CheckConstraint(
                name="statement_ends_once",
                condition=Q(dropped_by__isnull=True, dropped_at__isnull=True)
                | Q(dropped_by__isnull=False, dropped_at__isnull=False, confirmed_by__isnull=True),
            ),
        ]
        triggers = [
            *kept_for_good(),
            unchangeable("pack", "lineage", "no_others", "note", "stated_by_id", "stated_at"),
        ]

    def __str__(self) -> str:
        return f"编号核定 {self.pack}"


class NumberStatementLine(models.Model):
    """The last number of one counter on paper, as stated, beside what database and marks said then."""

    statement = models.ForeignKey(NumberStatement, on_delete=models.PROTECT, related_name="lines")
    kind = models.CharField(max_length=30)
    scope = models.CharField(max_length=80)
    number = models.CharField("纸上最后一个编号", max_length=40, blank=True)  # empty: none was ever given
    serial = models.BigIntegerField()  # of that number
    stored = models.BigIntegerField()  # what the database said
    marked = models.BigIntegerField(null=True)  # what the marks said
    key_id = models.PositiveIntegerField(null=True)  # of the counter, where the marks alone know it

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(name="counter_once_per_statement", fields=["statement", "kind", "scope"]),
            models.CheckConstraint(name="statement_goes_forward", condition=Q(serial__gte=F("stored"), stored__gte=0)),
        ]
        triggers = [*append_only()]

    def __str__(self) -> str:
        return f"{self.kind} {self.scope}"

    @property
    def goes_to(self) -> int:
        """Where the counter goes on from: what is on paper or in the marks, whichever is further."""
        return max(self.serial, self.stored, self.marked or 0)

    @property
    def skipped_count(self) -> int:
        """How many serials are then on record as skipped."""
        return self.goes_to - self.stored


class SkippedSerials(models.Model):
    """Serials that may stand on paper and are in no block: given out after the backup that was restored, or never."""

    counter = models.ForeignKey(NumberCounter, on_delete=models.PROTECT, related_name="skipped")
    serials = BigIntegerRangeField()  # [first, last + 1)
    statement = models.ForeignKey(NumberStatement, on_delete=models.PROTECT, related_name="skipped")

    class Meta:
        ordering = ["id"]
        constraints = [
            ExclusionConstraint(
                name="skipped_serials_do_not_overlap",
                expressions=[("counter", RangeOperators.EQUAL), ("serials", RangeOperators.OVERLAPS)],
            )
        ]
        triggers = [*append_only()]
