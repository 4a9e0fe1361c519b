"""Read the outbox: somebody's inbox, what did not arrive, and what a trial shows instead of sending."""

from __future__ import annotations

from django.db import models
from django.db.models import QuerySet

from xueji.core.errors import NotFound
from xueji.messaging.gateways import gateway
from xueji.messaging.kinds import secret_keys
from xueji.messaging.models import Message

_SHOWN = 50


def inbox_of(recipient: models.Model) -> QuerySet[Message]:
    """Return what a person (a `User`) was told, the newest first; a code to sign in is not shown."""
    return Message.objects.filter(recipient_id=recipient.pk).exclude(template__in=secret_keys())


def undelivered_messages() -> QuerySet[Message]:
    """Return what did not arrive, the newest first. Who may see it the caller decides: it tells of everybody's."""
    return Message.objects.filter(state=Message.State.UNDELIVERED)


def is_shown_here() -> bool:
    """Whether this installation sends nothing and shows the messages on a page instead."""
    return gateway().is_shown


def shown_messages() -> list[Message]:
    """Return the newest messages of a trial; NotFound where messages really leave."""
    if not is_shown_here():
        raise NotFound
    return list(Message.objects.all()[:_SHOWN])
