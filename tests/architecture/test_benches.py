"""A bench runs rarely; what it takes from the product must still be there when it does."""

from __future__ import annotations

import ast
import importlib

import pytest
from tests.architecture.source import ROOT, parsed

BENCHES = sorted((ROOT / "bench").glob("*.py"))


def _taken(path) -> list[tuple[str, str]]:
    """Return (module, name) of every import from the product, wherever in the file it stands."""
    nodes = ast.walk(parsed(path.read_text()))
    found = [node for node in nodes if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("xueji")]
    return [(str(node.module), alias.name) for node in found for alias in node.names]


@pytest.mark.django_db  # the application looks at its database when it is loaded
@pytest.mark.parametrize("path", BENCHES, ids=[path.stem for path in BENCHES])
def test_what_a_bench_takes_from_the_product_is_there(path) -> None:
    for module, name in _taken(path):
        found = importlib.import_module(module)
        if not hasattr(found, name):
            importlib.import_module(f"{module}.{name}")


def test_the_benches_do_take_from_the_product() -> None:
    assert {path.stem for path in BENCHES if _taken(path)} >= {"intake", "numbers", "render"}
