"""Every way to break one line of a module: a comparison moved by one, a condition turned, a guard or a call left out.

Pure: text in, mutants out. What only steers speed (batch sizes, caches) is left alone, for no test may notice that.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

SWAPPED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
SPEED_ALONE = {"batch_size", "maxsize", "chunk_size"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One broken place: the bytes `start` to `end` of the file replaced."""

    line: int
    start: int
    end: int
    before: str
    after: str

    def applied(self, source: bytes) -> bytes:
        """Return the file with this one place broken."""
        return source[: self.start] + self.after.encode() + source[self.end :]


def mutants(source: bytes) -> list[Mutant]:
    """Return every mutant of a module, in the order of its lines."""
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    found = []
    for node, after in _broken(ast.parse(source)):
        start = starts[node.lineno - 1] + node.col_offset
        end = starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
        found.append(Mutant(node.lineno, start, end, source[start:end].decode(), after))
    return sorted(found, key=lambda mutant: (mutant.start, mutant.end, mutant.after))


def _broken(node: ast.AST) -> Iterator[tuple[ast.expr | ast.stmt, str]]:
    """Yield each place below a node that can be broken, with what stands there instead."""
    for child in _below(node):
        if isinstance(child, ast.expr):
            yield from ((child, f"({text})") for text in _expressions(child))
        elif isinstance(child, ast.stmt) and _may_be_left_out(child):
            yield child, "pass"
        yield from _broken(child)


def _below(node: ast.AST) -> Iterator[ast.AST]:
    for name, value in ast.iter_fields(node):
        if name in {"decorator_list", "annotation", "returns", "args"} and not isinstance(node, ast.Call):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.JoinedStr) or (isinstance(child, ast.keyword) and child.arg in SPEED_ALONE):
                continue  # positions inside an f-string are not told before Python 3.12
            if isinstance(child, ast.AST):
                yield child


def _expressions(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Compare) and len(node.ops) <= 2:
        for place, op in enumerate(node.ops):
            ops = [*node.ops]
            ops[place] = SWAPPED[type(op)]()
            yield ast.unparse(ast.Compare(node.left, ops, node.comparators))
    elif isinstance(node, ast.BoolOp):
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield ast.unparse(ast.BoolOp(other, node.values))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield ast.unparse(node.operand)
    elif isinstance(node, ast.Constant) and type(node.value) is int:
        yield from (str(node.value + 1), str(node.value - 1))


def _may_be_left_out(node: ast.stmt) -> bool:
    if isinstance(node, ast.If):
        return not node.orelse and all(isinstance(statement, ast.Raise) for statement in node.body)
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
