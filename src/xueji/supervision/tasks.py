"""The clock of supervision: every night the register is looked over against the negative list, and whenever somebody asks."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from django.db import close_old_connections
from django.utils import timezone
from procrastinate.contrib.django import app

from xueji.accounts.models import User
from xueji.institutions.models import School
from xueji.jobs.progress import JobProgress
from xueji.jobs.runners import job_runner
from xueji.supervision.actions.searching import SEARCH_JOB, search_all_findings, search_findings


@job_runner(SEARCH_JOB)
def run(progress: JobProgress, *, schools: list[int], by: int) -> dict[str, Any]:  # noqa: ARG001  # one statement of work
    """Look over the schools that somebody watches."""
    rows = School.objects.filter(pk__in=schools).select_related("authority").order_by("pk")
    outcome = search_findings(schools=list(rows), by=User.objects.get(pk=by), at=timezone.now())
    return {"new": outcome.new, "standing": outcome.standing, "ended": outcome.ended}


@app.periodic(cron="27 20 * * *")  # the queue counts in UTC: before anybody is at work
@app.task(name="supervision.search", queue="rescue", queueing_lock="supervision.search")
async def search(timestamp: int) -> None:  # noqa: ARG001  # procrastinate passes the tick
    """Look over every school."""
    await sync_to_async(_search)()


def _search() -> None:
    close_old_connections()
    try:
        search_all_findings(at=timezone.now())
    finally:
        close_old_connections()
