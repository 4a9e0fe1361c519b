"""A keyed digest in the row it stands for: whoever can write to the table, but has no key, cannot sign for somebody.

The digest is `key id:HMAC`, made in `pre_save` (so `save`, `bulk_create`, COPY and `store_sealed` all make it, and neither
`update` nor `bulk_update` does) over the columns named, as they are meant: what is sealed in clear, numbers and ids as
text, yes and no as `true` and `false`, decimals with the places of their column, times in UTC, ranges as `lower:upper`, lists and objects as JSON. An id
which the database counts cannot be covered: it is not known before the row is stored.

A row that is never changed and whose digest others keep (an event, docs/adr/0027) stands under the key of the log:
`log:HMAC`, which `xueji reseal` leaves alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, cast
from uuid import UUID

import pgtrigger
from django.apps import apps
from django.contrib.postgres.fields import RangeField
from django.db import connection, models, transaction
from django.db.backends.postgresql.psycopg_any import Range
from django.utils.functional import cached_property

from xueji.core.errors import Conflict
from xueji.sealing.digests import active_key_id, digest_fits, keyed_digest
from xueji.sealing.texts import LOG_KEY, SealBroken

_AT_ONCE = 500
_Writer = Callable[[object], str]
_PLAIN = frozenset({str, int, date, UUID})


class RowDigestField(models.CharField):  # type: ignore[type-arg]  # generic for the checker alone
    """The digest of the columns in `covers` (their names in the table), under the data key in use when it was made.

    With `is_kept` it stands under the key of the log, for good.
    """

    def __init__(self, *args: Any, covers: Sequence[str] = (), is_kept: bool = False, **kwargs: Any) -> None:
        self.covers, self.is_kept = tuple(covers), is_kept
        given: dict[str, Any] = {"max_length": 80, "editable": False, "default": ""} | kwargs
        super().__init__(*args, **given)

    def deconstruct(self) -> Any:
        """Return what a migration writes down."""
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs | {"covers": self.covers} | ({"is_kept": True} if self.is_kept else {})

    def pre_save(self, model_instance: Any, add: bool) -> str:  # noqa: ARG002, FBT001  # Django's signature
        """Return the digest of the row as it is about to be stored."""
        value = self.made(model_instance)
        setattr(model_instance, self.attname, value)
        return value

    def made(self, row: Any) -> str:
        """Return the digest of a row with the key in use."""
        key_id = LOG_KEY if self.is_kept else active_key_id()
        return f"{key_id}:{keyed_digest(self._values(row), purpose=self._purpose, key_id=key_id)}"

    def fits(self, row: Any) -> bool:
        """Whether a stored row is what its digest was made of; SealBroken when the key of the digest is not here."""
        key_id, _, digest = getattr(row, self.attname).partition(":")
        if not (key_id == LOG_KEY if self.is_kept else key_id.isdigit()):
            return False
        key = LOG_KEY if self.is_kept else int(key_id)
        return digest_fits(digest, self._values(row), purpose=self._purpose, key_id=key)

    @property
    def _purpose(self) -> str:
        return f"row {self.model._meta.db_table}"  # noqa: SLF001  # Django's documented interface

    def _values(self, row: Any) -> dict[str, str]:
        values = {}
        for name, plain, text_of in self._columns:
            value = getattr(row, name)
            values[name] = str(value) if type(value) in plain else "" if value is None else text_of(value)
        return values

    @cached_property
    def _columns(self) -> list[tuple[str, frozenset[type], _Writer]]:
        """The columns covered: name, the types of values that enter as `str` writes them, what writes any other value."""
        writers = ((name, _writer(self.model._meta.get_field(name))) for name in self.covers)  # noqa: SLF001  # Django's documented interface
        return [(name, _PLAIN if text_of is _text_of else frozenset(), text_of) for name, text_of in writers]


def _writer(field: object) -> _Writer:
    """Return what writes a value of a field, never None, as its digest reads it."""
    if isinstance(field, models.DecimalField):  # «3» and «3.0» are one number, and the table holds the second
        places = field.decimal_places
        return lambda value: f"{Decimal(cast('str | Decimal', value)):.{places}f}"
    if isinstance(field, RangeField):
        return _range_text
    return _json_text if isinstance(field, models.JSONField) else _text_of


def _range_text(value: object) -> str:
    """Return the ends of a range; one that is open is an empty text, and what is not stored yet may be a pair."""
    ends = (value.lower, value.upper) if isinstance(value, Range) else cast("Sequence[object]", value)
    return ":".join("" if end is None else str(end) for end in ends)


def _text_of(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
    if isinstance(value, list | dict):
        return _json_text(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _json_text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def store_signed(rows: Sequence[models.Model], *names: str, **same: Any) -> None:
    """Store fields of rows of one model that exist, and the digests of them, in one statement; a row that is gone is left out.

    `names` are fields already set on the rows, `same` those that get one value in all of them. `update` would leave the
    digests behind, and `bulk_update` writes a case for every row. None of the fields may be sealed.
    """
    if not rows:
        return
    meta: Any = rows[0]._meta  # noqa: SLF001  # Django's documented interface
    quote = connection.ops.quote_name
    (digest,) = _digests_of(type(rows[0]))
    fields: list[Any] = [*(meta.get_field(name) for name in (*names, *same)), digest]
    for row in rows:
        for name, value in same.items():
            setattr(row, name, value)
        digest.pre_save(row, add=False)
    columns = [quote(field.column) for field in fields]
    given = ", ".join(f"%s::{field.db_type(connection)}[]" for field in (meta.pk, *fields))
    statement = f"""UPDATE {quote(meta.db_table)} t SET {", ".join(f"{column} = n.{column}" for column in columns)}
        FROM unnest({given}) AS n (key, {", ".join(columns)}) WHERE t.{quote(meta.pk.column)} = n.key"""  # noqa: S608  # names of our own tables
    stored = [
        [field.get_db_prep_save(getattr(row, field.attname), connection) for row in rows]
        for field in (meta.pk, *fields)
    ]
    with connection.wrap_database_errors, connection.cursor() as cursor:
        cursor.execute(statement, stored)


def is_as_written(row: models.Model) -> bool:
    """Whether a row that carries a digest is what the product wrote; SealBroken when its key is not here."""
    return all(field.fits(row) for field in _digests_of(type(row)))


@cache
def _digests_of(model: type[models.Model]) -> tuple[RowDigestField, ...]:
    return tuple(field for field in model._meta.concrete_fields if isinstance(field, RowDigestField))  # noqa: SLF001  # as above


def require_unaltered(row: models.Model, what: str) -> None:
    """Conflict when a row is not what the product wrote: an act on it would make a forgery good, under a digest of ours."""
    if not is_as_written(row):
        raise Conflict(
            f"{what}与系统写入时不一致，不能办理。请联系系统管理员运行 xueji audit 查明后再办理；本次没有作任何改动"
        )


def digest_fields() -> Iterator[RowDigestField]:
    """Yield every digest of rows that a new data key replaces."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:  # noqa: SLF001  # Django's documented interface
            if isinstance(field, RowDigestField) and not field.is_kept:
                yield field


def redigest_rows(field: RowDigestField) -> Iterator[int]:
    """Make every digest of a table with the key in use; yield how many rows changed, part by part.

    SealBroken names a row that does not fit the digest it has: a new one would make a forgery good.
    """
    model, newest, last = field.model, f"{active_key_id()}:", None
    meta, rows_of = model._meta, model._default_manager.order_by("pk")  # noqa: SLF001  # Django's documented interface
    kept = [
        f"{meta.label}:{trigger.name}" for trigger in getattr(meta, "triggers", ()) if trigger.name == "append_only"
    ]
    while True:
        # What the trigger protects stays the same: only the key under which it stands changes.
        with transaction.atomic(), pgtrigger.ignore(*kept) if kept else nullcontext():
            waiting = rows_of.exclude(**{f"{field.attname}__startswith": newest})
            rows = list((waiting.filter(pk__gt=last) if last else waiting).select_for_update()[:_AT_ONCE])
            for row in rows:
                if not field.fits(row):
                    raise SealBroken(f"{meta.label} {row.pk} 与写入时不一致，没有重算摘要；请先运行 xueji audit")
                setattr(row, field.attname, field.made(row))
            model._default_manager.bulk_update(rows, [field.attname])  # noqa: SLF001
        if not rows:
            return
        last = rows[-1].pk
        yield len(rows)
