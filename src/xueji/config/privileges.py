"""Two roles in the database: its owner makes and changes tables; the product reads and writes rows, and no more.

What the product's role may do with a table follows from the table's own promise: where a trigger refuses UPDATE or
DELETE whoever asks, the role has not even the right, so that it takes the owner's hand to switch the trigger off. The
ledger is touched by INSERT and SELECT alone. Nobody but the owner may TRUNCATE. Granted anew after every migration by
whoever migrates, and to later tables and the queue's by default (docs/adr/0018).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

import pgtrigger
from django.apps import apps
from django.db import connection, models, transaction
from psycopg import sql

OWNER_VARIABLE = "XUEJI_OWNER_URL"
_ROWS = ("SELECT", "INSERT", "UPDATE", "DELETE")
# Django's own record of what was migrated is the owner's business.
_READ_ONLY: Mapping[str, frozenset[str]] = {"django_migrations": frozenset({"SELECT"})}


def rights_by_table() -> dict[str, frozenset[str]]:
    """Return what the product's role may do with the rows of each table it may not do everything with."""
    found = dict(_READ_ONLY)
    for model in apps.get_models():
        refused = _refused(model)
        if refused:
            found[model._meta.db_table] = frozenset(_ROWS) - refused  # noqa: SLF001  # Django's documented interface
    return found


def _refused(model: type[models.Model]) -> frozenset[str]:
    """Return what a trigger of the table refuses to everybody, without a condition."""
    triggers = getattr(model._meta, "triggers", ())  # noqa: SLF001  # where pgtrigger keeps them
    protecting = [
        trigger for trigger in triggers if isinstance(trigger, pgtrigger.Protect) and trigger.condition is None
    ]
    by_right = {"UPDATE": pgtrigger.Update, "DELETE": pgtrigger.Delete}
    return frozenset(
        right for right, operation in by_right.items() if any(operation in trigger.operation for trigger in protecting)
    )


def grant(role: str) -> None:
    """Give the product's role its rights on everything that is there now, and by default on what the owner makes later.

    One transaction on the owner's connection: at no moment has the role more than it should.
    """
    name = sql.Identifier(role)
    statements = [
        sql.SQL("grant usage on schema public to {}").format(name),
        sql.SQL("revoke all on all tables in schema public from {}").format(name),
        sql.SQL("grant select, insert, update, delete on all tables in schema public to {}").format(name),
        sql.SQL("grant usage, select on all sequences in schema public to {}").format(name),
        sql.SQL(
            "alter default privileges in schema public grant select, insert, update, delete on tables to {}"
        ).format(name),
        sql.SQL("alter default privileges in schema public grant usage, select on sequences to {}").format(name),
    ]
    for table, rights in rights_by_table().items():
        withheld = sql.SQL(", ").join(sql.SQL(right) for right in _ROWS if right not in rights)
        statements.append(sql.SQL("revoke {} on {} from {}").format(withheld, sql.Identifier(table), name))
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def owner_url() -> str | None:
    """Return the address of the database as its owner, where this process was given one."""
    return os.environ.get(OWNER_VARIABLE)


@contextmanager
def as_owner(url: str | None) -> Iterator[None]:
    """Let Django's connection be the owner's for a while; without an address it stays who it is.

    The pool is closed on both sides: no connection of the one is handed to the other.
    """
    if url is None:
        yield
        return
    parts, kept = urlsplit(url), dict(connection.settings_dict)
    credentials = {"USER": unquote(parts.username or "postgres"), "PASSWORD": unquote(parts.password or "")}
    _switch(credentials)
    try:
        yield
    finally:
        _switch({name: kept[name] for name in credentials})


def _switch(who: Mapping[str, str]) -> None:
    connection.close()
    connection.close_pool()
    connection.settings_dict.update(who)


def may_migrate() -> bool:
    """Whether the role in use may make tables."""
    with connection.cursor() as cursor:
        cursor.execute("select has_schema_privilege(current_user, 'public', 'create')")
        return bool(cursor.fetchone()[0])


def owns_tables() -> bool:
    """Whether the role in use owns the tables, or may do anything: then the separation holds nothing."""
    with connection.cursor() as cursor:
        cursor.execute(
            """select r.rolsuper or exists (
                   select from pg_class c join pg_namespace n on n.oid = c.relnamespace
                   where n.nspname = 'public' and c.relkind in ('r', 'p') and pg_has_role(current_user, c.relowner, 'member'))
               from pg_roles r where r.rolname = current_user"""
        )
        return bool(cursor.fetchone()[0])
