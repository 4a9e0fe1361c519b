"""Rows that were there before the ledger vouched for them: a migration takes them in as they stand (docs/adr/0028).

For migrations alone, so it names tables and asks no model: those are as they are at that point of history.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import connection, models

from xueji.ledger.tags import EventTag

_AT_ONCE = 1000  # rows a note
_NOTE = """
    INSERT INTO ledger_writtenrows (source, keys, digests{also})
    SELECT '{table}', array_agg(n.key), string_agg(n.digest, ''){before} FROM (
      SELECT t.{key}::text AS key, sha256(convert_to(ROW({columns})::text, 'UTF8')) AS digest{met},
        (row_number() OVER (ORDER BY t.{key}) - 1) / {at_once} AS part FROM {table} t) n
    GROUP BY n.part
    RETURNING id::text, encode(sha256(convert_to(ROW(id, source, keys{length})::text, 'UTF8') || digests{told}), 'hex')"""
_KEY = """SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
    WHERE i.indrelid = %s::regclass AND i.indisprimary"""
# What a note says of the rows as they were met: not yet, at that point of history; nothing, of a table taken in for the first
# time; else the digest as it was made until then, so that a row changed by hand before it is taken in anew is named.
_UNSAID = {"also": "", "before": "", "met": "", "length": "", "told": ""}
_FIRST = {"also": ", before", "before": ", ''::bytea", "met": "", "length": ", length(before)", "told": " || before"}
_AS_MET = _FIRST | {
    "before": ", string_agg(n.met, '')",
    "met": ", sha256(convert_to(ROW({columns})::text, 'UTF8')) AS met",
}


def adopt_rows(
    forms: Mapping[str, str],
    *,
    event: type[models.Model],
    at: datetime,
    former: Mapping[str, str] | None = None,
) -> None:
    """Let one event vouch for every row of the tables (name, columns as they enter the digest) as it stands.

    For a database from before rows were vouched for, and after a change of what is vouched for: then `former` holds the
    columns as they entered the digest until now, of the tables that were vouched for; None: notes do not say yet what was met.
    """
    wrote: dict[str, str] = {}
    with connection.cursor() as cursor:
        for table, columns in forms.items():
            cursor.execute(_KEY, [table])
            (key,) = cursor.fetchone()
            words = _words(former, table)
            cursor.execute(_NOTE.format(table=table, key=key, columns=columns, at_once=_AT_ONCE, **words))
            wrote |= dict(cursor.fetchall())
    if wrote:
        event(
            tag=EventTag.ROWS_ADOPTED.value, at=at, actor_label="系统", subject_type="ledger.WrittenRows", subject_id=min(wrote, key=int),
            subject_label="在册各行", note="各行按现状纳入履历核对", wrote=wrote,
        ).save(force_insert=True)  # fmt: skip


def _words(former: Mapping[str, str] | None, table: str) -> dict[str, str]:
    if former is None:
        return _UNSAID
    if table not in former:
        return _FIRST
    return _AS_MET | {"met": _AS_MET["met"].format(columns=former[table])}
