"""Jobs of graduation: thin, the work is in `reading.py`."""

from __future__ import annotations

from typing import Any

from xueji.graduation.actions.reading import read_intake
from xueji.graduation.records.actions.reading import read_record_intake
from xueji.jobs.progress import Progress
from xueji.jobs.runners import job_runner


@job_runner("intake.read")
def run(progress: Progress, *, intake_id: int) -> dict[str, Any]:
    """Read one upload."""
    return read_intake(intake_id, progress)


@job_runner("records.read")
def run_records(progress: Progress, *, intake_id: int) -> dict[str, Any]:
    """Read one upload of records."""
    return read_record_intake(intake_id, progress)
