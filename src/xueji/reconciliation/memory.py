"""The one door to DuckDB: a database in memory that writes nothing to any disk, whatever happens.

Numbers of people are in it in the clear. So it may not spill: beyond its limit it gives up, and the clerk is told.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import duckdb

from xueji.core.errors import BadInput

LIMIT = "1400MB"
THREADS = 2
Connection = duckdb.DuckDBPyConnection


@contextmanager
def open_memory(limit: str = LIMIT) -> Iterator[Connection]:
    """Open an empty database in memory; BadInput when what is asked of it needs more than `limit`."""
    settings: dict[str, str | bool | int | float | list[str]] = {
        "temp_directory": "",
        "memory_limit": limit,
        "threads": THREADS,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    with duckdb.connect(":memory:", config=settings) as connection:
        connection.execute("SET enable_progress_bar = false")  # it would stand between the lines of an answer
        try:
            yield connection
        except duckdb.OutOfMemoryException as error:
            message = f"两份表太大，所需内存超过 {limit}，已停止，没有写出任何文件；请按学校或市县分成几份核对"
            raise BadInput(message) from error
        except duckdb.InvalidInputException as error:
            message = f"文本表无法读取，多半是某一行的文字编码、列数或引号不对：{str(error).splitlines()[0]}；请用 Excel 另存为工作簿（*.xlsx）再核对"
            raise BadInput(message) from error


def quoted(text: str) -> str:
    """Return a text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def load_rows(connection: Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Make a table of rows, all text; they pass through an anonymous file in memory, which has no name anywhere."""
    with in_anonymous_file(rows) as path:
        spec = ", ".join(f"{quoted(column)}: 'VARCHAR'" for column in columns)
        connection.execute(
            f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM read_csv({quoted(path)}, columns = {{{spec}}}, "
            "header = false, auto_detect = false, delim = ',', quote = '\"', escape = '\"')"
        )


@contextmanager
def in_anonymous_file(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Write rows as CSV into an anonymous file in memory; yield the path by which this process reads it."""
    handle = os.memfd_create("rows")
    try:
        with os.fdopen(os.dup(handle), "w", encoding="utf-8", newline="") as out:
            csv.writer(out, lineterminator="\n").writerows(rows)
        yield f"/proc/self/fd/{handle}"
    finally:
        os.close(handle)
