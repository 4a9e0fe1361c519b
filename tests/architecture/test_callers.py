"""Nothing public in the product is there for tests alone: it is called, or it is not there."""

from __future__ import annotations

from pathlib import Path

from tests.architecture.callers import uncalled
from tests.architecture.source import ROOT, SRC

# What a framework finds by its place, with why nobody names it.
FOUND_BY_PLACE = {
    "xueji.accounts.sessions.SessionStore": "SESSION_ENGINE names the module, Django its one class",
}


def module_path(path: Path) -> str:
    """Return the dotted name of a file of the product."""
    return ".".join(path.relative_to(SRC.parent).with_suffix("").parts).removesuffix(".__init__")


def is_found_by_place(path: str) -> bool:
    """An app's configuration and its migrations are found by Django where they lie."""
    module = path.rpartition(".")[0]
    return path in FOUND_BY_PLACE or module.endswith(".apps") or ".migrations." in module


def test_every_public_function_and_class_has_a_caller_in_the_product() -> None:
    texts = {module_path(path): path.read_text(encoding="utf-8") for path in SRC.rglob("*.py")}
    pages = [*(SRC / "web").rglob("*.html"), ROOT / "pyproject.toml"]
    found = uncalled(texts, " ".join(path.read_text(encoding="utf-8") for path in pages))
    assert [path for path in found if not is_found_by_place(path)] == []
    assert set(FOUND_BY_PLACE) <= set(found)


STORY = {
    "house.rules": """
def acts(): return _helper()
def _helper(): return 1
def forgotten(): return forgotten()
class Kept: pass
@register("x")
def registered(): return 2
@lru_cache
def cached(): return 3
def by_path(): return 4
def on_page(): return 5
def exported(): return 6
def only_exported(): return 7
""",
    "house": "from house.rules import exported, only_exported\n__all__ = ['exported', 'only_exported']\n",
    "house.pages": """
from house import exported, rules
from house.rules import acts as act
SETTING = "house.rules.by_path"
held = [act(), exported(), rules.Kept]
""",
    "elsewhere": "class Other:\n    def forgotten(self): return self.forgotten()\n",
}


def test_what_is_called_is_followed_by_import_and_the_rest_is_named() -> None:
    left = ["elsewhere.Other", "house.rules.cached", "house.rules.forgotten", "house.rules.only_exported"]
    assert uncalled(STORY, "{% on_page %}") == left
    assert uncalled(STORY) == sorted([*left, "house.rules.on_page"])
