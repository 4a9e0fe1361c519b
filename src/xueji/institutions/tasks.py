"""What the clock does for institutions: whoever was entered to head a school from today on heads it."""

from __future__ import annotations

from asgiref.sync import sync_to_async
from django.db import close_old_connections
from django.utils import timezone
from procrastinate.contrib.django import app

from xueji.institutions.actions_closing import take_up_principals


@app.periodic(cron="2 * * * *")  # hourly: the legal day begins at another hour than the queue's
@app.task(name="institutions.take_up", queue="rescue", queueing_lock="institutions.take_up")
async def take_up(timestamp: int) -> None:  # noqa: ARG001  # procrastinate passes the tick
    """Take up every principal whose day has come."""
    await sync_to_async(_take_up)()


def _take_up() -> None:
    close_old_connections()
    try:
        take_up_principals(at=timezone.now())
    finally:
        close_old_connections()
