"""Which public functions and classes of the product nobody in it names: resolved import by import, not by bare words."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from tests.architecture.source import parsed

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
# A decorator that hands its function to a registry calls it from there; these only change what it is.
MODIFIERS = {"dataclass", "lru_cache", "cache", "contextmanager", "wraps", "total_ordering", "transaction.atomic"}
PATH = re.compile(r"^[a-z_][\w.]*[.:](\w+)$")


class Sources:
    """Modules by dotted name with their trees; what a name in one of them stands for in another."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.trees = {module: parsed(text) for module, text in texts.items()}
        self.imported = {module: dict(self._imports(tree)) for module, tree in self.trees.items()}

    @staticmethod
    def _imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
        """Yield each imported name of a file with the dotted path it stands for."""
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                yield from ((alias.asname or alias.name, f"{node.module}.{alias.name}") for alias in node.names)
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    root = alias.name.split(".")[0]
                    yield (alias.asname, alias.name) if alias.asname else (root, root)

    def home(self, path: str) -> str:
        """Return where a dotted path is defined: a package that only hands a name on is looked through."""
        seen: set[str] = set()  # a package that takes a module of its own leads back to itself
        while path not in seen:
            seen.add(path)
            module, _, name = path.rpartition(".")
            path = self.imported.get(module, {}).get(name, path)
        return path

    def definitions(self) -> Iterator[tuple[str, ast.stmt]]:
        """Yield the public functions and classes that no registry takes up, by dotted path."""
        for module, tree in self.trees.items():
            for node in tree.body:
                if isinstance(node, DEFINITIONS) and not node.name.startswith("_") and not _is_registered(node):
                    yield f"{module}.{node.name}", node

    def named(self) -> set[str]:
        """Return every dotted path that some code names: by import, by attribute of a module, by a text that is a path."""
        return {self.home(path) for module in self.trees for path in self._named_in(module)}

    def _named_in(self, module: str) -> Iterator[str]:
        defined = {node.name for node in self.trees[module].body if isinstance(node, DEFINITIONS)}
        for top in self.trees[module].body:
            itself = getattr(top, "name", "")
            for node in ast.walk(top):
                if isinstance(node, ast.Name) and node.id != itself:
                    yield f"{module}.{node.id}" if node.id in defined else self.imported[module].get(node.id, "")
                elif isinstance(node, ast.Attribute):
                    yield self._dotted(module, node)
                elif isinstance(node, ast.Constant) and isinstance(node.value, str) and PATH.match(node.value):
                    yield node.value.replace(":", ".")

    def _dotted(self, module: str, node: ast.Attribute) -> str:
        """Return the path of `actions.open_batch` where `actions` is an imported module; an object's attribute is none."""
        parts = ast.unparse(node).split(".")
        return ".".join([self.imported[module].get(parts[0], ""), *parts[1:]])


def _is_registered(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    words = {
        ast.unparse(decorator.func if isinstance(decorator, ast.Call) else decorator)
        for decorator in node.decorator_list
    }
    return bool(words - MODIFIERS)


def uncalled(texts: Mapping[str, str], elsewhere: str = "") -> list[str]:
    """Return the public functions and classes nobody names; `elsewhere` are texts that name by word (templates, TOML)."""
    sources = Sources(texts)
    named, words = sources.named(), set(re.findall(r"\w+", elsewhere))
    return sorted(path for path, _ in sources.definitions() if path not in named and path.split(".")[-1] not in words)
