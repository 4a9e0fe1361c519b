"""What several hands know of one page is put together by `web.context.joined`, which refuses two meanings of one name."""

from __future__ import annotations

import ast

from tests.architecture.source import SRC, parsed, python_files


def _contexts(tree: ast.AST) -> list[ast.expr]:
    """Return what is called `context`, and what a template is rendered with."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found += [node.value for target in targets if isinstance(target, ast.Name) and target.id == "context"]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "render":
            found += node.args[2:3]
        elif isinstance(node, ast.BinOp) and any(
            isinstance(s, ast.Name) and s.id == "context" for s in (node.left, node.right)
        ):
            found.append(node)
    return found


def _silent_joins(tree: ast.AST) -> list[int]:
    """Return the lines where one table of names silently goes over another."""
    lines: set[int] = set()
    for node in _contexts(tree):
        if isinstance(node, ast.Dict):
            lines |= {node.lineno for key in node.keys if key is None}
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            lines.add(node.lineno)
    return sorted(lines)


def test_contexts_of_pages_are_joined_by_name() -> None:
    found = {
        path.relative_to(SRC).as_posix(): lines
        for path in python_files()
        if "web" in path.relative_to(SRC).parts and (lines := _silent_joins(parsed(path.read_text(encoding="utf-8"))))
    }
    assert found == {}


def test_both_silent_ways_are_seen() -> None:
    source = """
context = {**left(), 'b': 1}
context = head() | {'b': 1}
return_value = context | more()
render(request, 'page.html', head() | {'b': 1})
context = joined(head(), {'b': 1})
row = {**look, 'c': 2}
"""
    assert _silent_joins(parsed(source)) == [2, 3, 4, 5]
