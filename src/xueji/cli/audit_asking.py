"""How `xueji audit` asks the database: plain SQL, all rows at once or as a stream that fits in memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_AT_ONCE = 5_000  # rows held in memory


def all_rows(sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """Return every row of a query."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql, values or None)
        return cursor.fetchall()


def streamed(sql: str) -> Iterator[tuple[Any, ...]]:
    """Stream rows from a cursor of the server: a table of millions is never held whole."""
    from django.db import connection, transaction

    with transaction.atomic():
        connection.ensure_connection()
        with connection.connection.cursor(name="audit") as cursor:
            cursor.itersize = _AT_ONCE
            cursor.execute(sql)
            yield from cursor
