"""The spot check of handbooks: a secret committed to beforehand, who was drawn, what was found."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from xueji.certificates.triggers import kept_for_good, unchangeable
from xueji.graduation.models.batches import Batch, Candidate
from xueji.sealing.fields import SealedTextField


class DrawCommitment(models.Model):
    """The SHA-256 of a secret, published before the list it will draw from is filed (S4-02); told when it is used.

    One for each list: a secret that was told could be aimed at by the next list.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="draw_commitments")
    secret = SealedTextField(place="secret")
    commitment = models.CharField("承诺值", max_length=64)
    published_at = models.DateTimeField("公布时间")

    class Meta:
        ordering = ["published_at", "id"]
        triggers = [*kept_for_good(), unchangeable("batch_id", "commitment", "published_at")]

    def __str__(self) -> str:
        return self.commitment


class SpotCheck(models.Model):
    """One draw of handbooks from the list of a batch as submitted: everything needed to repeat it."""

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="spot_checks")
    commitment = models.OneToOneField(DrawCommitment, on_delete=models.PROTECT, related_name="spot_check")
    secret = models.CharField("暗码", max_length=64)
    context = models.CharField("事由", max_length=120)
    codes = models.TextField("名单")  # one code a line: the list as it was hashed, without a name
    list_hash = models.CharField("名单值", max_length=64)
    seed = models.CharField("种子", max_length=64)
    population = models.PositiveIntegerField("毕业生数")
    percent = models.DecimalField("比例", max_digits=5, decimal_places=2)
    rounding = models.CharField("取整", max_length=8)
    size = models.PositiveIntegerField("抽取数")
    drawn_at = models.DateTimeField("抽取时间")

    class Meta:
        ordering = ["-drawn_at", "-id"]
        constraints = [
            models.CheckConstraint(name="sample_within_population", condition=Q(size__lte=F("population"))),
        ]
        triggers = [
            *kept_for_good(),
            unchangeable("batch_id", "commitment_id", "secret", "context", "codes", "list_hash", "seed", "size"),
        ]

    def __str__(self) -> str:
        return self.context


class SpotOutcome(models.TextChoices):
    """What was found in a handbook."""

    PENDING = "pending", "待核验"
    PASSED = "passed", "核验通过"
    FAILED = "failed", "核验不通过"


class SpotCheckItem(models.Model):
    """A graduate drawn: the outcome is recorded by one person and confirmed by another."""

    check_run = models.ForeignKey(SpotCheck, on_delete=models.PROTECT, related_name="items")
    place = models.PositiveIntegerField("抽取次序")
    code = models.CharField("名单代码", max_length=32)
    candidate = models.ForeignKey(Candidate, on_delete=models.SET_NULL, null=True, related_name="spot_check_items")
    outcome = models.CharField(max_length=8, choices=SpotOutcome.choices, default=SpotOutcome.PENDING)
    note = models.CharField("情况", max_length=200, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["check_run", "place"]
        constraints = [
            models.UniqueConstraint(name="spot_check_item_once", fields=["check_run", "code"]),
            models.CheckConstraint(
                name="spot_check_recorded_by_and_at",
                condition=Q(outcome="pending", recorded_by__isnull=True, recorded_at__isnull=True)
                | Q(recorded_by__isnull=False, recorded_at__isnull=False) & ~Q(outcome="pending"),
            ),
            models.CheckConstraint(
                name="spot_check_confirmed_by_another",
                condition=Q(confirmed_by__isnull=True, confirmed_at__isnull=True)
                | Q(confirmed_by__isnull=False, confirmed_at__isnull=False, recorded_by__isnull=False)
                & ~Q(confirmed_by=F("recorded_by")),
            ),
            models.CheckConstraint(name="spot_check_failure_with_note", condition=~Q(outcome="failed") | ~Q(note="")),
        ]

    def __str__(self) -> str:
        return self.code
