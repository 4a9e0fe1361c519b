"""One form for an expression as PostgreSQL tells it, whether a migration wrote it or a dump brought it back.

Reading its own dump PostgreSQL writes two things otherwise, and means the same by them: `(ARRAY[a, b])::text[]` comes
back as `ARRAY[(a)::text, (b)::text]`, and the parentheses of an AND or OR that stands first in another are gone.
"""

from __future__ import annotations

import re
from typing import TypeAlias

_LITERAL = re.compile(r"'(?:[^']|'')*'::[a-z ]+")
_CAST_LIST = re.compile(rf"\(ARRAY\[((?:{_LITERAL.pattern}(?:, )?)+)\]\)::([a-z ]+)\[\]")
_TOKEN = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|[()]|[^()'"]+""")
_Node: TypeAlias = "list[str | _Node]"


def one_form(text: str) -> str:
    """Return an expression as a restored database tells it."""
    stack: list[_Node] = [[]]
    for piece in _TOKEN.findall(_CAST_LIST.sub(_cast_each, text)):
        if piece == "(":
            stack.append([])
        elif piece == ")" and len(stack) > 1:
            closed = _joined(stack.pop())
            stack[-1].append(closed)
        else:
            stack[-1].append(piece)
    return _written(stack[0])


def _cast_each(found: re.Match[str]) -> str:
    each = ", ".join(f"({literal})::{found[2]}" for literal in _LITERAL.findall(found[1]))
    return f"ARRAY[{each}]"


def _joined(node: _Node) -> _Node:
    """Take the parentheses from what stands first in a row of ANDs, or of ORs, and is such a row itself."""
    for word in (" AND ", " OR "):
        while len(node) > 1 and isinstance(node[1], str) and node[1].startswith(word):
            first = node[0]
            if isinstance(first, str) or not any(isinstance(child, str) and word in child for child in first):
                break
            node = [*first, *node[1:]]
    return node


def _written(node: _Node) -> str:
    return "".join(child if isinstance(child, str) else f"({_written(child)})" for child in node)
