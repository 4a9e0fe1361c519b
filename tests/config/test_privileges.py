"""The product's role: what it may do with rows, what only the owner of the tables may, and that the ledger is safe from it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import ProgrammingError, connection, transaction
from tests.factories.accounts import UserFactory

from xueji.accounts.models import User
from xueji.cli import reseal
from xueji.config.postgres import PRODUCT_ROLE
from xueji.config.privileges import OWNER_VARIABLE, grant, may_migrate, owns_tables, rights_by_table

pytestmark = pytest.mark.django_db

ONLY_THE_OWNER = [
    "update ledger_event set note = 'x'",
    "delete from ledger_event",
    "truncate ledger_event",
    "alter table ledger_event disable trigger all",
    "drop table ledger_event",
    "update cases_decision set verdict = 'approve'",
    "delete from production_sealingsession",
    "delete from certificates_certificate",
    "truncate accounts_user cascade",
    "delete from django_migrations",
    "create table mine (id int)",
    "create or replace function pgtrigger_never() returns trigger language plpgsql as 'begin return null; end'",
    "set session_replication_role = replica",
]


@pytest.fixture
def product() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("select 1 from pg_roles where rolname = %s", [PRODUCT_ROLE])
        if not cursor.fetchone():
            cursor.execute(f"create role {PRODUCT_ROLE} login")
        grant(PRODUCT_ROLE)
        cursor.execute(f"set role {PRODUCT_ROLE}")
    yield
    with connection.cursor() as cursor:
        cursor.execute("reset role")


@pytest.mark.parametrize("statement", ONLY_THE_OWNER, ids=lambda s: s[:48])
def test_what_only_the_owner_may(product: None, statement: str) -> None:
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), transaction.atomic():
        connection.cursor().execute(statement)


def test_the_owner_may_so_the_refusals_are_those_of_the_role() -> None:
    assert owns_tables()
    assert may_migrate()
    with connection.cursor() as cursor:
        cursor.execute("alter table ledger_event disable trigger all")
        cursor.execute("delete from ledger_event")


def test_the_product_writes_rows_and_events(product: None) -> None:
    user = UserFactory()
    user.full_name = "改名"
    user.save()
    assert User.objects.get(pk=user.pk).full_name == "改名"
    assert not owns_tables()
    assert not may_migrate()


def test_sealing_anew_is_the_owners(product: None, monkeypatch, capsys) -> None:
    """Half of it would fail at the first table that is only added to: it says so before it begins."""
    monkeypatch.setattr("xueji.cli.reseal.set_up", lambda **_: None)
    assert reseal.main([]) == 2
    assert f"须以表的所有者运行：请给出 {OWNER_VARIABLE}" in capsys.readouterr().out


def test_the_ledger_is_touched_by_insert_alone_and_no_table_lacks_select() -> None:
    rights = rights_by_table()
    assert rights["ledger_event"] == {"SELECT", "INSERT"}
    assert all("SELECT" in right for right in rights.values())


def test_a_table_made_later_is_the_products_too(product: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("reset role")
        cursor.execute("create table made_later (id int generated always as identity, word text)")
        cursor.execute(f"set role {PRODUCT_ROLE}")
        cursor.execute("insert into made_later (word) values ('a')")
        cursor.execute("update made_later set word = 'b'")
        cursor.execute("select word from made_later")
        assert cursor.fetchone() == ("b",)
        with pytest.raises(ProgrammingError), transaction.atomic():
            cursor.execute("truncate made_later")
