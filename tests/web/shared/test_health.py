"""Whether the place works, asked by machines: «no» when something essential is wrong; figures for watchers alone."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone
from tests.factories.ledger import EventFactory

from xueji.jobs.models import Job
from xueji.web import condition as module

pytestmark = pytest.mark.django_db
FAR = {"REMOTE_ADDR": "203.0.113.7"}


@pytest.fixture(autouse=True)
def worker():
    """A worker that gave a sign of life just now."""
    with connection.cursor() as cursor:
        cursor.execute("insert into procrastinate_workers (last_heartbeat) values (now())")


def ready(client: Client, **more):
    answer = client.get("/readyz", **more)
    return answer.status_code, json.loads(answer.content)


def test_a_place_in_order_is_ready_and_tells_its_figures(client: Client) -> None:
    Job.objects.create(kind="x", title="x", created_at=timezone.now() - timedelta(seconds=40))
    status, figures = ready(client)
    assert (status, figures["problems"], figures["ready"]) == (200, [], True)
    assert (figures["queued"], figures["failed"]) == (1, 0)
    assert figures["queue_seconds"] >= 40
    assert figures["free_mb"] > 0


def test_the_head_of_the_ledger_is_told_by_number_and_time_alone(client: Client) -> None:
    event = EventFactory()
    assert ready(client)[1]["ledger"] == {"last": event.pk, "at": event.at.isoformat()}


def test_without_a_worker_it_is_not_ready(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("update procrastinate_workers set last_heartbeat = now() - interval '1 minute'")
    status, figures = ready(client)
    assert (status, figures["worker"], figures["problems"]) == (503, False, ["没有任务进程在工作"])


def test_a_full_disk_is_not_ready(client: Client, monkeypatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=5))
    status, figures = ready(client)
    assert (status, figures["storage"], figures["problems"]) == (503, False, ["磁盘将满"])


def test_storage_that_cannot_be_written_is_not_ready(client: Client, monkeypatch) -> None:
    def refuse(**_arguments):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(module.tempfile, "TemporaryFile", refuse)
    status, figures = ready(client)
    assert (status, figures["storage"], figures["problems"]) == (503, False, ["文件目录不能写入"])


def test_tables_of_another_version_are_not_ready(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("reset role")  # the record of migrations is the owner's
        cursor.execute("delete from django_migrations where (app, name) = ('jobs', '0001_initial')")
    status, figures = ready(client)
    assert (status, figures["migrated"]) == (503, False)


def test_a_database_that_is_away_is_not_ready(client: Client) -> None:
    def fail(*_):
        raise OperationalError("gone")

    with connection.execute_wrapper(fail):
        status, figures = ready(client)
    assert (status, figures["database"]) == (503, False)


def test_a_long_queue_and_failed_jobs_are_warned_of(client: Client) -> None:
    long_ago = timezone.now() - timedelta(minutes=11)
    Job.objects.create(kind="x", title="x", created_at=long_ago)
    Job.objects.create(kind="x", title="x", created_at=long_ago, state="failed", finished_at=timezone.now())
    status, figures = ready(client)
    assert status == 200
    assert len(figures["warnings"]) == 2


def test_strangers_learn_only_whether_it_works(client: Client, settings) -> None:
    assert set(ready(client, **FAR)[1]) == {"ready", "database", "migrated", "worker", "storage"}
    settings.METRICS_TOKEN = "a-token-of-the-watcher"
    known = {"authorization": "Bearer a-token-of-the-watcher"}
    assert "ledger" in ready(client, headers=known, **FAR)[1]
    assert "ledger" not in ready(client, headers={"authorization": "Bearer another"}, **FAR)[1]


def test_metrics_are_for_watchers_alone(client: Client, settings) -> None:
    assert client.get("/metrics", **FAR).status_code == 404
    settings.METRICS_TOKEN = "a-token-of-the-watcher"
    assert client.get("/metrics", headers={"authorization": "Bearer "}, **FAR).status_code == 404
    assert client.get("/metrics", headers={"authorization": "Bearer a-token-of-the-watcher"}, **FAR).status_code == 200


def test_metrics_are_in_the_form_monitors_read(client: Client) -> None:
    from prometheus_client.parser import text_string_to_metric_families

    client.get("/help/")
    text = client.get("/metrics").content.decode()
    found = {sample.name: sample for family in text_string_to_metric_families(text) for sample in family.samples}
    assert found["xueji_ready"].value == 1
    assert found["xueji_jobs_queued"].value == 0
    assert found["xueji_storage_free_bytes"].value > 0
    counted = [
        sample for family in text_string_to_metric_families(text) for sample in family.samples
        if sample.name == "xueji_requests_total" and sample.labels["route"] == "public:guide"
    ]  # fmt: skip
    assert counted[0].labels == {"route": "public:guide", "method": "GET", "status": "200"}


def test_machines_are_not_sent_to_https(client: Client, settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/help/").status_code == 301
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 200
