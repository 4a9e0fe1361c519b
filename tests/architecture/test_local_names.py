"""Local names say what a thing is: a pronoun or a participle tells a reader nothing about a row, a message, a place."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest
from tests.architecture.source import ROOT, SRC, parsed

# What stood for a message, a page, another row, the pack's words, a locked row, a round; each has a noun of the field.
BANNED = {"around", "held", "one", "own", "said", "there", "told"}
LOOP = re.compile(r"\{%-?\s*(?:for ((?:\w+,\s*)*\w+) in|set (\w+) =)")


def names_given(source: str) -> Iterator[tuple[int, str]]:
    """Yield every name a piece of code gives: variables, parameters, functions, exceptions caught."""
    for node in ast.walk(parsed(source)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.FunctionDef | ast.ExceptHandler) and node.name:
            yield node.lineno, node.name


def loop_names(template: str) -> set[str]:
    """Return the names a template gives in its loops and settings."""
    return {name.strip() for found in LOOP.finditer(template) for name in (found[1] or found[2]).split(",")}


@pytest.mark.parametrize(
    "source",
    [
        "said = f'…'",
        "rows = [one.pk for one in found]",
        "for number, one in numbers: ...",
        "def held(user): ...",
        "def seal(around): ...",
        "key = lambda one: one.pk",
        "if (there := first()): ...",
        "try: ...\nexcept OSError as told: ...",
        "class Row:\n    own: int",
    ],
)
def test_a_name_that_says_nothing_is_found(source) -> None:
    assert {name for _, name in names_given(source)} & BANNED


def test_the_names_of_a_template_are_found() -> None:
    assert loop_names("{% for one, number in rows %}{{ one }}{% endfor %}{% set step = row %}") == {
        "one",
        "number",
        "step",
    }


def test_local_names_say_what_a_thing_is() -> None:
    named = [
        f"{path.relative_to(ROOT)}:{line} {name}"
        for folder in ("src", "tests", "bench")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "migrations" not in path.parts
        for line, name in names_given(path.read_text("utf-8"))
        if name in BANNED
    ]
    assert named == []


def test_names_of_templates_say_what_a_thing_is() -> None:
    named = {
        path.relative_to(SRC).as_posix(): loop_names(path.read_text("utf-8")) & BANNED for path in SRC.rglob("*.html")
    }
    assert {path: names for path, names in named.items() if names} == {}
