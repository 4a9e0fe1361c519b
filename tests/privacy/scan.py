"""Every column of every table, searched for what must not lie there readable."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date

from django.db import connection

_COLUMNS = """select c.table_name, c.column_name, c.data_type from information_schema.columns c
    join information_schema.tables t using (table_schema, table_name)
    where c.table_schema = current_schema() and t.table_type = 'BASE TABLE'
      and c.data_type in ('text', 'character varying', 'character', 'json', 'jsonb', 'bytea', 'date', 'ARRAY')
    order by 1, 2"""
NUMBER = re.compile(
    r"(?<![0-9A-Za-z])[1-9][0-9]{5}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx](?![0-9A-Za-z])"
)
MASK = re.compile(r"[0-9]{6}\*+[0-9]{3}[0-9Xx]")


def readable_in_tables(numbers: Collection[str], births: Collection[date]) -> list[str]:
    """Return «table.column: what» for every readable number, tail behind a mask, or birth date of somebody."""
    days = {
        form
        for born in births
        for form in (born.isoformat(), f"{born:%Y%m%d}", f"{born.year}年{born.month}月{born.day}日")
    }
    found = []
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS)
        for table, column, _kind in cursor.fetchall():
            cursor.execute(f'select "{column}" from "{table}" where "{column}" is not null')
            for (value,) in cursor.fetchall():
                text = bytes(value).decode("latin-1") if isinstance(value, bytes | memoryview) else str(value)
                found += [f"{table}.{column}: {what}" for what in told_by(text, numbers, days)]
    return sorted(set(found))


def told_by(text: str, numbers: Collection[str], days: Collection[str]) -> list[str]:
    """Return what a value gives away."""
    said = []
    if MASK.search(text):
        said.append("a tail behind a mask")
    said += ["an ID number" for one in NUMBER.findall(text) if one.upper() in numbers]
    said += ["a birth date" for day in days if day in text]
    return said
