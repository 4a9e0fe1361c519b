"""Drill: a seeded sample of lines is broken one by one in a copy of the tree; the tests that ran the line must notice.

`XUEJI_MUTATIONS` lines (300) are drawn by `XUEJI_DRILL_SEED`; `XUEJI_MUTATIONS_TESTS` names fewer test folders for a try,
and then only files are broken that they run.
"""

from __future__ import annotations

import os
import random
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import coverage
import pytest
from tests.mutations.mutator import Mutant, mutants

from xueji.config import postgres

ROOT = Path(__file__).resolve().parents[2]
TESTS = os.environ.get(
    "XUEJI_MUTATIONS_TESTS",
    "tests/core tests/policies tests/apps tests/guild tests/guild_uploads tests/guild_papers tests/journeys tests/exchange tests/web",
).split()
# What pages decide themselves: who may open one, what a second click and a page left open do.
PAGES = {f"src/xueji/web/{name}.py" for name in ("access", "deciding", "drafts", "once")}
MOST_TESTS = 200  # of those that ran a line, from every file in turn the one that ran least besides it
MOST_SURVIVORS = 0.05
# Mutants that cannot be told from the product, with why: (file, what stands there, what stood instead).
EQUIVALENT: dict[tuple[str, str, str], str] = {}


@dataclass(frozen=True)
class Copy:
    """A copy of the tree with a database server of its own, in which lines may be broken."""

    tree: Path
    home: Path

    def run(self, *arguments: str, seconds: int, **more: str) -> subprocess.CompletedProcess[str]:
        """Run pytest in the copy."""
        environment = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "PYTEST_ADDOPTS"}}
        environment |= {"XUEJI_HOME": str(self.home), "PYTHONPATH": f"{self.tree / 'src'}:{self.tree}", **more}
        command = [sys.executable, "-m", "pytest", "-q", "--reuse-db", "-p", "no:cacheprovider", *arguments]
        return subprocess.run(
            command, cwd=self.tree, env=environment, capture_output=True, text=True, timeout=seconds, check=False
        )


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Copy]:
    """A copy of what is under version control or could be, gone afterwards with its server."""
    listed = subprocess.run(
        ["git", "ls-files", "-coz", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    tree, home = tmp_path / "tree", tmp_path / "home"
    for name in filter(lambda name: bool(name) and (ROOT / name).is_file(), listed.stdout.split("\0")):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, tree / name)
    yield Copy(tree, home)
    if home.exists():
        found = postgres.cluster(home)
        postgres.stop(found)
        shutil.rmtree(found.data_dir.parent, ignore_errors=True)


def is_broken_here(path: Path) -> bool:
    """Whether a file of the product is one of those that are broken: rules, actions, queries, access, what comes twice."""
    parts = path.relative_to(ROOT / "src/xueji").parts
    if "migrations" in parts:
        return False
    return (
        parts[0] == "core"
        or any("actions" in p or "queries" in p for p in parts)
        or path.relative_to(ROOT).as_posix() in PAGES
    )


def every_mutant() -> dict[str, list[Mutant]]:
    """Return the mutants of every file that is broken, by its path below the root."""
    files = [path for path in sorted((ROOT / "src/xueji").rglob("*.py")) if is_broken_here(path)]
    return {path.relative_to(ROOT).as_posix(): mutants(path.read_bytes()) for path in files}


def measured(copy: Copy) -> Mapping[str, Mapping[int, list[str]]]:
    """Run the tests once and return which of them ran each line of each file, those first that ran least besides."""
    data = copy.tree.parent / "coverage"
    source = copy.tree / "src/xueji"
    ran = copy.run(
        "-n", "2", "--dist", "loadgroup", "-m", "not e2e and not drill", "-p", "tests.mutations.contexts", *TESTS, seconds=7200,
        XUEJI_MUTATIONS_DATA=str(data), XUEJI_MUTATIONS_SOURCE=str(source),
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-1000:]
    whole = coverage.Coverage(data_file=str(data), config_file=False)
    whole.combine(sorted(str(file) for file in data.parent.glob("coverage.*")))
    found, size = {}, dict[str, int]()
    for file in whole.get_data().measured_files():
        lines = whole.get_data().contexts_by_lineno(file)
        found[Path(file).relative_to(copy.tree).as_posix()] = {
            line: [t for t in tests if t] for line, tests in lines.items()
        }
        for tests in lines.values():
            for test in tests:
                size[test] = size.get(test, 0) + 1
    return {
        file: {line: sorted(tests, key=lambda test: (size[test], test)) for line, tests in lines.items()}
        for file, lines in found.items()
    }


def ran_by(lines: Mapping[int, list[str]], line: int) -> list[str]:
    """Return the tests that ran a line; of one that runs at import, those that ran anything in the file."""
    return lines.get(line) or list(dict.fromkeys(test for tests in lines.values() for test in tests))


def spread(tests: list[str]) -> list[str]:
    """Return the first test of every file, then every second: a line that all run is told apart by the files, not by the small tests."""
    files: dict[str, list[str]] = {}
    for test in tests:
        files.setdefault(test.partition("::")[0], []).append(test)
    return [test for turn in zip_longest(*files.values()) for test in turn if test]


def notices(copy: Copy, file: str, mutant: Mutant, tests: list[str]) -> bool:
    """Break the line in the copy, run the tests, mend it; a run that does not end counts as noticed."""
    path, listed = copy.tree / file, copy.tree.parent / "tests.txt"
    listed.write_text("\n".join(spread(tests)[:MOST_TESTS]))
    whole = path.read_bytes()
    path.write_bytes(mutant.applied(whole))
    try:
        ran = copy.run("-x", "-n", "0", "-p", "no:randomly", f"@{listed}", seconds=900)
    except subprocess.TimeoutExpired:
        return True
    finally:
        path.write_bytes(whole)
    return ran.returncode != 0


@pytest.mark.drill
@pytest.mark.timeout(24 * 3600)
def test_hardly_a_broken_line_goes_unnoticed(copy: Copy) -> None:
    seed = int(os.environ.get("XUEJI_DRILL_SEED") or secrets.randbelow(1_000_000))
    count = int(os.environ.get("XUEJI_MUTATIONS", "300"))
    started = time.monotonic()
    lines = measured(copy)
    all_of_them = [(file, mutant) for file, found in every_mutant().items() for mutant in found]
    if "XUEJI_MUTATIONS_TESTS" in os.environ:
        all_of_them = [(file, mutant) for file, mutant in all_of_them if lines.get(file, {}).get(mutant.line)]
    drawn = random.Random(seed).sample(all_of_them, min(count, len(all_of_them)))
    print(f"\nXUEJI_DRILL_SEED={seed}, {len(all_of_them)} mutants; measuring took {time.monotonic() - started:.0f} s")
    survivors, started = [], time.monotonic()
    for file, mutant in drawn:
        tests = ran_by(lines.get(file, {}), mutant.line)
        if (file, mutant.before, mutant.after) in EQUIVALENT or (tests and notices(copy, file, mutant, tests)):
            continue
        survivors.append(f"{file}:{mutant.line}: {mutant.before} → {mutant.after} ({len(tests)} tests)")
        print(f"survived: {survivors[-1]}", flush=True)
    each = (time.monotonic() - started) / len(drawn)
    print(f"{len(drawn) - len(survivors)} of {len(drawn)} noticed, {each:.1f} s each")
    assert len(survivors) <= MOST_SURVIVORS * len(drawn), "\n".join(survivors)


SOURCE = '''
"""Docs."""
LIMIT = 3
@cached(maxsize=4)
def f(a: int = 5) -> None:
    if a <= LIMIT and not a == 7:
        raise ValueError(f"名 {a + 1}")
    g(a, batch_size=500)
    return a if 0 < a < 9 else None
'''


def test_each_way_to_break_a_line_is_found_and_nothing_of_speed_words_or_types() -> None:
    found = {(mutant.line, mutant.before, mutant.after) for mutant in mutants(SOURCE.encode())}
    assert {(line, after) for line, _, after in found} == {
        (3, "(4)"), (3, "(2)"), (6, "pass"), (6, "(a <= LIMIT or not a == 7)"), (6, "(a < LIMIT)"), (6, "(a == 7)"),
        (6, "(a != 7)"), (6, "(8)"), (6, "(6)"), (8, "pass"), (9, "(0 <= a < 9)"), (9, "(0 < a <= 9)"),
        (9, "(1)"), (9, "(-1)"), (9, "(10)"), (9, "(8)"),
    }  # fmt: skip
    assert all(compile(mutant.applied(SOURCE.encode()), "x", "exec") for mutant in mutants(SOURCE.encode()))


def test_tests_are_taken_from_every_file_in_turn() -> None:
    assert spread(["a::1", "a::2", "a::3", "b::1", "c::1", "c::2"]) == ["a::1", "b::1", "c::1", "a::2", "c::2", "a::3"]


def test_every_mutant_of_the_product_is_a_module_that_compiles() -> None:
    for file, found in every_mutant().items():
        source = (ROOT / file).read_bytes()
        for mutant in random.Random(1).sample(found, min(5, len(found))):
            assert mutant.applied(source) != source
            compile(mutant.applied(source), file, "exec")


def test_access_actions_queries_and_rules_are_broken() -> None:
    files = every_mutant().keys()
    for name in ("core/rules/graduates.py", "cases/actions.py", "cases/queries.py", "web/access.py"):
        assert f"src/xueji/{name}" in files
