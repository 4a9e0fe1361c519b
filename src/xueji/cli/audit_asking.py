"""How `xueji audit` asks the database: plain SQL, all rows at once or as a stream that fits in memory; and how it takes digests."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from psycopg.abc import Loader
from psycopg.types.string import ByteaBinaryLoader

_BLOCK = 64  # bytes of SHA-256
_AT_ONCE = 5_000  # rows held in memory


# What a session of the audit goes by, whatever the database or its roles say: names are looked for in the catalogue first, then
# in `public`, never among temporary tables; rows are not filtered unseen; sorts have room, and nothing is compiled for one question.
# A stream is read to its end, so its plan is that of the whole answer.
_OWN = {
    "search_path": "public, pg_temp", "row_security": "off", "work_mem": "64MB", "jit": "off", "cursor_tuple_fraction": "1",
}  # fmt: skip
_CATALOGUE = {"search_path": "pg_catalog, pg_temp"}


@contextmanager
def session(settings: Mapping[str, str] = _OWN) -> Iterator[None]:
    """Ask under the audit's own settings, and leave the session as it was."""
    was = {name: all_rows("select current_setting(%s)", name)[0][0] for name in settings}
    _set(settings)
    try:
        yield
    finally:
        _set(was)


def of_catalogue(sql: str) -> list[tuple[Any, ...]]:
    """Return every row of a question to the catalogue alone: nothing that somebody made is found in the place of its own."""
    with session(_CATALOGUE):
        return all_rows(sql)


def _set(settings: Mapping[str, str]) -> None:
    for name, value in settings.items():
        all_rows("select pg_catalog.set_config(%s, %s, false)", name, value)


def all_rows(sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """Return every row of a query."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql, values or None)
        return cursor.fetchall()


@contextmanager
def one_moment() -> Iterator[None]:
    """Ask several questions of one moment: what is written meanwhile stands in none of the answers."""
    from django.db import connection, transaction

    is_outermost = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if is_outermost:
            cursor.execute("set transaction isolation level repeatable read")
        yield


def streamed(sql: str, at_once: int = _AT_ONCE) -> Iterator[tuple[Any, ...]]:
    """Stream rows from a cursor of the server, bytes as they are: a table of millions is never held whole."""
    for rows in _runs(sql, at_once, {}):
        yield from rows


def columns_of(sql: str) -> Generator[list[tuple[Any, ...]]]:
    """Stream an answer some thousand rows at a time, each time its columns; texts as the bytes they are, to go into a digest."""
    for rows in _runs(sql, _AT_ONCE, dict.fromkeys(("text", "varchar"), ByteaBinaryLoader)):
        yield list(zip(*rows, strict=True))


def _runs(sql: str, at_once: int, loaders: Mapping[str, type[Loader]]) -> Iterator[list[tuple[Any, ...]]]:
    from django.db import connection, transaction

    with transaction.atomic():
        connection.ensure_connection()
        with connection.connection.cursor(name="audit", binary=True) as cursor:
            for name, loader in loaders.items():
                cursor.adapters.register_loader(name, loader)
            cursor.execute(sql)
            while rows := cursor.fetchmany(at_once):
                yield rows


@lru_cache(maxsize=64)
def keyed(key: bytes) -> Callable[[bytes], bytes]:
    """Return what takes the HMAC-SHA-256 (RFC 2104) of bytes under a key of at most 64.

    Written out, since `hmac` looks its algorithm up at every call: ten times the cost of a digest, by the million.
    """
    block = key.ljust(_BLOCK, b"\0")
    inner, outer = bytes(byte ^ 0x36 for byte in block), bytes(byte ^ 0x5C for byte in block)
    sha256 = hashlib.sha256
    return lambda text: sha256(outer + sha256(inner + text).digest()).digest()
