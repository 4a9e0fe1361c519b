"""Every row that matters agrees with the last event that wrote it (docs/adr/0028): the database's own part of it.

After every statement that writes a table named here, whoever sends it and by whatever way (COPY, bulk updates, a
hand), a trigger notes in `WrittenRows` which rows it left, a SHA-256 of each and of what it met there: so notes of a row make a chain,
and what was changed between two acts does not become good by the second. The next event of the same transaction vouches for
these notes under its keyed digest (`ledger/actions.py`); a transaction with notes that no event vouches for is not committed.
"""

from __future__ import annotations

from collections.abc import Mapping

import pgtrigger
from django.db import connection, models

from xueji.sealing.rows import RowDigestField

PENDING = "app.unvouched"  # of the transaction: the notes no event vouches for yet
_NOTE = f"""
    INSERT INTO ledger_writtenrows (source, keys, digests, before)
    SELECT TG_TABLE_NAME, array_agg({{key}}), {{digests}}, {{before}} FROM {{rows}} HAVING count(*) > 0 RETURNING id INTO note;
    IF note IS NOT NULL THEN
      PERFORM set_config('{PENDING}', concat_ws(',', nullif(current_setting('{PENDING}', true), ''), note), true);
    END IF;
    RETURN NULL;"""  # noqa: S608  # names of our own tables and columns
_NOTHING = "decode(repeat('00', 32 * count(*)::int), 'hex')"  # where no row is left: a digest nothing has
_NEW = "''::bytea"  # where no row was met


class _Notes(pgtrigger.Trigger):
    """Note the rows a statement left."""

    level = pgtrigger.Statement
    when = pgtrigger.After
    declare = [("note", "bigint")]  # as the base has it

    def __init__(self, free: Mapping[str, str], forms: Mapping[str, str]) -> None:
        self.free, self.forms = free, forms
        super().__init__()

    def entering(self, row: str, model: models.Model) -> str:
        """Return what enters the digest of a row."""
        columns = told_columns(model, self.free, self.forms).items()
        return f"ROW({', '.join(form.format(f'{row}.{column}') for column, form in columns)})"


class _Added(_Notes):
    name, operation, referencing = "vouched_added", pgtrigger.Insert, pgtrigger.Referencing(new="new_rows")

    def get_func(self, model: models.Model) -> str:
        digests = _digests(self.entering("n", model))
        return _NOTE.format(key=f"n.{_key(model)}::text", digests=digests, before=_NEW, rows="new_rows n")


class _Changed(_Notes):
    name, operation = "vouched_changed", pgtrigger.Update
    referencing = pgtrigger.Referencing(old="old_rows", new="new_rows")

    def get_func(self, model: models.Model) -> str:
        key, entering = _key(model), self.entering("n", model)
        before = self.entering("o", model)
        return _NOTE.format(
            key=f"n.{key}::text", digests=_digests(entering), before=_digests(before),
            rows=f"new_rows n LEFT JOIN old_rows o ON o.{key} = n.{key}"
            f" WHERE o.{key} IS NULL OR {before} IS DISTINCT FROM {entering}",
        )  # fmt: skip


class _Removed(_Notes):
    name, operation, referencing = "vouched_removed", pgtrigger.Delete, pgtrigger.Referencing(old="old_rows")

    def get_func(self, model: models.Model) -> str:
        before = _digests(self.entering("o", model))
        return _NOTE.format(key=f"o.{_key(model)}::text", digests=_NOTHING, before=before, rows="old_rows o")


def vouched(free: Mapping[str, str] | None = None, forms: Mapping[str, str] | None = None) -> list[pgtrigger.Trigger]:
    """Return what makes the rows of a table agree with the ledger; `free` names columns that need not, with the reason.

    `forms`: of a column that enters in another form than its type has (`{}` in the place of the column).
    """
    return [trigger(free or {}, forms or {}) for trigger in (_Added, _Changed, _Removed)]


def told_columns(
    model: models.Model | type[models.Model], free: Mapping[str, str], own_forms: Mapping[str, str]
) -> dict[str, str]:
    """Return the columns of a row that an event vouches for, and the form in which each enters the digest.

    What stands under a keyed digest in the row itself is represented by that digest.
    """
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]  # noqa: SLF001  # Django's documented interface
    forms = {str(field.column): _FORMS.get(field.db_type(connection) or "", "{}") for field in fields} | dict(own_forms)
    under = {name for field in fields if isinstance(field, RowDigestField) for name in field.covers}
    return {column: form for column, form in sorted(forms.items()) if column not in free and column not in under}


# What a session could tell in its own way is brought to one form: times and days in seconds, bytes in hexadecimal.
_FORMS = {
    "timestamp with time zone": "extract(epoch from {})",
    "date": "extract(epoch from {})",
    "bytea": "encode({}, 'hex')",
}


def _digests(row: str) -> str:
    return f"string_agg(sha256(convert_to({row}::text, 'UTF8')), '')"


def _key(model: models.Model) -> str:
    return str(model._meta.pk.column)  # noqa: SLF001  # Django's documented interface


def written_with_event() -> list[pgtrigger.Trigger]:
    """Return what holds notes and events together: on the table of events the release, on that of notes the refusal."""
    return [
        pgtrigger.Trigger(
            name="vouches",
            level=pgtrigger.Statement,
            when=pgtrigger.After,
            operation=pgtrigger.Insert,
            referencing=pgtrigger.Referencing(new="new_rows"),
            func=f"""
                IF coalesce(current_setting('{PENDING}', true), '') <> '' AND current_setting('{PENDING}', true) = (
                    SELECT string_agg(k, ',' ORDER BY k::bigint) FROM new_rows, jsonb_object_keys(wrote) k)
                THEN PERFORM set_config('{PENDING}', '', true); END IF;
                RETURN NULL;
            """,  # noqa: S608  # as above
        )
    ]


def refused_without_event() -> list[pgtrigger.Trigger]:
    """Return the trigger that refuses, when a transaction is committed, rows that no event of it vouches for.

    The tests' own settings let it pass: what a factory lays down is nobody's act.
    """
    return [
        pgtrigger.Trigger(
            name="needs_event",
            when=pgtrigger.After,
            operation=pgtrigger.Insert,
            timing=pgtrigger.Deferred,
            func=f"""
                IF coalesce(current_setting('{PENDING}', true), '') <> '' AND current_setting('app.allow_unvouched', true) IS DISTINCT FROM 'on'
                THEN RAISE EXCEPTION 'rows of % were written with no event that vouches for them', NEW.source; END IF;
                RETURN NULL;
            """,
        )
    ]
