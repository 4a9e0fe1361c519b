"""For tests and the demo's loader: run what is queued, in this process."""

from __future__ import annotations

from xueji.jobs import actions
from xueji.jobs.models import Job, JobState


def run_pending_jobs() -> int:
    """Run every queued job in order of entry, including those that running jobs add; return how many ran."""
    ran = 0
    while job := Job.objects.filter(state=JobState.QUEUED).order_by("pk").first():
        actions.run(job.pk)
        ran += 1
    return ran
