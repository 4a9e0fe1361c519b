"""Jobs of graduation: thin, the work is in `reading.py`; what a failed one lets go is in `interrupted.py`."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from django.db import close_old_connections
from django.utils import timezone
from procrastinate.contrib.django import app

from xueji.graduation.actions import interrupted
from xueji.graduation.actions.erasing import tidy_files
from xueji.graduation.actions.reading import read_intake
from xueji.graduation.records.actions.reading import read_record_intake
from xueji.jobs.progress import Progress
from xueji.jobs.runners import job_runner


@job_runner("intake.read", failed=interrupted.fail_intake, again=interrupted.reopen_intake)
def run(progress: Progress, *, intake_id: int) -> dict[str, Any]:
    """Read one upload."""
    return read_intake(intake_id, progress)


@job_runner("records.read", failed=interrupted.fail_record_intake, again=interrupted.reopen_record_intake)
def run_records(progress: Progress, *, intake_id: int) -> dict[str, Any]:
    """Read one upload of records."""
    return read_record_intake(intake_id, progress)


@app.periodic(cron="37 3 * * *")
@app.task(name="files.tidy", queue="rescue", queueing_lock="files.tidy")
async def tidy(timestamp: int) -> None:  # noqa: ARG001  # procrastinate passes the tick
    """Erase, every night, the files whose term is over and those nobody names."""
    await sync_to_async(_tidy)()


def _tidy() -> None:
    close_old_connections()
    try:
        tidy_files(at=timezone.now())
    finally:
        close_old_connections()
