"""What the clock does for accounts: codes that ran out are forgotten."""

from __future__ import annotations

from django.db import close_old_connections
from django.utils import timezone
from procrastinate.contrib.django import app

from xueji.accounts.applicant_actions import clear_old_codes


@app.periodic(cron="47 3 * * *")
@app.task(name="accounts.clear_codes", queue="rescue", queueing_lock="accounts.clear_codes")
def clear_codes(timestamp: int) -> None:  # noqa: ARG001  # procrastinate passes the tick
    """Forget, every night, the codes that nobody can use any more."""
    close_old_connections()
    try:
        clear_old_codes(at=timezone.now())
    finally:
        close_old_connections()
