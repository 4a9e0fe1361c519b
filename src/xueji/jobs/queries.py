"""Jobs a person may watch."""

from __future__ import annotations

from xueji.accounts.models import User
from xueji.core.errors import NotFound
from xueji.jobs.models import Job


def job_for(user: User, job_id: int) -> Job:
    """Return a job the person started; anybody else's is «not found»."""
    job = Job.objects.filter(pk=job_id, started_by=user).first()
    if job is None:
        raise NotFound
    return job
