"""Two exports of 1.5 million people and 20 columns held against each other, against DuckDB only reading both files.

Both run in processes of their own, in turn. Reading touches every cell and keeps none; reconciling names every planted
fault with its row. Everything planted must be found, or the bench fails.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench._reconcile_files import Planted, write_exports

PEOPLE, ROUNDS = 1_500_000, 3
_READ = """
import sys, duckdb
with duckdb.connect(":memory:", config={"temp_directory": "", "threads": 2}) as c:
    for path in sys.argv[1:]:
        columns = [row[0] for row in c.execute(f"DESCRIBE SELECT * FROM read_csv('{path}', all_varchar = true)").fetchall()]
        touched = ", ".join(f'max("{column}")' for column in columns)
        assert c.execute(f"SELECT {touched} FROM read_csv('{path}', all_varchar = true)").fetchone()
"""
_RECONCILE = """
import json, sys
from pathlib import Path
from xueji.reconciliation.cli import run
report = run(Path(sys.argv[1]), Path(sys.argv[2]))
print(json.dumps(dict(report.counts)))
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this bench asks for."""
    parser.add_argument("--people", type=int, default=PEOPLE, help="每份表多少人")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="各跑几遍")
    parser.add_argument("--seed", type=int, default=1, help="哪一组人")


def run(chosen: argparse.Namespace | None = None) -> dict[str, object]:
    """Return seconds of reading and of reconciling, their ratios, the memory, and what was found."""
    people, rounds, seed = (chosen.people, chosen.rounds, chosen.seed) if chosen else (PEOPLE, ROUNDS, 1)
    with tempfile.TemporaryDirectory() as folder:
        here, other, planted = write_exports(Path(folder), people, seed)
        size = here.stat().st_size + other.stat().st_size
        read, reconciled = [], []
        for _ in range(rounds):
            read.append(_measure(_READ, here, other)[:2])
            *spent, peak, output = _measure(_RECONCILE, here, other)
            reconciled.append(tuple(spent))
            expect_all(json.loads(output), planted)
    read_wall, read_cpu = _median(read)
    wall, cpu = _median(reconciled)
    return {
        "people": people,
        "columns": 20,
        "file_mb": round(size / 1048576),
        "read_seconds": read_wall,
        "seconds": wall,
        "ratio": round(wall / read_wall, 2),
        "read_cpu_seconds": read_cpu,
        "cpu_seconds": cpu,
        "ratio_cpu": round(cpu / read_cpu, 2),
        "peak_mb": peak,
        "counts": json.loads(output),
    }


def expect_all(counts: dict[str, int], planted: Planted) -> None:
    """Raise unless every planted fault was found; two who are missing on either side may look like one."""
    alike = counts.get("possible_same", 0)
    assert counts["differs"] == planted.differing, counts
    assert counts["superseded"] == planted.superseded, counts
    assert counts["number_wrong"] == planted.number_wrong, counts
    assert counts["missing_here"] + alike == planted.missing_here, counts
    assert counts["missing_there"] + alike == planted.missing_there, counts
    assert alike <= planted.missing_here // 100, counts


def _measure(code: str, *paths: Path) -> tuple[float, float, int, str]:
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    ended = (
        "\nimport sys; sys.stderr.write([l for l in open('/proc/self/status') if l.startswith('VmHWM')][0].split()[1])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code + ended, *map(str, paths)], check=True, capture_output=True, text=True
    )
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return round(wall, 2), round(cpu, 2), int(done.stderr) // 1024, done.stdout


def _median(samples: list[tuple[float, ...]]) -> tuple[float, float]:
    return statistics.median(sample[0] for sample in samples), statistics.median(sample[1] for sample in samples)
