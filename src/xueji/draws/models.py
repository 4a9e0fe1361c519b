"""A commitment, the draws held from its secret, what was drawn. What lots are drawn for stands with the app above:
rows of its own point here, and what was drawn is here a code alone.
"""

from __future__ import annotations

import uuid

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from xueji.ledger.triggers import kept_for_good, unchangeable
from xueji.sealing.fields import SealedTextField


class Commitment(models.Model):
    """The SHA-256 of a secret, published before the lists it will draw from are filed (S4-02, S4-07).

    The secret lies sealed for good, also when it was told: who may tell it, and when, is for the app above.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    secret = SealedTextField(place="secret")
    sha256 = models.CharField("承诺值", max_length=64)
    published_at = models.DateTimeField("公布时间")

    class Meta:
        ordering = ["published_at", "id"]
        triggers = [*kept_for_good(), unchangeable("sha256", "published_at")]

    def __str__(self) -> str:
        return self.sha256


class Draw(models.Model):
    """One draw from one list: everything needed to repeat it but the secret, which is the commitment's."""

    commitment = models.ForeignKey(Commitment, on_delete=models.PROTECT, related_name="draws")
    context = models.CharField("事由", max_length=120)
    codes = models.TextField("名单")  # one code a line: the list as it was hashed, without a name
    list_hash = models.CharField("名单值", max_length=64)
    seed = models.CharField("种子", max_length=64)
    population = models.PositiveIntegerField("总数")
    percent = models.DecimalField("比例", max_digits=5, decimal_places=2)
    rounding = models.CharField("取整", max_length=8)
    size = models.PositiveIntegerField("抽取数")
    drawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    drawn_at = models.DateTimeField("抽取时间")

    class Meta:
        ordering = ["-drawn_at", "-id"]
        constraints = [
            models.CheckConstraint(name="draw_within_population", condition=Q(size__lte=F("population"))),
            models.UniqueConstraint(name="draw_once_from_a_list", fields=["commitment", "seed"]),
        ]
        triggers = [
            *kept_for_good(),
            unchangeable(
                "commitment_id", "context", "codes", "list_hash", "seed", "population", "percent", "rounding", "size",
                "drawn_by_id", "drawn_at",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.context


class DrawOutcome(models.TextChoices):
    """What was found of somebody drawn; where the law has other words for it, the app above says them."""

    PENDING = "pending", "待核验"
    PASSED = "passed", "核验通过"
    FAILED = "failed", "核验不通过"


class DrawItem(models.Model):
    """One that was drawn, and what was found. `by_two`: it counts once another person confirmed it, and a failure has its note."""

    draw = models.ForeignKey(Draw, on_delete=models.PROTECT, related_name="items")
    ordinal = models.PositiveIntegerField("抽取次序")
    code = models.CharField("名单代码", max_length=40)
    by_two = models.BooleanField("须两人", default=False)
    outcome = models.CharField(max_length=8, choices=DrawOutcome.choices, default=DrawOutcome.PENDING)
    note = models.CharField("情况", max_length=200, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["draw", "ordinal"]
        constraints = [
            models.UniqueConstraint(name="draw_item_once", fields=["draw", "code"]),
            models.UniqueConstraint(name="draw_item_in_order", fields=["draw", "ordinal"]),
            models.CheckConstraint(
                name="draw_item_recorded_by_and_at",
                condition=Q(outcome="pending", recorded_by__isnull=True, recorded_at__isnull=True)
                | Q(recorded_by__isnull=False, recorded_at__isnull=False) & ~Q(outcome="pending"),
            ),
            models.CheckConstraint(
                name="draw_item_confirmed_by_another",
                condition=Q(confirmed_by__isnull=True, confirmed_at__isnull=True)
                | Q(confirmed_by__isnull=False, confirmed_at__isnull=False, recorded_by__isnull=False, by_two=True)
                & ~Q(confirmed_by=F("recorded_by")),
            ),
            models.CheckConstraint(
                name="draw_item_failure_with_note", condition=Q(by_two=False) | ~Q(outcome="failed") | ~Q(note="")
            ),
        ]
        triggers = [
            *kept_for_good(),
            unchangeable("draw_id", "ordinal", "code", "by_two"),
            pgtrigger.Protect(
                name="confirmed_stands",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__confirmed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.code
