"""Bring an install to the point where Django can be used: database running, created and migrated."""

from __future__ import annotations

import os
import sys

import django
from django.core.management import call_command

from xueji.config import postgres


def start_database(*, quiet: bool = False) -> postgres.Cluster | None:
    """Start the private cluster unless `DATABASE_URL` names a server; say which one is used."""
    if os.environ.get("DATABASE_URL"):
        if not quiet:
            print("数据库：DATABASE_URL", file=sys.stderr)
        return None
    cluster = postgres.start()
    postgres.create_database(cluster, "xueji")
    if not quiet:
        print(f"数据库：{cluster.origin}（{cluster.data_dir}）", file=sys.stderr)
    return cluster


def set_up(*, migrate: bool = True, quiet: bool = False) -> postgres.Cluster | None:
    """Start the database, load Django, bring the tables up to date."""
    cluster = start_database(quiet=quiet)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xueji.config.settings")
    django.setup()
    if migrate:
        call_command("migrate", interactive=False, verbosity=0)
    return cluster
