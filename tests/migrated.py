"""The database of a test session is copied from one that was migrated once: laying it out anew takes half a minute.

The original stands in the private server under a digest of what makes it: the files of all migrations, the modules
they import, the pinned packages and the order of the apps. Whatever of these changes makes another original, and the
one before is dropped. On a server of one's own (`DATABASE_URL`) nothing is kept: there the migrations run every time.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from psycopg import sql

from xueji.config.migrating import triggers_without_rendering

ROOT = Path(__file__).resolve().parents[1]
PREFIX = "migrated_"
_MAKING = 0x584A0002  # the advisory lock of whoever makes the original: both processes of a session ask for it


def original() -> str:
    """Return the name of the database to copy; who asks first makes it."""
    name = PREFIX + digest()
    with _server() as server:
        server.execute("select pg_advisory_lock(%s)", [_MAKING])
        names = {found for (found,) in server.execute("select datname from pg_database").fetchall()}
        if name not in names:
            for stale in sorted(found for found in names if found.startswith(PREFIX)):
                server.execute(sql.SQL("drop database {}").format(sql.Identifier(stale)))
            making = f"{PREFIX}making"
            _migrate(making)
            server.execute(sql.SQL("alter database {} rename to {}").format(*map(sql.Identifier, (making, name))))
    return name


def digest() -> str:
    """Return what tells one original from another: sixteen signs over all that makes it."""
    whole = hashlib.sha256(repr([config.name for config in apps.get_app_configs()]).encode())
    for path in sorted({*_migrations(), *_imported(_migrations()), ROOT / "requirements" / "base.txt", Path(__file__)}):
        whole.update(f"{path}\n".encode() + path.read_bytes())
    return whole.hexdigest()[:16]


def _migrations() -> list[Path]:
    """Return the files of the migrations of all apps, the product's, the tests' and those of packages."""
    loader = MigrationLoader(None, load=False)
    loader.load_disk()
    names = {migration.__module__ for migration in loader.disk_migrations.values()}
    return [path for name in sorted(names) for path in _file_of(name)]


def _imported(migrations: list[Path]) -> Iterator[Path]:
    """Yield the files of our own modules that a migration imports, at its head or on the way."""
    for migration in migrations:
        for node in ast.walk(ast.parse(migration.read_bytes())):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
            else:
                continue
            for name in names:
                if name.split(".")[0] in ("xueji", "tests"):
                    yield from _file_of(name)


def _file_of(module: str) -> list[Path]:
    found = importlib.util.find_spec(module)
    return [Path(found.origin)] if found and found.origin else []


def _migrate(name: str) -> None:
    """Run all migrations in a new database of this name, as a test session does without an original."""
    named, test = connection.settings_dict["NAME"], dict(connection.settings_dict["TEST"])
    connection.settings_dict["TEST"].update(NAME=name, TEMPLATE=None)
    try:
        with triggers_without_rendering():
            connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        _leave_statistics_alone()
    finally:
        connection.close()
        connection.settings_dict["TEST"].update(test)
        connection.settings_dict["NAME"] = settings.DATABASES["default"]["NAME"] = named


def _leave_statistics_alone() -> None:
    """Let nothing vacuum the tables: what a test writes is never committed, so a table with rows would count as empty.

    The planner then puts whole tables inside each other: a page over ten small ones took a quarter of an hour.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "select oid::regclass::text from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f"alter table {table} set (autovacuum_enabled = off)")


@contextmanager
def _server() -> Iterator[psycopg.Connection[Any]]:
    """A connection beside Django's, to the server and not to a database of the tests."""
    address = {"user": "USER", "host": "HOST", "port": "PORT", "password": "PASSWORD"}
    words = {word: str(connection.settings_dict[key]) for word, key in address.items() if connection.settings_dict[key]}
    with psycopg.connect(**words, dbname="postgres", autocommit=True) as server:
        yield server
