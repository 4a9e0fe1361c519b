"""Every column of every table, every file, every backup: searched for what must not lie there readable."""

from __future__ import annotations

import io
import re
import subprocess
import zipfile
from collections import Counter
from collections.abc import Collection, Iterator
from datetime import date
from pathlib import Path

from django.db import connection

_COLUMNS = """select c.table_name, c.column_name, c.data_type from information_schema.columns c
    join information_schema.tables t using (table_schema, table_name)
    where c.table_schema = current_schema() and t.table_type = 'BASE TABLE'
      and c.data_type in ('text', 'character varying', 'character', 'json', 'jsonb', 'bytea', 'date', 'ARRAY')
    order by 1, 2"""
NUMBER = re.compile(
    r"(?<![0-9A-Za-z])[1-9][0-9]{5}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx](?![0-9A-Za-z])"
)
DAY = re.compile(
    r"(?<![0-9])(?:(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}|(?:19|20)[0-9]{6}|(?:19|20)[0-9]{2}年[0-9]{1,2}月[0-9]{1,2}日)(?![0-9])"
)
MASK = re.compile(r"[0-9]{6}\*+[0-9]{3}[0-9Xx]")


def readable_in_tables(numbers: Collection[str], births: Collection[date]) -> list[str]:
    """Return «table.column: what» for every readable number, tail behind a mask, or birth date of somebody."""
    days = forms_of(births)
    found = []
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS)
        for table, column, _kind in cursor.fetchall():
            cursor.execute(f'select "{column}" from "{table}" where "{column}" is not null')
            for (value,) in cursor.fetchall():
                text = bytes(value).decode("latin-1") if isinstance(value, bytes | memoryview) else str(value)
                found += [f"{table}.{column}: {what}" for what in told_by(text, numbers, days)]
    return sorted(set(found))


def forms_of(births: Collection[date]) -> set[str]:
    """Return birth dates as people and programs write them."""
    return {
        form
        for born in births
        for form in (born.isoformat(), f"{born:%Y%m%d}", f"{born.year}年{born.month}月{born.day}日")
    }


def readable_in_files(
    root: Path, numbers: Collection[str], days: Collection[str], *, passed_over: Collection[str] = ()
) -> tuple[Counter[str], list[str]]:
    """Return how many files of each kind lie under a folder, and «path: what» for what they give away.

    A sealed file is random bytes and is counted as such; what opens as a workbook, an archive or a PDF is opened. The
    pages of a database are searched for numbers alone: dates lie there in no form of their own.
    """
    kinds, found = Counter[str](), []
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if not path.is_file() or name.startswith(tuple(passed_over)):
            continue
        data = path.read_bytes()
        kind = kind_of(data)
        kinds[kind] += 1
        if kind == "sealed":
            continue
        known = days if "/base/" not in f"/{name}" and "/pg_wal/" not in f"/{name}" else ()
        found += [f"{name}: {what}" for text in texts_of(data, kind) for what in told_by(text, numbers, known)]
    return kinds, sorted(set(found))


def kind_of(data: bytes) -> str:
    """Return what a file is, told from its first bytes."""
    starts = {b"XJF1": "sealed", b"PK": "archive", b"%PDF": "pdf", b"\xff\xd8": "picture", b"PGDMP": "dump"}
    return next((kind for start, kind in starts.items() if data.startswith(start)), "plain")


def texts_of(data: bytes, kind: str) -> Iterator[str]:
    """Yield everything readable in a file."""
    from tests.privacy.crawl import text_of

    yield data.decode("latin-1")
    yield data.decode("utf-8", errors="ignore")
    if kind == "pdf":
        yield text_of(data, "application/pdf")
    if kind == "archive":
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            for name in packed.namelist():
                yield name
                inner = packed.read(name)
                yield from texts_of(inner, kind_of(inner))


def readable_in_dump(path: Path, pg_restore: Path, numbers: Collection[str], days: Collection[str]) -> list[str]:
    """Return what the database dump of a backup gives away, written out as SQL."""
    with subprocess.Popen([str(pg_restore), "--file=-", str(path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        found = [
            f"{path.name}: {what}"
            for line in process.stdout
            for what in told_by(line.decode("utf-8", errors="replace"), numbers, days)
        ]
    assert process.returncode == 0, "the dump was not read"
    return sorted(set(found))


def told_by(text: str, numbers: Collection[str], days: Collection[str]) -> list[str]:
    """Return what a value gives away."""
    found = []
    if MASK.search(text):
        found.append("a tail behind a mask")
    found += ["an ID number" for number in NUMBER.findall(text) if number.upper() in numbers]
    found += ["a birth date" for day in DAY.findall(text) if day in days]
    return found
