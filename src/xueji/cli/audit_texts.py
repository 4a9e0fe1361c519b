"""What the digests of `xueji audit` are over: the JSON object of a row, put together some thousand rows at a time.

A step of Python for every row costs more than its digest. So columns come from the database as bytes, each is looked over as a
whole, and written out value by value only where something in it needs that: a quote, a line break, a sealed text, an object.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import repeat
from json.encoder import encode_basestring

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from xueji.cli.audit_asking import all_rows

_ESCAPED = bytes(range(0x20)) + b'"\\'  # what does not stand in a JSON text as it is
_READ = json.JSONDecoder().raw_decode
_IN_ORDER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
# Columns whose text has nothing in it that JSON escapes: the database writes runs of them, with their names.
_PLAIN = """select attname::text from pg_attribute where attrelid = %s::regclass and attnum > 0 and not attisdropped and atttypid = any (
    array['bool', 'int2', 'int4', 'int8', 'numeric', 'uuid', 'date', 'timestamptz', 'int4range', 'int8range', 'daterange']::regtype[])"""
_FORMS = {
    "": "coalesce({}::text, '')",
    "range": "coalesce(lower({0})::text, '') || ':' || coalesce(upper({0})::text, '')",
    "at": "coalesce(to_char({} at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US'), '')",
    "json": "{}::text",
    "sealed": "{}",
}

Column = Sequence[bytes]
Part = (
    bytes | tuple[str, Callable[[Column], Iterable[bytes]]]
)  # what stands in every row, or a column and how it is written


class Form:
    """The parts of an object in their order; `wanted` is what to ask the database for, `texts` what comes of the answer."""

    def __init__(self, parts: Iterable[Part]) -> None:
        self._parts = tuple(parts)
        self.wanted = [part[0] for part in self._parts if isinstance(part, tuple)]

    def texts(self, columns: Sequence[Column]) -> Iterable[bytes]:
        """Return the object of each row, of the columns that were wanted."""
        answered = iter(columns)
        return map(
            b"".join,
            zip(
                *(repeat(part) if isinstance(part, bytes) else part[1](next(answered)) for part in self._parts),
                strict=False,
            ),
        )


def form_of(table: str, columns: Iterable[tuple[str, str]]) -> tuple[Form, list[tuple[int, str]]]:
    """Return the form of a table's rows, of columns and how each enters; and which of the wanted are sealed."""
    plain = {name for (name,) in all_rows(_PLAIN, table)}
    parts: list[Part] = []
    closed, run, wanted = [], "", 0
    for place, (name, how) in enumerate(sorted(columns)):
        value, lead = _FORMS[how].format(name), f'{"," if place else "{"}"{name}":'
        if name in plain:
            run += f"{' || ' if run else ''}'{lead}\"' || {value} || '\"'"
            continue
        if run:
            parts.append((run, as_it_is))
            run, wanted = "", wanted + 1
        if how == "sealed":
            closed.append((wanted, name))
        parts += [lead.encode(), (value, in_order)] if how == "json" else [f'{lead}"'.encode(), (value, quoted), b'"']
        wanted += 1
    return Form([*parts, *([(run, as_it_is)] if run else []), b"}"]), closed


def as_it_is(values: Column) -> Column:
    """Return what the database wrote in full."""
    return values


def quoted(values: Column) -> Column:
    """Return texts as JSON writes them between its quotes: nearly always as they are."""
    whole = b"".join(values)
    if len(whole.translate(None, _ESCAPED)) == len(whole):
        return values
    return [encode_basestring(value.decode())[1:-1].encode() for value in values]


def in_order(values: Sequence[bytes | None]) -> Iterable[bytes]:
    """Return objects as a JSON text of their own, keys in order, as the database does not write them."""
    return map(_ordered, values)


@lru_cache(maxsize=4096)
def _ordered(value: bytes | None) -> bytes:
    if value is None:
        return b'""'
    return encode_basestring(_IN_ORDER(_READ(value.decode())[0])).encode()


def opened(sealed: Column, name: str, rows: Column, keys: Mapping[int, bytes]) -> list[bytes | None]:
    """Return sealed texts of their column (`table.column`) and rows; nothing for one that is of another place, or without its key."""
    ciphers = {number.to_bytes(2, "big"): _cipher(key).decrypt for number, key in keys.items()}
    found: list[bytes | None] = []
    place = f"{name}:".encode()
    for value, row in zip(sealed, rows, strict=True):
        try:
            found.append(ciphers[value[1:3]](value[3:15], value[15:], place + row) if value else b"")
        except (InvalidTag, KeyError, ValueError):
            found.append(None)
    return found


def open_sealed(sealed: bytes, place: str, keys: Mapping[int, bytes]) -> str:
    """Return a sealed text of its place (`table.column:row`); InvalidTag when it is of another, KeyError without its key."""
    if not sealed:
        return ""
    key = keys[int.from_bytes(sealed[1:3], "big")]
    return _cipher(key).decrypt(sealed[3:15], sealed[15:], place.encode()).decode()


@lru_cache(maxsize=16)
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)
