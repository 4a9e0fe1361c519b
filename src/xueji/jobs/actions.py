"""Start a job; run it; give it up after too many dead workers."""

from __future__ import annotations

import errno
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import psycopg
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F
from django.utils import timezone
from procrastinate.contrib.django import app as queue
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import ConnectorException

from xueji.accounts.models import User
from xueji.core.errors import Conflict, XuejiError
from xueji.jobs.models import Job, JobState
from xueji.jobs.progress import JobProgress
from xueji.jobs.runners import kind_of
from xueji.ledger.actions import record_event
from xueji.ledger.tags import EventTag

log = logging.getLogger("xueji.jobs")

Interrupted = (OperationalError, InterfaceError)  # the database went away, or a deadlock: no fault of the job
RUN_TASK, RUN_QUEUE = "jobs.run", "jobs"  # the queue's name of the task that runs any job
MAX_ATTEMPTS = 5  # a job that kills its worker five times is the fault of the job
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
_SETTLING = timedelta(minutes=2)  # a job and its place in the queue are written together, but not read together
_LOCK_SPACE = 0x584A  # «XJ»: keeps our advisory locks apart from any other's


class InOtherHands(Exception):
    """Another worker holds the job. It may be dying, so the queue asks again later instead of forgetting the job."""


def start_job(
    *,
    kind: str,
    title: str,
    arguments: dict[str, Any],
    by: User | None,
    at: datetime,
    school_id: int | None = None,
) -> Job:
    """Record a job and enqueue it in the caller's transaction: if that rolls back, neither exists."""
    kind_of(kind)
    with transaction.atomic():
        job = Job.objects.create(
            kind=kind, title=title, arguments=arguments, started_by=by, created_at=at, school_id=school_id
        )
        _enqueue(job)
    return job


def _enqueue(job: Job) -> None:
    """Hand a job to the queue; a database that goes away just then is said in the words everybody else uses."""
    try:
        queue.configure_task(RUN_TASK, queue=RUN_QUEUE).defer(job_id=job.pk)
    except ConnectorException as error:
        if isinstance(error.__cause__, (*Interrupted, psycopg.OperationalError, psycopg.InterfaceError)):
            raise OperationalError(str(error.__cause__)) from error
        raise


def run(job_id: int) -> None:
    """Run a job to its end, once at a time; a finished job is left alone.

    A worker that died leaves the job «running»; the queue's rescuer hands it out again and it starts from the
    beginning. The advisory lock keeps a slow first worker and a second one apart; it falls with its connection.
    A database that went away leaves the job «running» too: `Interrupted` is raised and the queue tries again.
    """
    with _exclusively(job_id) as mine:
        if not mine:
            raise InOtherHands(job_id)
        job = Job.objects.get(pk=job_id)
        if job.is_over:
            return
        if job.attempts >= MAX_ATTEMPTS:
            _finish(job, JobState.FAILED, error=f"任务已中断 {MAX_ATTEMPTS} 次，不再自动重试；请联系系统管理员")
            return
        Job.objects.filter(pk=job_id).update(state=JobState.RUNNING, attempts=F("attempts") + 1)
        try:
            result = kind_of(job.kind).run(JobProgress(job_id), **job.arguments)
        except XuejiError as error:
            _finish(job, JobState.FAILED, error=error.message)
        except Interrupted as error:
            log.warning("job %s (%s) was interrupted: %s", job_id, job.kind, error)
            raise
        except Exception as error:
            # The boundary of the process: the person waiting must be told, and the fault must reach the log.
            log.exception("job %s (%s) failed", job_id, job.kind)
            _finish(job, JobState.FAILED, error=_said_of(error, job_id))
            raise
        else:
            _finish(job, JobState.DONE, result=result)


def _said_of(error: Exception, job_id: int) -> str:
    """Return what the person waiting is told of a fault nobody foresaw."""
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        return "服务器磁盘已满或不能写入，任务没有完成；请系统管理员处理后重新办理"
    return f"程序出错，任务没有完成；请把任务号 {job_id} 告诉系统管理员"


def _finish(job: Job, state: JobState, *, result: dict[str, Any] | None = None, error: str = "") -> None:
    """End a job once; what waited for one that failed is let go in the same transaction."""
    at = timezone.now()
    with transaction.atomic():
        open_ones = Job.objects.filter(pk=job.pk, state__in=[JobState.QUEUED, JobState.RUNNING])
        if open_ones.update(state=state, result=result, error=error, finished_at=at) and state == JobState.FAILED:
            kind_of(job.kind).failed(message=error, at=at, **job.arguments)


def retry_job(*, job: Job, by: User, at: datetime) -> Job:
    """Start a job that was given up once more; Conflict unless it failed, and when what it was for is gone.

    Whoever may see a job may do this: it does again what somebody with the right asked for.
    """
    with transaction.atomic():
        locked = Job.objects.select_for_update().get(pk=job.pk)
        if locked.state != JobState.FAILED:
            raise Conflict(f"这个任务{locked.get_state_display()}，不需要重新开始")
        kind_of(locked.kind).again(by=by, at=at, **locked.arguments)
        locked.state, locked.error, locked.phase, locked.finished_at = JobState.QUEUED, "", "", None
        locked.attempts = locked.done = locked.total = 0
        locked.save()
        _enqueue(locked)
        record_event(
            tag=EventTag.JOB_RETRIED,
            subject=locked,
            by=by,
            at=at,
            school_id=locked.school_id,
            after={"kind": locked.kind},
        )
    return locked


def give_up_lost_jobs(*, at: datetime) -> int:
    """Give up jobs that the queue no longer knows: it tried too often, or its rows were lost. Return how many.

    Nobody would ever run them, and what waits for them would wait for ever.
    """
    known = ProcrastinateJob.objects.filter(task_name=RUN_TASK, status__in=["todo", "doing"])
    waiting = Job.objects.filter(state__in=[JobState.QUEUED, JobState.RUNNING], created_at__lt=at - _SETTLING)
    lost = waiting.exclude(pk__in=[row["job_id"] for row in known.values_list("args", flat=True)])
    jobs = list(lost)
    for job in jobs:
        log.error("job %s (%s) is no longer in the queue and is given up", job.pk, job.kind)
        _finish(job, JobState.FAILED, error="任务已不在队列中，没有完成；可以重新开始")
    return len(jobs)


@contextmanager
def _exclusively(job_id: int) -> Iterator[bool]:
    """Hold the advisory lock of a job on this connection; yield whether we got it."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s, %s)", [_LOCK_SPACE, job_id])
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine and connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("select pg_advisory_unlock(%s, %s)", [_LOCK_SPACE, job_id])
