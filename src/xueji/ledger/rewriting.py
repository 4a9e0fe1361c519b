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
    INSERT INTO ledger_writtenrows (source, keys, digests)
    SELECT '{table}', array_agg(n.key), string_agg(n.digest, '') FROM (
      SELECT t.id::text AS key, sha256(convert_to(ROW({columns})::text, 'UTF8')) AS digest,
        (row_number() OVER (ORDER BY t.id) - 1) / {at_once} AS part FROM {table} t) n
    GROUP BY n.part
    RETURNING id::text, encode(sha256(convert_to(ROW(id, source, keys)::text, 'UTF8') || digests), 'hex')"""


def adopt_rows(forms: Mapping[str, str], *, event: type[models.Model], at: datetime) -> None:
    """Let one event vouch for every row of the tables (name, columns as they enter the digest) as it stands.

    For a database from before rows were vouched for, and after a change of what is vouched for.
    """
    wrote: dict[str, str] = {}
    with connection.cursor() as cursor:
        for table, columns in forms.items():
            cursor.execute(_NOTE.format(table=table, columns=columns, at_once=_AT_ONCE))
            wrote |= dict(cursor.fetchall())
    if wrote:
        event(
            tag=EventTag.ROWS_ADOPTED.value, at=at, actor_label="系统", subject_type="ledger.WrittenRows", subject_id=min(wrote, key=int),
            subject_label="在册各行", note="各行按现状纳入履历核对", wrote=wrote,
        ).save(force_insert=True)  # fmt: skip
