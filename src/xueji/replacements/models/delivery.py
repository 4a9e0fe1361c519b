"""How a sealed replacement reaches its holder: at the counter or by mail, as often as it takes."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from xueji.applications.models import Application
from xueji.certificates.triggers import moves_only
from xueji.ledger.triggers import kept_for_good, unchangeable
from xueji.replacements.models.replacements import Replacement
from xueji.sealing.fields import SealedTextField
from xueji.sealing.rows import RowDigestField
from xueji.sealing.vouching import vouched

DeliveryWay = Application.Delivery  # the two ways of the law (S0-22), as they are applied for


class DeliveryState(models.TextChoices):
    """Where a delivery stands."""

    READY = "ready", "待交付"
    SENT = "sent", "已寄出"
    DONE = "done", "已交付"
    RETURNED = "returned", "邮件退回"
    CHANGED = "changed", "改换交付"


class Delivery(models.Model):
    """One attempt to deliver: what came back by mail waits at the counter as another one, and so does what goes another way."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    replacement = models.ForeignKey(Replacement, on_delete=models.PROTECT, related_name="deliveries")
    ordinal = models.PositiveSmallIntegerField("次")
    way = models.CharField("方式", max_length=10, choices=DeliveryWay.choices)
    code = SealedTextField("取证码", place="code")  # said at the counter
    recipient = models.CharField("收件人", max_length=100, blank=True)
    phone = SealedTextField("电话", place="phone")
    address = SealedTextField("地址", place="address")
    state = models.CharField(max_length=8, choices=DeliveryState.choices, default=DeliveryState.READY)
    carrier = models.CharField("快递公司", max_length=40, blank=True)
    tracking_number = models.CharField("运单号", max_length=40, blank=True)
    document_shown = models.CharField("出示的证件", max_length=40, blank=True)
    taken_by = models.CharField("领取人", max_length=100, blank=True)
    authorisation = models.CharField("代领凭证", max_length=100, blank=True)
    note = models.CharField("说明", max_length=200, blank=True)
    opened_at = models.DateTimeField()
    sent_at = models.DateTimeField("寄出时间", null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    digest = RowDigestField(
        covers=[
            "replacement_id", "ordinal", "way", "code", "recipient", "phone", "address", "state", "carrier", "tracking_number",
            "document_shown", "taken_by", "authorisation", "note", "opened_at", "sent_at", "ended_at", "ended_by_id",
        ]
    )  # fmt: skip

    class Meta:
        ordering = ["replacement", "ordinal"]
        constraints = [
            models.UniqueConstraint(name="delivery_once_per_ordinal", fields=["replacement", "ordinal"]),
            models.UniqueConstraint(
                name="one_open_delivery", fields=["replacement"], condition=Q(state__in=["ready", "sent"])
            ),
            models.CheckConstraint(
                name="delivery_sent_is_mail_with_number",
                condition=~Q(state__in=["sent", "returned"])
                | Q(way="mail", sent_at__isnull=False) & ~Q(tracking_number=""),
            ),
            models.CheckConstraint(
                name="delivery_picked_up_with_document",
                condition=~Q(state="done", way="pick_up") | ~Q(document_shown="") & ~Q(taken_by=""),
            ),
            models.CheckConstraint(
                name="delivery_changed_says_why", condition=~Q(state="changed") | ~Q(note="") & Q(sent_at__isnull=True)
            ),
            models.CheckConstraint(
                name="delivery_ended_by_and_at",
                condition=Q(state__in=["ready", "sent"], ended_at__isnull=True, ended_by__isnull=True)
                | Q(state__in=["done", "returned", "changed"], ended_at__isnull=False, ended_by__isnull=False),
            ),
        ]
        triggers = [
            *vouched(),
            *kept_for_good(),
            unchangeable("replacement_id", "ordinal", "way", "opened_at"),
            moves_only("state", {"ready": ("sent", "done", "changed"), "sent": ("done", "returned")}),
        ]

    def __str__(self) -> str:
        return f"{self.get_way_display()}（第 {self.ordinal} 次）"
