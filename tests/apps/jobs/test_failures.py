"""A job that is given up lets go what waited for it, says why, and can be started again by who may see it."""

from __future__ import annotations

import errno
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob
from tests.exchange.people import write_workbook
from tests.factories.graduation import rows_of, setting
from tests.factories.institutions import appointed, staffed_city

from xueji.core.errors import Conflict
from xueji.institutions.models import Post
from xueji.institutions.queries.jobs import jobs_visible_to
from xueji.jobs import actions
from xueji.jobs.models import Job, JobState
from xueji.jobs.testing import run_pending_jobs
from xueji.ledger.models import Event
from xueji.ledger.tags import EventTag
from xueji.uploads import tasks
from xueji.uploads.actions import discard_upload, receive_upload
from xueji.uploads.models import UploadState

pytestmark = pytest.mark.django_db
AT = datetime(2019, 7, 1, 1, tzinfo=UTC)


@pytest.fixture
def breaking(monkeypatch) -> list[Exception]:
    """What the next reading breaks on; nothing left: it reads."""
    plan: list[Exception] = []
    reads = tasks.read_upload

    def read(upload_id, progress):
        if plan:
            raise plan.pop(0)
        return reads(upload_id, progress)

    monkeypatch.setattr(tasks, "read_upload", read)
    return plan


def send(here):
    """Send a workbook without waiting for its reading."""
    body = store_workbook(rows_of(2))
    return receive_upload(
        kind="graduates", subject=here.batch, workbook=("名册.xlsx", body), photos=None, by=here.clerk, at=AT
    )


def store_workbook(rows) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return write_workbook(Path(folder) / "名册.xlsx", rows).read_bytes()


def run_failing(job: Job) -> Job:
    with pytest.raises(OSError, match="file"):
        actions.run(job.pk)
    job.refresh_from_db()
    return job


def test_storage_that_cannot_be_written_frees_the_upload_with_the_reason(breaking) -> None:
    here = setting()
    breaking.append(OSError(errno.EROFS, "Read-only file system"))
    intake = send(here)
    job = run_failing(intake.job)
    intake.refresh_from_db()
    assert (job.state, intake.state) == (JobState.FAILED, UploadState.FAILED)
    assert "磁盘" in intake.message
    assert intake.message == job.error
    assert Event.objects.filter(tag=EventTag.UPLOAD_FAILED, subject_id=intake.pk).count() == 1
    assert send(here).state == UploadState.READING  # the next upload is taken


def test_a_reading_that_killed_its_worker_five_times_frees_the_upload() -> None:
    here = setting()
    intake = send(here)
    Job.objects.filter(pk=intake.job_id).update(state=JobState.RUNNING, attempts=actions.MAX_ATTEMPTS)
    actions.run(intake.job_id)
    intake.refresh_from_db()
    assert intake.state == UploadState.FAILED
    assert "联系系统管理员" in intake.message


def test_an_upload_of_records_is_let_go_alike(monkeypatch) -> None:
    from tests.factories.uploads import RecordUploadFactory

    from xueji.uploads.models import UploadState

    def read(upload_id, progress):
        raise KeyError("file")

    monkeypatch.setattr(tasks, "read_upload", read)
    intake = RecordUploadFactory(state=UploadState.READING)
    job = actions.start_job(kind="upload.read", title="试", arguments={"upload_id": intake.pk}, by=None, at=AT)
    with pytest.raises(KeyError):
        actions.run(job.pk)
    intake.refresh_from_db()
    assert intake.state == UploadState.FAILED
    assert str(job.pk) in intake.message


def test_a_job_that_the_queue_has_lost_is_given_up_and_one_it_holds_is_not(django_capture_on_commit_callbacks) -> None:
    here = setting()
    beside = setting(here.city, school=here.city.city_school)
    lost, kept_job = send(here), send(beside)
    with connection.cursor() as cursor:
        cursor.execute("delete from procrastinate_jobs where (args->>'job_id')::int = %s", [lost.job_id])
    assert ProcrastinateJob.objects.filter(args__job_id=kept_job.job_id).exists()
    assert actions.give_up_lost_jobs(at=AT) == 0  # they are just being made
    assert actions.give_up_lost_jobs(at=AT + timedelta(minutes=5)) == 1
    for intake in (lost, kept_job):
        intake.refresh_from_db()
    assert (lost.state, kept_job.state) == (UploadState.FAILED, UploadState.READING)


def test_a_failed_job_is_started_again_and_reads_the_same_files(breaking) -> None:
    here = setting()
    breaking.append(OSError(errno.ENOSPC, "No space left for the file"))
    intake = send(here)
    job = run_failing(intake.job)
    actions.retry_job(job=job, by=here.clerk, at=AT)
    intake.refresh_from_db()
    assert (intake.state, intake.message) == (UploadState.READING, "")
    assert run_pending_jobs() == 1
    intake.refresh_from_db()
    job.refresh_from_db()
    assert (intake.state, intake.row_count, job.state, job.attempts) == (UploadState.READY, 2, JobState.DONE, 1)
    assert Event.objects.filter(tag=EventTag.JOB_RETRIED, subject_id=job.pk, actor_id=here.clerk.pk).count() == 1
    with pytest.raises(Conflict, match="不需要重新开始"):
        actions.retry_job(job=job, by=here.clerk, at=AT)


def test_an_upload_that_was_replaced_is_not_taken_up_again(breaking) -> None:
    here = setting()
    breaking.append(OSError(errno.ENOSPC, "No space left for the file"))
    old = run_failing(send(here).job)
    newer = send(here)
    with pytest.raises(Conflict, match="另一份"):
        actions.retry_job(job=old, by=here.clerk, at=AT)
    old.refresh_from_db()
    assert old.state == JobState.FAILED
    discard_upload(upload=newer, by=here.clerk, at=AT)
    actions.retry_job(job=old, by=here.clerk, at=AT)


def test_who_sees_a_job_and_who_does_not() -> None:
    here = setting()
    beside = setting(here.city, school=here.city.city_school)
    stranger = staffed_city(division_code="610400", county_code="610401")
    mine, other = send(here).job, send(beside).job
    for person, seen in [
        (here.clerk, {mine}),
        (here.city.leader, {mine}),  # of the same school
        (here.city.administrator, {mine, other}),
        (appointed(Post.ADMINISTRATOR, here.city.county), {mine}),
        (here.city.county_reviewer, set()),
        (stranger.administrator, set()),
    ]:
        assert set(jobs_visible_to(person)) == seen


def test_the_page_of_a_stuck_upload_offers_a_way_on(client, breaking) -> None:
    here = setting()
    breaking.append(OSError(errno.EROFS, "Read-only file system"))
    intake = send(here)
    client.force_login(here.clerk, backend="xueji.accounts.backends.Accounts")
    page = f"/school/intakes/{intake.pk}/"
    assert f"{page}discard/" in client.get(page).content.decode()
    run_failing(intake.job)
    page_text = client.get(page).content.decode()
    assert "磁盘" in page_text
    assert f"/jobs/{intake.job_id}/retry/" in page_text
    listed = client.get("/jobs/", {"state": "failed"}).content.decode()
    assert f"/jobs/{intake.job_id}/retry/" in listed
    answer = client.post(f"/jobs/{intake.job_id}/retry/", headers={"referer": f"http://testserver{page}"})
    assert answer["Location"].endswith(page)
    intake.refresh_from_db()
    assert intake.state == UploadState.READING
    assert client.get("/jobs/", {"state": "failed"}).content.decode().count("/retry/") == 0


def test_the_administrator_starts_a_schools_job_again_and_a_stranger_cannot(client, breaking) -> None:
    here, stranger = setting(), staffed_city(division_code="610400", county_code="610401")
    breaking.append(OSError(errno.EROFS, "Read-only file system"))
    job = run_failing(send(here).job)
    for person, status in [
        (stranger.administrator, 404),
        (here.city.county_reviewer, 404),
        (here.city.administrator, 302),
    ]:
        client.force_login(person, backend="xueji.accounts.backends.Accounts")
        assert client.post(f"/jobs/{job.pk}/retry/").status_code == status
