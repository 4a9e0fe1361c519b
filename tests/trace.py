"""Which claims of docs/requirements.md are shown by which tests and examples: `python -m tests.trace [--strict S1]`.

Read from the sources, not from a run: the mark `@pytest.mark.requirement("S1-08")` on functions, classes and
modules, and `requirement = "S1-08"` in the examples of the packs.
"""

# ruff: noqa: A005  # run as tests.trace; nothing imports the standard module of this name here

from __future__ import annotations

import argparse
import ast
import re
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CLAIM = re.compile(r"^\| (S[0-9]-[0-9]{2}) \| (.*?) \| ", re.MULTILINE)


def claims() -> dict[str, str]:
    """Return the claims by id, in their order."""
    return dict(CLAIM.findall((ROOT / "docs/requirements.md").read_text(encoding="utf-8")))


def marks(path: Path) -> Iterator[tuple[str, str]]:
    """Yield (claim, test) for every requirement mark of a test file; a mark outside a function counts for the file."""
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
            yield from ((arg.value, where) for arg in node.args if isinstance(arg, ast.Constant))


def examples(path: Path) -> Iterator[tuple[str, str]]:
    """Yield (claim, example) for every example of a pack that names claims."""
    for name, example in tomllib.loads(path.read_text(encoding="utf-8")).items():
        named = example.get("requirement", [])
        for claim in [named] if isinstance(named, str) else named:
            yield claim, f"{path.relative_to(ROOT).as_posix()}::{name}"


def shown() -> dict[str, list[str]]:
    """Return the tests and examples of each claim."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for claim, where in marks(path):
            found[claim].append(where)
    for path in sorted((ROOT / "policies").rglob("examples/*.toml")):
        for claim, where in examples(path):
            found[claim].append(where)
    return found


def main(argv: list[str] | None = None) -> int:
    """Print the claims with what shows them; with --strict S1 return 1 when a claim of S1 has nothing."""
    parser = argparse.ArgumentParser(prog="python -m tests.trace", description=__doc__)
    parser.add_argument("--strict", metavar="SOURCE", help="exit 1 when a claim of this source has no test")
    options = parser.parse_args(argv)
    known, found = claims(), shown()
    for claim, text in known.items():
        sys.stdout.write(f"{claim} {'ok ' if found.get(claim) else '-- '} {text[:90]}\n")
        sys.stdout.writelines(f"        {where}\n" for where in found.get(claim, []))
    for source in sorted({claim[:2] for claim in known}):
        of_source = [claim for claim in known if claim.startswith(source)]
        sys.stdout.write(
            f"{source}: {sum(bool(found.get(c)) for c in of_source)} of {len(of_source)} claims have tests\n"
        )
    unknown = sorted(set(found) - set(known))
    sys.stdout.writelines(f"no such claim: {claim} ({', '.join(found[claim])})\n" for claim in unknown)
    missing = [c for c in known if options.strict and c.startswith(options.strict) and not found.get(c)]
    if missing:
        sys.stdout.write(f"without a test: {' '.join(missing)}\n")
    return 1 if missing or (options.strict and unknown) else 0


if __name__ == "__main__":
    sys.exit(main())
