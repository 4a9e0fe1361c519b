"""Numbers that stand twice among 13 million: every one found, no other, in memory that keeps eight bytes a row.

The list is one column in a file of columns, made by arithmetic from a seed. The first pass keeps a digest of each
number; only numbers whose digest comes again are read once more and compared in full. Beside it: reading the column.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

from xueji.reconciliation.memory import Connection, open_memory, quoted

PEOPLE = 13_000_000
_TWICE = 97  # every 97th number stands twice


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this bench asks for."""
    parser.add_argument("--people", type=int, default=PEOPLE, help="多少人")
    parser.add_argument("--seed", type=int, default=1, help="哪一组人")


def run(chosen: argparse.Namespace | None = None) -> dict[str, object]:
    """Return what was found, the seconds, the ratio to reading the column, the memory."""
    people, seed = (chosen.people, chosen.seed) if chosen else (PEOPLE, 1)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "numbers.parquet"
        with open_memory() as connection:
            _write(connection, path, people, seed)
        with open_memory() as connection:
            source = f"read_parquet({quoted(str(path))})"
            began = time.perf_counter()
            connection.execute(f"SELECT max(number) FROM {source}").fetchone()
            read = time.perf_counter() - began
            began, used = time.perf_counter(), _cpu()
            numbers, rows = find_twice(connection, source)
            seconds, cpu = time.perf_counter() - began, _cpu() - used
    planted = (people + _TWICE - 1) // _TWICE
    assert (numbers, rows) == (planted, planted * 2), (numbers, rows, planted)
    return {
        "rows": people + planted,
        "numbers_twice": numbers,
        "seconds": round(seconds, 2),
        "cpu_seconds": round(cpu, 2),
        "read_seconds": round(read, 2),
        "ratio": round(seconds / read, 1),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def find_twice(connection: Connection, source: str) -> tuple[int, int]:
    """Return how many numbers stand more than once, and how many rows those are."""
    connection.execute(
        f"CREATE OR REPLACE TABLE suspects AS SELECT hash(number) AS h FROM {source} GROUP BY h HAVING count(*) > 1"
    )
    found = connection.execute(
        "SELECT count(*), sum(n) FROM (SELECT number, count(*) AS n "
        f"FROM {source} WHERE hash(number) IN (SELECT h FROM suspects) GROUP BY number HAVING n > 1)"
    ).fetchone()
    assert found is not None
    return int(found[0]), int(found[1])


def _write(connection: Connection, path: Path, people: int, seed: int) -> None:
    """Write the numbers: region, birth date, serial and a last digit, each person's once, and every 97th again."""
    connection.execute(
        f"COPY (SELECT (410100 + (n + {seed}) % 17)::VARCHAR || strftime(DATE '2003-01-01' + (n // 17 % 2000)::INT, '%Y%m%d') "
        "|| lpad((n // 34000 % 1000)::VARCHAR, 3, '0') || (n % 10)::VARCHAR AS number FROM "
        f"(SELECT range AS n FROM range({people}) UNION ALL SELECT range AS n FROM range(0, {people}, {_TWICE}))) TO {quoted(str(path))}"
    )


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
