"""While the database is away, pages say «later» with 503, before and behind the sign-in; a bug is still a 500."""

from __future__ import annotations

import errno
import shutil

import psycopg
import pytest
from django.db import InterfaceError, OperationalError, connection
from django.test import Client
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def visitor() -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(UserFactory())
    return client


@pytest.mark.parametrize("away", [OperationalError, InterfaceError])
def test_every_query_fails_and_the_page_says_later(visitor, away):
    def fail(*_):
        raise away("the connection is closed")

    with connection.execute_wrapper(fail):
        answer = visitor.get("/desk/")
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "数据库正在恢复" in answer.content.decode()


def full_database(*_):
    """What Django raises when PostgreSQL cannot extend a file."""
    raise OperationalError("could not extend file") from psycopg.errors.DiskFull("No space left on device")


def full_spool(*_):
    """What an upload raises that does not fit on the disk."""
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("fail", [full_database, full_spool])
def test_a_full_disk_is_told_as_what_it_is(visitor, fail):
    with connection.execute_wrapper(fail):
        answer = visitor.get("/desk/")
    text = answer.content.decode()
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "磁盘已满" in text
    assert "数据库正在恢复" not in text


def test_a_database_that_stopped_for_want_of_room_is_told_so_too(visitor, monkeypatch):
    def gone(*_):
        raise OperationalError("connection refused")

    usage = shutil.disk_usage("/")
    monkeypatch.setattr("xueji.web.shared.outage.shutil.disk_usage", lambda _: usage._replace(free=0))
    with connection.execute_wrapper(gone):
        assert "磁盘已满" in visitor.get("/desk/").content.decode()


def test_the_next_request_after_the_outage_is_answered(visitor):
    def fail(*_):
        raise OperationalError("gone")

    with connection.execute_wrapper(fail):
        assert visitor.get("/desk/").status_code == 503
    assert visitor.get("/desk/").status_code == 200


def test_a_bug_is_a_500_that_asks_to_be_reported(visitor, monkeypatch):
    def bug(*_, **__):
        raise KeyError("unforeseen")

    monkeypatch.setattr("xueji.web.middleware.access_of", bug)
    answer = visitor.get("/desk/")
    assert answer.status_code == 500
    text = answer.content.decode()
    assert "告诉系统管理员" in text
    assert "unforeseen" not in text
