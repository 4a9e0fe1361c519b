"""The queue's side: one task that runs any job, and the rescuer of jobs whose worker died."""

from __future__ import annotations

from importlib import import_module

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import close_old_connections
from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from xueji.jobs import actions

# Short enough that a person still waits on the page, long enough that a busy worker is not taken for dead.
HEARTBEAT_SECONDS = 5.0
STALLED_AFTER_SECONDS = 15.0


# Patient enough for a database that is restored by hand; how often a job itself may be started is MAX_ATTEMPTS.
_AGAIN = RetryStrategy(
    max_attempts=100, wait=2, linear_wait=2, retry_exceptions=[*actions.Interrupted, actions.InOtherHands]
)


@app.task(name=actions.RUN_TASK, queue=actions.RUN_QUEUE, retry=_AGAIN)
def run_job(*, job_id: int) -> None:
    """Run one job. The thread may be an old one whose connection broke long ago, so it is looked at first."""
    close_old_connections()
    try:
        actions.run(job_id)
    finally:
        close_old_connections()


@app.periodic(cron="* * * * * */10")  # the sixth field is seconds: it stands last
@app.task(name="jobs.rescue", queue="rescue", queueing_lock="jobs.rescue")
async def rescue_stalled(timestamp: int) -> None:  # noqa: ARG001  # procrastinate passes the tick
    """Hand out again what a dead worker left; `jobs.run` itself gives up after too many attempts.

    It takes a queueing lock but no lock: a rescuer that died must not block the next one.
    """
    for stalled in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_SECONDS):
        await app.job_manager.retry_job(stalled)
    await sync_to_async(_give_up_lost)()


def _give_up_lost() -> None:
    close_old_connections()
    try:
        actions.give_up_lost_jobs(at=timezone.now())
    finally:
        close_old_connections()


_FAILED_KEPT_HOURS = 30 * 24  # what the queue remembers of failures; our own rows of jobs stay


@app.periodic(cron="17 3 * * *")
@app.task(name="jobs.tidy", queue="rescue", queueing_lock="jobs.tidy")
async def tidy(timestamp: int) -> None:  # noqa: ARG001  # procrastinate passes the tick
    """Throw away, every night, what nobody will ask for again: sessions that ran out, the queue's old failures."""
    await sync_to_async(_clear_sessions)()
    await app.job_manager.delete_old_jobs(nb_hours=_FAILED_KEPT_HOURS, include_failed=True, include_cancelled=True)


def _clear_sessions() -> None:
    close_old_connections()
    try:
        import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    finally:
        close_old_connections()
