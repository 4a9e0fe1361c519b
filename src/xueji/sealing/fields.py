"""Columns whose values are sealed: plain in memory, closed in every table, opened when somebody asks for them.

A value lies under `seal` for its own place: table, column and row (the primary key, or what `bound_to` names where the
database counts the key). Nothing but presence can be asked of such a column in SQL; what must be found or be unique
has a keyed index beside it. The value is sealed in `pre_save`, so `save`, `bulk_create` and COPY all store it closed;
`bulk_update`, which calls no `pre_save`, is refused and `store_sealed` stands in for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import connection, models
from django.db.models.query_utils import DeferredAttribute

from xueji.sealing.texts import seal, unseal


class Sealed(bytes):
    """A sealed value as it lies in its column; printed, it tells nothing."""

    __slots__ = ()

    def __str__(self) -> str:
        return "（已密封）"

    __repr__ = __str__


EMPTY = Sealed(b"")  # an empty text: there is nothing to close


class SealedAttribute(DeferredAttribute):
    """The attribute of a sealed field: opens the value the first time it is read, and keeps it plain from then on."""

    field: SealedField

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        """Return the plain value."""
        if instance is None:
            return self
        name = self.field.attname
        value = instance.__dict__[name] if name in instance.__dict__ else super().__get__(instance, cls)
        if isinstance(value, Sealed):
            value = instance.__dict__[name] = self.field.opened(value, instance)
        return value

    def __set__(self, instance: Any, value: Any) -> None:
        """Take a plain value, or one as it was stored."""
        instance.__dict__[self.field.attname] = value


class SealedField(models.BinaryField):  # type: ignore[type-arg]  # generic for the checker alone
    """What every sealed column shares. `place` is the column's name in the seal, kept when the column is renamed."""

    descriptor_class = SealedAttribute

    def __init__(self, *args: Any, place: str = "", bound_to: str = "pk", **kwargs: Any) -> None:
        self.place, self.bound_to = place, bound_to
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        """Return what a migration writes down."""
        name, path, args, kwargs = super().deconstruct()
        if self.place:
            kwargs["place"] = self.place
        if self.bound_to != "pk":
            kwargs["bound_to"] = self.bound_to
        return name, path, args, kwargs

    def get_lookup(self, lookup_name: str) -> Any:
        """Only presence can be asked: equal values are sealed differently every time."""
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None

    def from_db_value(self, value: Any, _expression: Any, _connection: Any) -> Sealed | None:
        """Return a stored value, still closed: its row is not known here."""
        return None if value is None else Sealed(bytes(value))

    def pre_save(self, model_instance: Any, add: bool) -> Any:  # noqa: ARG002, FBT001  # Django's signature
        """Return the value closed for its row; one that was never opened goes back as it came."""
        value = model_instance.__dict__.get(self.attname)
        if value is None or isinstance(value, Sealed):
            return value
        return self.closed(value, model_instance)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:  # noqa: FBT001, FBT002
        """Refuse a value that did not come through `pre_save`: it would be stored readable."""
        if value and not isinstance(value, Sealed):
            raise TypeError(f"{self} takes sealed values only: use save, bulk_create, copy_rows or store_sealed")
        return super().get_db_prep_value(None if value is None else bytes(value), connection, prepared)

    def closed(self, value: Any, instance: Any) -> Sealed:
        """Return a plain value sealed with the active key for the row of `instance`."""
        text = self.to_text(value)
        return Sealed(seal(text, table=self._table, column=self._place, row=self._row(instance))) if text else EMPTY

    def opened(self, value: Sealed, instance: Any) -> Any:
        """Return the plain value of the row; SealBroken when it was sealed for another, or changed."""
        if not value:
            return self.from_text("")
        return self.from_text(unseal(value, table=self._table, column=self._place, row=self._row(instance)))

    def to_text(self, value: Any) -> str:
        """Return a value as the text that is sealed."""
        return str(value)

    def from_text(self, text: str) -> Any:
        """Return the value of `to_text`."""
        return text

    @property
    def _table(self) -> str:
        return str(self.model._meta.db_table)  # noqa: SLF001  # Django's documented interface

    @property
    def _place(self) -> str:
        return self.place or str(self.column)

    def _row(self, instance: Any) -> Any:
        row = getattr(instance, self.bound_to)
        assert row is not None, f"{self} is sealed for a row whose key must be known before it is stored"
        return row


class SealedTextField(SealedField):
    """A sealed text."""


class SealedDateField(SealedField):
    """A sealed date: a birth date, which with the region and the last four digits is a whole ID number."""

    def to_text(self, value: date) -> str:
        """Return the date as ISO 8601."""
        return value.isoformat()

    def from_text(self, text: str) -> date:
        """Return the date of an ISO 8601 text."""
        return date.fromisoformat(text)

    def to_python(self, value: Any) -> Any:
        """Return what a form gave as a date."""
        return date.fromisoformat(value) if isinstance(value, str) else value


def store_sealed(rows: Sequence[models.Model], *names: str) -> None:
    """Store fields of rows that exist, sealed ones among them, in one round trip: `bulk_update` calls no `pre_save`."""
    if not rows:
        return
    meta: Any = rows[0]._meta  # noqa: SLF001  # Django's documented interface
    quote = connection.ops.quote_name
    fields: list[Any] = [meta.get_field(name) for name in names]
    sets = ", ".join(f"{quote(field.column)} = %s" for field in fields)
    statement = f"UPDATE {quote(meta.db_table)} SET {sets} WHERE {quote(meta.pk.column)} = %s"  # noqa: S608  # names of our own tables
    with connection.cursor() as cursor:
        cursor.executemany(
            statement,
            [[*(f.get_db_prep_save(f.pre_save(row, add=False), connection) for f in fields), row.pk] for row in rows],
        )
