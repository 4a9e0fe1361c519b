"""One word a thing: what once meant four things is defined once, and means what the glossary says."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator

from tests.architecture.source import SRC, module_of, parsed, python_files

# Functions whose name once stood for several things: each has one home, or none.
ONE_HOME = {
    "balance_of", "book_of", "correction_of", "draw", "guidance", "guidance_for", "outcome_of", "papers_of", "tell", "told", "view_of",
}  # fmt: skip
# Files whose name once said nothing: a form is a form of a page; corrections are those of particulars.
FILES = {
    "forms.py": {"web/forms.py", "web/authority/forms.py", "web/school/forms.py"},
    "corrections.py": {"graduation/actions/corrections.py"},
    "founding.py": set(),
    "grounds.py": set(),
    "paper.py": set(),
    "papers.py": set(),
    "places.py": set(),
    "standing.py": set(),
}
# The field registers and enrols, it founds nothing; who decides tells nobody.
NO_VERBS = ("found_", "tell_")


def public(source: str) -> Iterator[ast.ClassDef | ast.FunctionDef]:
    """Yield the public classes and functions at the top of a module."""
    for node in parsed(source).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
            yield node


def collisions(files: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Return every class defined twice, and every function of the list, with where."""
    homes = defaultdict(list)
    for module, source in files:
        for node in public(source):
            if isinstance(node, ast.ClassDef) or node.name in ONE_HOME:
                homes[node.name].append(module)
    return {name: modules for name, modules in homes.items() if len(modules) > 1}


def nobodys_verbs(source: str) -> list[str]:
    """Return the functions called by a verb that nobody of the field uses."""
    return [
        node.name
        for node in ast.walk(parsed(source))
        if isinstance(node, ast.FunctionDef) and node.name.lstrip("_").startswith(NO_VERBS)
    ]


def test_a_name_of_two_homes_is_found() -> None:
    files = [
        ("a.py", "class Outcome: ...\ndef draw(): ...\ndef main(): ..."),
        ("b.py", "class Outcome: ...\ndef draw(): ...\ndef main(): ...\nclass _Own: ..."),
    ]
    assert collisions(files) == {"Outcome": ["a.py", "b.py"], "draw": ["a.py", "b.py"]}
    assert nobodys_verbs("def found_school(): ...\nclass A:\n    def _tell_all(self): ...") == [
        "found_school",
        "_tell_all",
    ]


def test_one_word_a_thing() -> None:
    assert collisions((module_of(path), path.read_text("utf-8")) for path in python_files()) == {}


def test_files_are_called_by_what_is_in_them() -> None:
    for name, homes in FILES.items():
        assert {module_of(path) for path in SRC.rglob(name)} == homes, name


def test_nothing_is_founded_and_nobody_told() -> None:
    named = {module_of(path): nobodys_verbs(path.read_text("utf-8")) for path in python_files()}
    assert {module: names for module, names in named.items() if names} == {}
