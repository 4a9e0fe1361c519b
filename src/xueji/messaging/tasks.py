"""The queue's side of the outbox: every few seconds what is due goes out."""

from __future__ import annotations

from django.db import close_old_connections
from django.utils import timezone
from procrastinate.contrib.django import app

from xueji.messaging.actions import send_due_messages


@app.periodic(cron="* * * * * */5")  # the sixth field is seconds: it stands last
@app.task(name="messages.send", queue="rescue", queueing_lock="messages.send")
def send(timestamp: int) -> None:  # noqa: ARG001  # procrastinate passes the tick
    """Send what is due."""
    close_old_connections()
    try:
        send_due_messages(at=timezone.now())
    finally:
        close_old_connections()
