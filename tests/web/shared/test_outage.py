"""While the database is away, pages say «later» with 503, before and behind the sign-in; a bug is still a 500."""

from __future__ import annotations

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
