"""Which claims of docs/requirements.md are shown, and which only stand in a pack: `python -m tests.trace [--strict S1]`.

Read from the sources, not from a run: the mark `@pytest.mark.requirement("S1-08")` on functions, classes and
modules, and `requirement = "S1-08"` in the examples of the packs. Two things are counted apart. *Shown*: a test acts, or
an example asks a question and compares the answer. *Stated*: an example looks an entry of its pack up and compares it
with a copy, or a test with `stated=True` does; it keeps the entry from being changed by accident and shows no more.
"""

# ruff: noqa: A005  # run as tests.trace; nothing imports the standard module of this name here

from __future__ import annotations

import argparse
import ast
import re
import sys
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Claims nothing can act upon, with why: that the text stands in its pack is all there is to show.
STATEMENTS = {
    "S1-01": "on what the notice rests and to whom it is addressed",
    "S2-39": "why the regulation was made",
}
CLAIM = re.compile(r"^\| (S[0-9]-[0-9]{2}) \| (.*?) \| ", re.MULTILINE)


def claims() -> dict[str, str]:
    """Return the claims by id, in their order."""
    return dict(CLAIM.findall((ROOT / "docs/requirements.md").read_text(encoding="utf-8")))


@dataclass
class Evidence:
    """What stands behind a claim: tests and examples that show it, and those that only state it."""

    shown: list[str] = field(default_factory=list)
    stated: list[str] = field(default_factory=list)

    def add(self, where: str, *, is_stated: bool) -> None:
        """Put a place on the list it belongs to."""
        (self.stated if is_stated else self.shown).append(where)


def marks(path: Path) -> Iterator[tuple[str, str, bool]]:
    """Yield (claim, test, stated) for every requirement mark of a file; a mark outside a function counts for the file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    owners = {
        id(decorator): node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        for decorator in node.decorator_list
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("mark.requirement"):
            where = f"{path.relative_to(ROOT).as_posix()}::{owners.get(id(node), '*')}"
            is_stated = any(word.arg == "stated" for word in node.keywords)
            yield from ((str(arg.value), where, is_stated) for arg in node.args if isinstance(arg, ast.Constant))


def examples(path: Path) -> Iterator[tuple[str, str, bool]]:
    """Yield (claim, example, stated) for every example of a pack that names claims; one that asks a question shows."""
    for name, example in tomllib.loads(path.read_text(encoding="utf-8")).items():
        named = example.get("requirement", [])
        for claim in [named] if isinstance(named, str) else named:
            yield claim, f"{path.relative_to(ROOT).as_posix()}::{name}", "question" not in example


def evidence() -> dict[str, Evidence]:
    """Return what stands behind each claim."""
    found: dict[str, Evidence] = defaultdict(Evidence)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for claim, where, is_stated in marks(path):
            found[claim].add(where, is_stated=is_stated)
    for path in sorted((ROOT / "policies").rglob("examples/*.toml")):
        for claim, where, is_stated in examples(path):
            found[claim].add(where, is_stated=is_stated)
    return found


def standing(claim: str, found: Mapping[str, Evidence]) -> str:
    """Return how a claim stands: shown, statement (nothing can act upon it), stated only, or missing."""
    behind = found.get(claim, Evidence())
    if behind.shown:
        return "shown"
    if behind.stated:
        return "statement" if claim in STATEMENTS else "stated"
    return "missing"


def summary(source: str, known: Iterable[str], found: Mapping[str, Evidence]) -> str:
    """Return the counts of one source in a line."""
    counts = Counter(standing(claim, found) for claim in known if claim.startswith(source))
    total = sum(counts.values())
    line = (
        f"{source}: of {total} claims {counts['shown']} shown by behaviour, {counts['stated']} only stated in the pack"
    )
    return f"{line}, {counts['statement']} statements, {counts['missing']} with nothing\n"


def main(argv: list[str] | None = None) -> int:
    """Print the claims with what stands behind them; with --strict S1 return 1 when a claim of S1 is not shown."""
    parser = argparse.ArgumentParser(prog="python -m tests.trace", description=__doc__)
    parser.add_argument("--strict", metavar="SOURCE", help="exit 1 when a claim of this source is not shown")
    options = parser.parse_args(argv)
    known, found = claims(), evidence()
    for claim, text in known.items():
        sys.stdout.write(f"{claim} {standing(claim, found):9} {text[:90]}\n")
        sys.stdout.writelines(f"        {where}\n" for where in found[claim].shown)
        sys.stdout.writelines(f"        stated: {where}\n" for where in found[claim].stated)
    sys.stdout.writelines(summary(source, known, found) for source in sorted({claim[:2] for claim in known}))
    unknown = sorted((set(found) | set(STATEMENTS)) - set(known))
    sys.stdout.writelines(f"no such claim: {claim} ({', '.join(found[claim].shown)})\n" for claim in unknown)
    ends = ("missing", "stated")
    missing = [c for c in known if options.strict and c.startswith(options.strict) and standing(c, found) in ends]
    if missing:
        sys.stdout.write(f"not shown: {' '.join(missing)}\n")
    return 1 if missing or (options.strict and unknown) else 0


if __name__ == "__main__":
    sys.exit(main())
