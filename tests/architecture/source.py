"""The source tree as the architecture tests read it: files, functions, calls."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src" / "xueji"


@dataclass(frozen=True)
class Function:
    """A function with where it stands and the names it calls."""

    module: str  # path below src/xueji, as «cases/actions.py»
    name: str
    node: ast.FunctionDef

    @property
    def label(self) -> str:
        return f"{self.module}:{self.name}"

    @property
    def length(self) -> int:
        """Lines of the body, the docstring not counted."""
        first = self.node.body[0]
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
            if len(self.node.body) == 1:
                return 0
            first = self.node.body[1]
        return (self.node.end_lineno or 0) - first.lineno + 1

    def calls(self) -> set[str]:
        """The last names of everything the function calls."""
        return {
            call.func.id if isinstance(call.func, ast.Name) else call.func.attr
            for call in ast.walk(self.node)
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name | ast.Attribute)
        }


@cache
def parsed(source: str) -> ast.Module:
    """Return the tree of a piece of source: six hundred files are read by a dozen tests, and parsed once."""
    return ast.parse(source)


def python_files() -> Iterator[Path]:
    """Every hand-written Python file of the product."""
    for path in sorted(SRC.rglob("*.py")):
        if "migrations" not in path.parts:
            yield path


def module_of(path: Path) -> str:
    return path.relative_to(SRC).as_posix()


@cache
def functions() -> tuple[Function, ...]:
    """Every function and method of the product."""
    return tuple(
        Function(module_of(path), node.name, node)
        for path in python_files()
        for node in ast.walk(parsed(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef)
    )
