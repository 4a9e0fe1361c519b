"""Statements of a fixed shape: Django puts each together once, every use only fills in its values.

Two fifths of a page's processor time went into building the same statements again (docs/bench.md, «load»). Who asks
the same thing on every page says it once, with slots where the values go; rows come back as from any queryset.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from copy import copy
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import connections
from django.db.models import BigIntegerField, Expression, Field, Lookup, QuerySet, UUIDField, Value
from django.db.models.sql.compiler import SQLCompiler

Row = TypeVar("Row")


class Slot(Expression):
    """The place of a value in a statement; the value is given by name, in the form the database takes (a key, a day)."""

    def __init__(self, name: str, output_field: Field[Any, Any] | None = None) -> None:
        super().__init__(output_field)
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, Any]:  # noqa: ARG002  # Django's signature
        """Stand among the parameters in person, until a value takes the place."""
        return "%s", [self]


@Field.register_lookup
class AnyOf(Lookup):
    """`pk__any_of=keys("found")`: like `in`, but one statement for lists of every length."""

    lookup_name = "any_of"

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, Any]:
        """Compare with the elements of an array, whose type is said: a list of small numbers would be of small integers."""
        left, parameters = self.process_lhs(compiler, connection)
        right, more = self.process_rhs(compiler, connection)
        return f"{left} = ANY ({right}::{self.rhs.output_field.db_type(connection)})", [*parameters, *more]


def keys(name: str) -> Slot:
    """Return the place of a list of whole numbers, for `any_of`."""
    return Slot(name, ArrayField(BigIntegerField()))


def keys_as_one(values: Collection[int]) -> Value:
    """Return whole numbers as one value, for `any_of`: a statement with a place for each of a hundred is taken to pieces anew each time."""
    return Value(list(values), ArrayField(BigIntegerField()))


def ids_as_one(values: Collection[UUID]) -> Value:
    """Return ids as one value, as above."""
    return Value(list(values), ArrayField(UUIDField()))


class Statement(Generic[Row]):
    """A queryset with slots, built on first use and then kept for the life of the process."""

    def __init__(self, build: Callable[[], QuerySet[Any, Row]]) -> None:
        """`build` returns the queryset; it runs once, when the models are loaded."""
        self._build = build
        self._built: tuple[QuerySet[Any, Row], SQLCompiler, str, tuple[Any, ...]] | None = None

    def rows(self, **values: object) -> list[Row]:
        """Return what the queryset finds with these values in its slots; KeyError when one is missing.

        A list and no queryset: what was built once cannot be narrowed any more.
        """
        queryset, built, sql, parameters = self._built or self._compiled()
        asked = queryset.all()
        filled = tuple(values[parameter.name] if isinstance(parameter, Slot) else parameter for parameter in parameters)
        compiler = copy(built)
        compiler.connection = connections[asked.db]  # that of this thread
        compiler.as_sql = lambda *_args, **_options: (sql, filled)  # type: ignore[assignment,method-assign]  # built already
        asked.query.get_compiler = lambda *_args, **_options: compiler  # type: ignore[method-assign]  # asked once
        return list(asked)

    def row(self, **values: object) -> Row | None:
        """Return the first row, None when there is none."""
        found = self.rows(**values)
        return found[0] if found else None

    def only(self, **values: object) -> Row:
        """Return the one row there is; DoesNotExist of its model when it is gone."""
        found = self.rows(**values)
        if not found:
            raise self._build().model.DoesNotExist
        return found[0]

    def _compiled(self) -> tuple[QuerySet[Any, Row], SQLCompiler, str, tuple[Any, ...]]:
        queryset = self._build()
        compiler = queryset.query.get_compiler(using=queryset.db)
        sql, parameters = compiler.as_sql()
        self._built = queryset, compiler, sql, tuple(parameters)
        return self._built


class Existence:
    """A statement that is answered with yes or no: whether there is any such row."""

    def __init__(self, build: Callable[[], QuerySet[Any, Any]]) -> None:
        """`build` returns the queryset that is empty when the answer is no."""
        self._first: Statement[Any] = Statement(lambda: build().order_by().values_list("pk", flat=True)[:1])

    def yes(self, **values: object) -> bool:
        """Return whether the queryset finds anything with these values in its slots."""
        return bool(self._first.rows(**values))
