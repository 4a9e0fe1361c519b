"""A database of its own for a bench, on the private server, dropped afterwards."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from xueji.config import postgres


@contextmanager
def scratch_database(name: str = "xueji_bench") -> Iterator[str]:
    """Start the private server, make an empty migrated database, load Django on it; yield its URL."""
    cluster = postgres.start()
    admin = cluster.url("postgres")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f'drop database if exists "{name}" with (force)')
        connection.execute(f'create database "{name}"')
    url = cluster.url(name)
    marks = tempfile.mkdtemp(prefix="xueji-marks-", dir=cluster.data_dir.parent)  # on the disk, as an install's
    os.environ["XUEJI_MARKS"] = marks
    load_django(url)
    from django.core.management import call_command
    from django.db import connections

    from xueji.certificates.marks import adopt_if_new

    call_command("migrate", interactive=False, verbosity=0)
    adopt_if_new()
    try:
        yield url
    finally:
        connections.close_all()
        shutil.rmtree(marks)
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(f'drop database if exists "{name}" with (force)')


def load_django(url: str) -> None:
    """Load Django on a database (also in the child processes of a bench)."""
    os.environ["DATABASE_URL"] = url
    os.environ["DJANGO_SETTINGS_MODULE"] = "xueji.config.settings"
    os.environ["XUEJI_TESTING"] = "1"  # no pools: one connection a client
    import django

    django.setup()
