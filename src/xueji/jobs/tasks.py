"""The queue's side: one task that runs any job, and the rescuer of jobs whose worker died."""

from __future__ import annotations

from procrastinate.contrib.django import app

from xueji.jobs import actions

# Short enough that a person still waits on the page, long enough that a busy worker is not taken for dead.
HEARTBEAT_SECONDS = 5.0
STALLED_AFTER_SECONDS = 15.0


@app.task(name="jobs.run", queue="jobs")
def run_job(*, job_id: int) -> None:
    """Run one job."""
    actions.run(job_id)


@app.periodic(cron="*/10 * * * * *")
@app.task(name="jobs.rescue", queue="rescue", queueing_lock="jobs.rescue")
async def rescue_stalled(timestamp: int) -> None:  # noqa: ARG001  # procrastinate passes the tick
    """Hand out again what a dead worker left; `jobs.run` itself gives up after too many attempts.

    It takes a queueing lock but no lock: a rescuer that died must not block the next one.
    """
    for stalled in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_SECONDS):
        await app.job_manager.retry_job(stalled)
