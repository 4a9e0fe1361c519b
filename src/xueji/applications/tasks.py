"""The clock of applications: who is to supplement something is reminded in time, and pictures go when their term is over."""

from __future__ import annotations

from collections.abc import Callable

from asgiref.sync import sync_to_async
from django.db import close_old_connections
from django.utils import timezone
from procrastinate.contrib.django import app

from xueji.applications.forgetting_actions import erase_due_papers
from xueji.applications.reminder_actions import remind_of_letters


@app.periodic(cron="10 1 * * *")  # the queue counts in UTC: at nine in the morning, when a message wakes nobody
@app.task(name="applications.remind", queue="rescue", queueing_lock="applications.remind")
async def remind(timestamp: int) -> None:  # noqa: ARG001  # procrastinate passes the tick
    """Remind of the letters that are due soon."""
    await sync_to_async(_done)(remind_of_letters)


@app.periodic(cron="52 18 * * *")  # in the night, after the files nobody names
@app.task(name="applications.forget", queue="rescue", queueing_lock="applications.forget")
async def forget(timestamp: int) -> None:  # noqa: ARG001  # procrastinate passes the tick
    """Erase the pictures of papers whose term is over."""
    await sync_to_async(_done)(erase_due_papers)


def _done(act: Callable[..., int]) -> None:
    close_old_connections()
    try:
        act(at=timezone.now())
    finally:
        close_old_connections()
