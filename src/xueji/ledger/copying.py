"""Many new rows of one table by COPY: a third of the cost of INSERT, whose every value is a parameter of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db import connection, connections
from django.db.models import (
    AutoField,
    BigAutoField,
    BigIntegerField,
    BooleanField,
    CharField,
    DateField,
    Field,
    IntegerField,
    Model,
    PositiveIntegerField,
    PositiveSmallIntegerField,
    TextField,
    UUIDField,
)
from django.db.models.expressions import DatabaseDefault

# Values that Django stores as they are: of a field of exactly this class, in exactly this type.
_AS_IT_IS: dict[type, type] = {
    BigAutoField: int, BigIntegerField: int, BooleanField: bool, CharField: str, DateField: date, IntegerField: int,
    PositiveIntegerField: int, PositiveSmallIntegerField: int, TextField: str, UUIDField: UUID,
}  # fmt: skip


def copy_rows(rows: Sequence[Model]) -> None:
    """Store new rows of one model; triggers and constraints work as ever, errors are Django's.

    The keys that the database counts are not known afterwards: for rows with keys of their own, or that nobody asks
    for again. `save` and signals are not called, as with `bulk_create`. What fields make themselves is made before the
    COPY begins: a row that has only the key of another row may ask for it.
    """
    if not rows:
        return
    meta: Any = type(rows[0])._meta  # noqa: SLF001  # Django's documented way to a model's fields
    # What the database counts or fills in itself is left to it.
    fields = [
        field
        for field in meta.concrete_fields
        if not isinstance(field, AutoField) and not isinstance(getattr(rows[0], field.attname), DatabaseDefault)
    ]
    columns = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    table = connection.ops.quote_name(meta.db_table)
    made_first = {field: [_made(field)(row) for row in rows] for field in fields if _is_made_on_saving(field)}
    with connection.wrap_database_errors, connection.cursor() as cursor:
        prepared = [_taken(made_first[field]) if field in made_first else _prepared(field) for field in fields]
        with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row([value_of(row) for value_of in prepared])
        for row in rows:
            row._state.adding, row._state.db = False, connection.alias  # noqa: SLF001  # as bulk_create leaves them


def _is_made_on_saving(field: Field[object, object]) -> bool:
    """Whether a field makes its value in `pre_save`: that may read rows, and no statement runs in the midst of a COPY."""
    stamps_itself = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    return stamps_itself or (type(field).pre_save is not Field.pre_save and type(field) is not DateField)


def _made(field: Field[object, object]) -> Callable[[Model], object]:
    database = connections[connection.alias]

    def value(row: Model) -> object:
        return field.get_db_prep_save(field.pre_save(row, add=True), database)

    return value


def _taken(values: Iterable[object]) -> Callable[[Model], object]:
    """Return what hands out values made before, in the order of the rows."""
    each = iter(values)
    return lambda _row: next(each)


def _prepared(field: Field[object, object]) -> Callable[[Model], object]:
    """Return what takes the value of a field from a row as it is stored: most need nothing done, and are many."""
    made = _made(field)
    as_it_is = _AS_IT_IS.get(type(getattr(field, "target_field", field)))
    if as_it_is is None:
        return made
    plain = attrgetter(field.attname)

    def value(row: Model) -> object:
        stands = plain(row)
        return stands if stands is None or type(stands) is as_it_is else made(row)

    return value
