"""Apps of the tests' own: a folder of `tests/` with an `apps.py` is installed, as a product's app would be.

A new kind of case, of upload or of paper is tried there with models, kinds and pages of its own, and no file beside
the package is edited. Its tables stand in a schema of PostgreSQL apart: what the audit compares stays the product's.
"""

from __future__ import annotations

from pathlib import Path

from django.apps import apps
from django.db import connection

HERE = Path(__file__).parent
SCHEMA = "test_packages"


def names() -> list[str]:
    """Return the dotted names of the packages there are."""
    return [f"{HERE.name}.{found.parent.name}" for found in sorted(HERE.glob("*/apps.py"))]


def set_apart() -> None:
    """Move the tables of the packages into their schema, which is searched after the product's own."""
    tables = [
        model._meta.db_table
        for config in apps.get_app_configs()
        if config.name in names()
        for model in config.get_models(include_auto_created=True)
    ]
    with connection.cursor() as cursor:
        cursor.execute(f"create schema if not exists {SCHEMA}")
        cursor.execute(f'alter database "{connection.settings_dict["NAME"]}" set search_path = public, {SCHEMA}')
        for table in tables:
            cursor.execute(f'alter table if exists public."{table}" set schema {SCHEMA}')
    connection.close()  # the path counts from the next connection on
