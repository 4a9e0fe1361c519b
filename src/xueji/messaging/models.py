"""The outbox: one row a message, its address and text sealed, tried until it is out or given up."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from xueji.messaging.kinds import title_of
from xueji.sealing.fields import SealedTextField


class Message(models.Model):
    """One message on its way to one address. `recipient` is whose inbox shows it; a code to sign in is in nobody's."""

    class Channel(models.TextChoices):
        """How it goes out."""

        SMS = "sms", "短信"
        EMAIL = "email", "邮件"

    class State(models.TextChoices):
        """Where it stands."""

        QUEUED = "queued", "待发送"
        SENT = "sent", "已发送"
        UNDELIVERED = "undelivered", "未送达"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    channel = models.CharField("方式", max_length=10, choices=Channel.choices, default=Channel.SMS)
    template = models.CharField("事项", max_length=40)  # a key of `messaging.kinds`
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    address = SealedTextField("发往", place="address")
    text = SealedTextField("内容", place="text")
    state = models.CharField("状态", max_length=12, choices=State.choices, default=State.QUEUED)
    tries = models.PositiveSmallIntegerField("已试次数", default=0)
    next_try_at = models.DateTimeField("下次发送", null=True)
    created_at = models.DateTimeField("时间")
    sent_at = models.DateTimeField("发送时间", null=True)
    trouble = models.CharField("未成原因", max_length=200, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(state="queued"), name="messages_to_send"),
            models.Index(fields=["recipient", "-created_at"], name="messages_of_recipient"),
        ]
        constraints = [
            models.CheckConstraint(
                name="message_tried_again_while_queued",
                condition=Q(state="queued", next_try_at__isnull=False)
                | ~Q(state="queued") & Q(next_try_at__isnull=True),
            ),
            models.CheckConstraint(
                name="message_sent_at",
                condition=Q(state="sent", sent_at__isnull=False) | ~Q(state="sent") & Q(sent_at__isnull=True),
            ),
            models.CheckConstraint(
                name="message_undelivered_says_why", condition=~Q(state="undelivered") | ~Q(trouble="")
            ),
        ]

    @property
    def title(self) -> str:
        """What it is about, in two words."""
        return title_of(self.template)

    def __str__(self) -> str:
        return f"{self.get_channel_display()}「{self.title}」"
