"""Each value, sentence and table of the packs has a reader in the product, and each reader asks for one that may be written."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.architecture.source import parsed, python_files

from xueji.core.pack_keys import GUIDANCE, TABLES, VALUES

READS = {"value": {"value", "value_or"}, "guidance": {"guidance_for", "guidance"}, "table": {"table"}}
NOT_BY_NAME = {"negative_list"}  # the lint of packs compares it (policy/lint.py)


def asked_for(source: str, kind: str) -> set[str]:
    """Return the texts a file asks a pack for: written in the call, or as a constant or a choice of the file."""
    tree = parsed(source)
    constants = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    pairs = [node for node in tree.body if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple)]
    for node in pairs:
        assert isinstance(node.targets[0], ast.Tuple)
        if isinstance(node.value, ast.Tuple):
            names = (ast.unparse(target) for target in node.targets[0].elts)
            constants |= dict(zip(names, node.value.elts, strict=True))
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    named = (node for node in calls if (getattr(node.func, "attr", "") or getattr(node.func, "id", "")) in READS[kind])
    locals_ = {ast.unparse(n.targets[0]): n.value for n in ast.walk(tree) if isinstance(n, ast.Assign)}
    return {text for call in named for arg in call.args for text in _texts(arg, {**locals_, **constants})}


def _texts(node: ast.expr, known: dict[str, ast.expr]) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.Name) and node.id in known:
        yield from _texts(known[node.id], {k: v for k, v in known.items() if k != node.id})
    elif isinstance(node, ast.Tuple | ast.List):
        yield from (text for element in node.elts for text in _texts(element, known))
    elif isinstance(node, ast.Starred):
        yield from _texts(node.value, known)
    elif isinstance(node, ast.IfExp):
        yield from (text for branch in (node.body, node.orelse) for text in _texts(branch, known))


def asked_in_all(kind: str) -> set[str]:
    """Return what the product asks for."""
    return set().union(*(asked_for(path.read_text(encoding="utf-8"), kind) for path in python_files()))


def test_every_value_that_may_be_written_is_read() -> None:
    assert set(VALUES) - asked_in_all("value") == set()


def test_every_sentence_that_may_be_written_is_shown_on_a_page() -> None:
    assert set(GUIDANCE) - asked_in_all("guidance") == set()


def test_every_table_the_engine_is_said_to_ask_for_is_asked_for() -> None:
    assert TABLES - NOT_BY_NAME - asked_in_all("table") == set()


def test_a_page_asks_for_no_sentence_that_no_pack_may_write() -> None:
    asked = {
        text for path in python_files() if "/web/" in str(path) for text in asked_for(path.read_text(), "guidance")
    }
    assert asked - set(GUIDANCE) == set()


def test_a_reader_is_found_by_constant_choice_and_star_and_nothing_else_is_taken_for_one() -> None:
    story = """
KEY = "uploads_kept_days"
_BEFORE = ("number_release",)
A, B = "after", "late"
def page(view, late):
    view.value(KEY); view.value_or("rates", {}); view.value_or(A, B); other("scope")
    guidance_for(view, *(_BEFORE if late else ("archive",)), "seal")
"""
    assert asked_for(story, "value") == {"uploads_kept_days", "rates", "after", "late"}
    assert asked_for(story, "guidance") == {"number_release", "archive", "seal"}
