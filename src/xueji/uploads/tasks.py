"""The job of uploads: thin, the work is in `actions/reading.py`; what a failed one lets go is in `actions/interrupted.py`."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from django.db import close_old_connections
from django.utils import timezone
from procrastinate.contrib.django import app

from xueji.jobs.progress import JobProgress
from xueji.jobs.runners import job_runner
from xueji.uploads.actions import interrupted
from xueji.uploads.actions.erasing import tidy_files
from xueji.uploads.actions.reading import read_upload


@job_runner("upload.read", failed=interrupted.fail_upload, again=interrupted.reopen_upload)
def run(progress: JobProgress, *, upload_id: int) -> dict[str, Any]:
    """Read one upload."""
    return read_upload(upload_id, progress)


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
