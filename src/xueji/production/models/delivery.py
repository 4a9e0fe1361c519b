"""From the press to the graduate: parcels, photograph and steel seal, hand-out; and the papers lodged for good."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from xueji.certificates.models import Certificate, Issue
from xueji.ledger.models import append_only
from xueji.ledger.triggers import kept_for_good, unchangeable
from xueji.production.models.sealing import SealingSession


class Parcel(models.Model):
    """Diplomas of one issue sent to its school in one parcel, by number from–to; received and counted there."""

    issue = models.ForeignKey(Issue, on_delete=models.PROTECT, related_name="parcels")
    ordinal = models.PositiveSmallIntegerField("包号")
    first_number = models.CharField("起号", max_length=40)
    last_number = models.CharField("止号", max_length=40)
    count = models.PositiveIntegerField("本数")
    carrier = models.CharField("交寄方式", max_length=100, blank=True)
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField()
    received_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    received_at = models.DateTimeField(null=True)
    note = models.CharField("收件说明", max_length=200, blank=True)

    class Meta:
        ordering = ["issue", "ordinal"]
        constraints = [
            models.UniqueConstraint(name="parcel_once_per_batch", fields=["issue", "ordinal"]),
            models.CheckConstraint(name="parcel_holds_something", condition=Q(count__gt=0)),
            models.CheckConstraint(
                name="parcel_received_by_and_at",
                condition=Q(received_by__isnull=True, received_at__isnull=True)
                | Q(received_by__isnull=False, received_at__isnull=False, received_at__gte=F("sent_at")),
            ),
        ]
        triggers = [
            *kept_for_good(),
            unchangeable("issue_id", "ordinal", "first_number", "last_number", "count", "sent_by_id", "sent_at"),
        ]

    def __str__(self) -> str:
        return f"第 {self.ordinal} 包 {self.first_number} 至 {self.last_number}"


class ParcelItem(models.Model):
    """One diploma of a parcel and what the school found; a diploma is on its way or there once at most."""

    class State(models.TextChoices):
        """What the school says of it."""

        SENT = "sent", "在途"
        RECEIVED = "received", "已收到"
        MISSING = "missing", "短少"
        DAMAGED = "damaged", "破损"

    parcel = models.ForeignKey(Parcel, on_delete=models.PROTECT, related_name="items")
    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="parcel_items")
    state = models.CharField(max_length=10, choices=State.choices, default=State.SENT)

    class Meta:
        ordering = ["parcel", "id"]
        constraints = [
            models.UniqueConstraint(
                name="diploma_in_one_parcel", fields=["certificate"], condition=Q(state__in=["sent", "received"])
            )
        ]
        triggers = [*kept_for_good(), unchangeable("parcel_id", "certificate_id")]


class Embossing(models.Model):
    """Photograph pasted and steel seal set on one diploma by its school; done once."""

    certificate = models.OneToOneField(Certificate, on_delete=models.PROTECT, related_name="embossing")
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    done_at = models.DateTimeField()

    class Meta:
        triggers = append_only()


class HandOut(models.Model):
    """A diploma given away: to whom, by whom, when. It is not taken back; a slip is corrected by a further entry."""

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="hand_outs")
    received_by_name = models.CharField("领取人", max_length=100)
    is_proxy = models.BooleanField("代领", default=False)
    proxy_document = models.CharField("代领凭证", max_length=100, blank=True)
    handed_on = models.DateField("领取日期")
    handed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    corrects = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="correction")
    reason = models.CharField("更正原因", max_length=200, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(name="handed_out_once", fields=["certificate"], condition=Q(corrects__isnull=True)),
            models.CheckConstraint(name="proxy_shows_document", condition=Q(is_proxy=False) | ~Q(proxy_document="")),
            models.CheckConstraint(name="correction_has_reason", condition=Q(corrects__isnull=True) | ~Q(reason="")),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.received_by_name}{'（代领）' if self.is_proxy else ''}"


class ArchiveCopy(models.Model):
    """A paper of an issue lodged for good with one keeper (S1-15, S2-37); `document` is the key of the pack's form."""

    class Keeper(models.TextChoices):
        """Who keeps it."""

        PROVINCE = "province", "省"
        CITY = "city", "市"
        COUNTY = "county", "县"
        SCHOOL = "school", "校"

    issue = models.ForeignKey(Issue, on_delete=models.PROTECT, related_name="archive_copies")
    session = models.ForeignKey(SealingSession, on_delete=models.PROTECT, null=True, related_name="archive_copies")
    keeper = models.CharField(max_length=10, choices=Keeper.choices)
    document = models.CharField(max_length=40)
    title = models.CharField(max_length=120)
    shelf_mark = models.CharField("档号", max_length=60)
    received_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    received_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(name="archive_copy_once", fields=["issue", "keeper", "document"])]
