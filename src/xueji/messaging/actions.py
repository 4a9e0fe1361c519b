"""Write messages into the outbox, send what is due, send again what was given up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import models, transaction

from xueji.core.errors import Conflict
from xueji.ledger.actions import record_event
from xueji.ledger.tags import EventTag
from xueji.messaging.gateways import Gateway, Undeliverable, gateway
from xueji.messaging.kinds import written
from xueji.messaging.models import Message

# How long after a failed try the next one comes; after the last the message counts as undelivered.
RETRIES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=12))
_TAKEN = timedelta(minutes=2)  # how long a sender may take over one message before another tries it
_AT_ONCE = 100  # messages a turn
State = Message.State


@transaction.atomic
def queue_message(
    *,
    template: str,
    address: str,
    values: Mapping[str, str],
    by: models.Model | None,
    at: datetime,
    recipient: models.Model | None = None,
    channel: str = Message.Channel.SMS,
) -> Message:
    """Put a message into the outbox, in the transaction of what it tells of: if that rolls back, nobody is told.

    `recipient` is the person (a `User`) whose inbox shows it.
    """
    message = Message.objects.create(
        channel=channel, template=template, recipient_id=recipient.pk if recipient else None, address=address,
        text=written(template, values), next_try_at=at, created_at=at,
    )  # fmt: skip
    record_event(tag=EventTag.MESSAGE_QUEUED, subject=message, by=by, at=at, after={"template": template})
    return message


def send_due_messages(*, at: datetime) -> int:
    """Send what is due, the oldest first; return how many were tried. Two at once never send the same message."""
    sender, tried = gateway(), 0
    while tried < _AT_ONCE and _send_next(sender, at):
        tried += 1
    return tried


def _send_next(sender: Gateway, at: datetime) -> bool:
    """Try the next message that is due; return False when none is. No row is locked while the gateway takes its time."""
    message = _take(at)
    if message is None:
        return False
    try:
        sender.send(channel=message.channel, address=message.address, text=message.text, key=str(message.pk))
    except Undeliverable as error:
        _put_off(message, error, at)
    else:
        message.state, message.sent_at, message.next_try_at, message.trouble = State.SENT, at, None, ""
    _keep_outcome(message, at)
    return True


@transaction.atomic
def _take(at: datetime) -> Message | None:
    """Take the next message that is due; should this sender die, another tries it again after a while, under the same key."""
    due = Message.objects.select_for_update(skip_locked=True, of=("self",))
    message = due.filter(state=State.QUEUED, next_try_at__lte=at).order_by("next_try_at", "id").first()
    if message is not None:
        message.tries, message.next_try_at = message.tries + 1, at + _TAKEN
        message.save(update_fields=["tries", "next_try_at"])
    return message


@transaction.atomic
def _keep_outcome(message: Message, at: datetime) -> None:
    """Keep what became of a try, unless another sender has begun a later one meanwhile."""
    kept = Message.objects.filter(pk=message.pk, tries=message.tries, state=State.QUEUED).update(
        state=message.state, next_try_at=message.next_try_at, sent_at=message.sent_at, trouble=message.trouble
    )
    if kept and message.state == State.UNDELIVERED:
        record_event(
            tag=EventTag.MESSAGE_UNDELIVERED, subject=message, by=None, at=at, after={"tries": message.tries},
            note=message.trouble,
        )  # fmt: skip


def _put_off(message: Message, error: Undeliverable, at: datetime) -> None:
    message.trouble = error.reason[:200]
    if error.is_final or message.tries > len(RETRIES):
        message.state, message.next_try_at = State.UNDELIVERED, None
    else:
        message.next_try_at = at + RETRIES[message.tries - 1]


@transaction.atomic
def send_again(*, message: Message, by: models.Model, at: datetime) -> Message:
    """Put an undelivered message back among those to send; Conflict for any other."""
    locked = Message.objects.select_for_update(of=("self",)).get(pk=message.pk)
    if locked.state != State.UNDELIVERED:
        raise Conflict(f"这条消息{locked.get_state_display()}，不需要重新发送")
    locked.state, locked.tries, locked.next_try_at = State.QUEUED, 0, at
    locked.save(update_fields=["state", "tries", "next_try_at"])
    record_event(tag=EventTag.MESSAGE_SENT_AGAIN, subject=locked, by=by, at=at)
    return locked
