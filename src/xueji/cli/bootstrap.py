"""Bring an install to the point where Django can be used: database running, created and migrated."""

from __future__ import annotations

import os
import sys

import django
from django.core.management import call_command

from xueji.config import postgres, practice


def start_database(*, quiet: bool = False) -> postgres.Cluster | None:
    """Start the private cluster unless `DATABASE_URL` names a server; say which one is used."""
    variable = practice.URL_VARIABLE if practice.is_practice() else "DATABASE_URL"
    if os.environ.get(variable):
        if not quiet:
            print(f"数据库：{variable}", file=sys.stderr)
        return None
    cluster = postgres.start()
    postgres.create_database(cluster, practice.DATABASE if practice.is_practice() else "xueji")
    if not quiet:
        print(f"数据库：{cluster.origin}（{cluster.data_dir}）", file=sys.stderr)
    return cluster


def set_up(*, migrate: bool = True, quiet: bool = False, marking: bool = False) -> postgres.Cluster | None:
    """Start the database, load Django, bring the tables up to date; WrongDatabase when it is not for this process.

    Asked before anything is migrated. With `marking` an empty database becomes the one for practice.
    """
    cluster = start_database(quiet=quiet)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xueji.config.settings")
    django.setup()
    if marking:
        practice.refuse_database_in_use()
    elif practice.is_practice() or practice.is_marked():
        practice.refuse_wrong_database(practice=practice.is_practice())
    if migrate:
        call_command("migrate", interactive=False, verbosity=0)
    if marking:
        practice.mark_for_practice()
    return cluster
