"""What comes back from a dump is, to the audit, what the migrations made: no false alarm on the day of a restore."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection

from xueji.cli import dumps
from xueji.cli.audit_schema import facts, facts_of
from xueji.cli.expressions import one_form

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def beside() -> Iterator[dict[str, str]]:
    """An empty database beside that of the tests, and how PostgreSQL's programs find it."""
    name = f"{connection.settings_dict['NAME']}_beside"
    with connection.cursor() as cursor:
        cursor.execute(f'drop database if exists "{name}"')
        cursor.execute(f'create database "{name}" template template0')
    yield dumps.environment() | {"PGDATABASE": name}
    with connection.cursor() as cursor:
        cursor.execute(f'drop database "{name}"')


def test_a_dump_brought_back_is_what_the_migrations_made(beside: dict[str, str]) -> None:
    major, plain = dumps.server_major(), os.environ | dumps.environment()
    words = ["--schema-only", "--no-owner", "--no-privileges", "--format=custom"]
    dump = subprocess.run([dumps.program("pg_dump", major), *words], env=plain, capture_output=True, check=True).stdout
    command = [dumps.program("pg_restore", major), "--no-owner", "--exit-on-error", "--dbname", beside["PGDATABASE"]]
    subprocess.run(command, env=beside, input=dump, check=True)
    found = {word: beside[word] for word in ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD") if word in beside}
    address = {word.removeprefix("PG").lower(): value for word, value in found.items()}
    with psycopg.connect(dbname=beside["PGDATABASE"], **address, autocommit=True) as restored:
        again = facts_of(restored.cursor())
        restored.execute("alter table cases_decision alter column verdict drop not null")
        changed = facts_of(restored.cursor())
    assert again == facts()
    assert len(again) > 1000
    assert changed != again  # it would be seen


@pytest.mark.parametrize(
    ("migrated", "restored"),
    [
        ("((a)::text = ANY ((ARRAY['x, (y'::character varying, 'it''s'::text])::text[]))",
         "((a)::text = ANY (ARRAY[('x, (y'::character varying)::text, ('it''s'::text)::text]))"),
        ("(((a) AND (b)) AND ((c) AND (d)))", "((a) AND (b) AND ((c) AND (d)))"),
        ("((((a) OR (b)) OR (c)) OR (d))", "((a) OR (b) OR (c) OR (d))"),
        ("((flag AND (a)) AND (b))", "(flag AND (a) AND (b))"),
    ],
)  # fmt: skip
def test_what_means_the_same_has_one_form(migrated: str, restored: str) -> None:
    assert one_form(migrated) == one_form(restored) == restored


@pytest.mark.parametrize(
    ("expression", "other"),
    [
        ("(((a) OR (b)) AND (c))", "((a) OR (b) AND (c))"),
        ("((a) OR ((b) AND (c)))", "(((a) OR (b)) AND (c))"),
        ("(f(' AND ') AND (a))", "(f AND (a))"),
        ("(('a'::text) = 'x) AND ('::text)", "(('a'::text) = 'x) OR ('::text)"),
    ],
)
def test_what_means_another_thing_has_another_form(expression: str, other: str) -> None:
    assert one_form(expression) != one_form(other)
