"""The clock of applications: every morning who is to supplement something is reminded in time."""

from __future__ import annotations

from asgiref.sync import sync_to_async
from django.db import close_old_connections
from django.utils import timezone
from procrastinate.contrib.django import app

from xueji.applications.reminder_actions import remind_of_letters


@app.periodic(cron="10 1 * * *")  # the queue counts in UTC: at nine in the morning, when a message wakes nobody
@app.task(name="applications.remind", queue="rescue", queueing_lock="applications.remind")
async def remind(timestamp: int) -> None:  # noqa: ARG001  # procrastinate passes the tick
    """Remind of the letters that are due soon."""
    await sync_to_async(_remind)()


def _remind() -> None:
    close_old_connections()
    try:
        remind_of_letters(at=timezone.now())
    finally:
        close_old_connections()
