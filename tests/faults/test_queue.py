"""What brings a job back after its worker or its database died, looked at piece by piece."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import psycopg
import pytest
from croniter import croniter
from django.db import OperationalError, connection
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException

from xueji.jobs import actions, runners
from xueji.jobs.models import Job, JobState
from xueji.jobs.tasks import STALLED_AFTER_SECONDS, run_job, tidy

AT = datetime(2019, 7, 1, 1, tzinfo=UTC)


@pytest.fixture
def fragile(monkeypatch) -> list[str]:
    """A kind of job that loses its database on every start but the last planned one."""
    plan: list[str] = []

    def run(progress, **arguments) -> dict:
        if plan.pop() == "lost":
            raise OperationalError("server closed the connection unexpectedly")
        return {"done": True}

    monkeypatch.setitem(runners._KINDS, "test.fragile", runners.JobKind(run))
    return plan


def job() -> Job:
    return actions.start_job(kind="test.fragile", title="试", arguments={}, by=None, at=AT)


@pytest.mark.django_db
def test_a_job_whose_database_went_away_is_not_failed_but_started_again(fragile):
    fragile += ["fine", "lost"]
    started = job()
    with pytest.raises(OperationalError):
        actions.run(started.pk)
    started.refresh_from_db()
    assert (started.state, started.attempts) == (JobState.RUNNING, 1)
    actions.run(started.pk)
    started.refresh_from_db()
    assert (started.state, started.attempts, started.result) == (JobState.DONE, 2, {"done": True})


@pytest.mark.django_db
def test_a_job_that_is_interrupted_every_time_is_given_up(fragile):
    fragile += ["lost"] * actions.MAX_ATTEMPTS
    started = job()
    for _ in range(actions.MAX_ATTEMPTS):
        with pytest.raises(OperationalError):
            actions.run(started.pk)
    actions.run(started.pk)
    started.refresh_from_db()
    assert started.state == JobState.FAILED
    assert "联系系统管理员" in started.error


@pytest.mark.django_db(transaction=True)
def test_a_job_in_other_hands_is_asked_for_again_not_forgotten(fragile):
    started = job()
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("select pg_advisory_lock(%s, %s)", [actions._LOCK_SPACE, started.pk])
        with pytest.raises(actions.InOtherHands):
            actions.run(started.pk)
    finally:
        other.close()
    started.refresh_from_db()
    assert (started.state, started.attempts) == (JobState.QUEUED, 0)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("cause", "raised"),
    [(psycopg.OperationalError("server closed the connection"), OperationalError),
     (psycopg.errors.SyntaxError("bug"), ConnectorException)],
)  # fmt: skip
def test_a_database_that_dies_while_a_job_is_queued_is_away_like_any_other(fragile, monkeypatch, cause, raised):
    def defer(**_arguments: object) -> None:
        raise ConnectorException from cause

    monkeypatch.setattr(actions.queue, "configure_task", lambda *_, **__: SimpleNamespace(defer=defer))
    with pytest.raises(raised):
        job()
    assert not Job.objects.exists()


@pytest.mark.parametrize("error", [OperationalError("away"), actions.InOtherHands(1)])
def test_the_queue_tries_interrupted_jobs_again_and_leaves_bugs_alone(error):
    from procrastinate.jobs import Job as QueueJob

    queued = QueueJob(id=1, queue="jobs", lock=None, queueing_lock=None, task_name="jobs.run", attempts=1)
    assert run_job.get_retry_exception(exception=error, job=queued) is not None
    assert run_job.get_retry_exception(exception=KeyError("bug"), job=queued) is None


def test_the_rescuer_looks_at_least_as_often_as_a_worker_may_be_silent():
    ticks = [p.cron for p in app.periodic_registry.periodic_tasks.values() if p.task.name == "jobs.rescue"]
    assert len(ticks) == 1
    times = croniter(ticks[0], timezone.make_aware(datetime(2019, 7, 1, 10, 7)))
    first, second = times.get_next(datetime), times.get_next(datetime)
    assert 0 < (second - first).total_seconds() <= STALLED_AFTER_SECONDS


@pytest.mark.django_db
def test_reading_twice_makes_the_same_error_workbook():
    from tests.factories.graduation import rows_of, setting, upload

    from xueji.documents.storage import open_stored

    here = setting()
    rows = rows_of(3)
    rows[1]["性别"] = "未知"
    first = upload(here, rows)
    again = upload(here, rows)
    assert first.error_workbook_id is not None
    # Each upload keeps its own, erased with it; what stands in them is the same to the byte.
    contents = [open_stored(intake.error_workbook_id).read() for intake in (first, again)]
    assert contents[0] == contents[1]


@pytest.mark.django_db(transaction=True)
def test_sessions_that_ran_out_are_cleared_every_night():
    from importlib import import_module

    from asgiref.sync import async_to_sync
    from django.conf import settings
    from django.contrib.sessions.models import Session

    store = import_module(settings.SESSION_ENGINE).SessionStore
    for lasts in (-60, 3600):
        session = store()
        session["who"] = str(lasts)
        session.set_expiry(lasts)
        session.save()
    with app.replace_connector(app.connector.get_worker_connector()) as with_pool:
        async_to_sync(_tidied)(with_pool)
    assert [session.get_decoded()["who"] for session in Session.objects.all()] == ["3600"]
    ticks = [p.cron for p in app.periodic_registry.periodic_tasks.values() if p.task.name == "jobs.tidy"]
    assert ticks == ["17 3 * * *"]


async def _tidied(with_pool) -> None:
    async with with_pool.open_async():
        await tidy(timestamp=0)
