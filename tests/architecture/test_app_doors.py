"""Each app has a door: other apps take its actions, queries, models, kinds and tasks, and the few words named here.

Whatever else of an app is imported from outside stands in `deeper.txt`, a line for each importing folder and module.
The list may only get shorter: a new line fails, and so does one that is no longer true.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.source import SRC, parsed, python_files

LISTED = Path(__file__).with_name("deeper.txt")
DOOR = ("actions", "queries", "models", "kinds", "tasks")
# what else belongs to the door of an app, and why
WIDER = {
    "accounts.permissions": "the words of what posts may do",
    "cases.checks": "what an act on the subject of a case asks first: its lock, who files it",
    "applications.facts": "the law of an application and what it states, asked wherever one is shown",
    "cases.law": "the law of a case, asked wherever there is one",
    "certificates.content": "what a certificate is to say",
    "certificates.locks": "one writer at a time on the paper of an issue",
    "certificates.stages": "where an issue stands, asked by every act that is a stage",
    "certificates.triggers": "how states of a certificate move, as the database holds them",
    "documents.photos": "photographs of people",
    "documents.qr": "codes of papers and pages",
    "documents.records": "what a paper is made from",
    "documents.render": "papers",
    "documents.snapshots": "pictures of papers",
    "documents.storage": "files",
    "institutions.calendars": "the days an office works",
    "institutions.posts": "the words of posts",
    "jobs.progress": "what a runner of jobs is handed",
    "jobs.runners": "where runners are registered",
    "ledger.tags": "the words of events",
    "ledger.triggers": "what the database holds of rows that are kept for good",
    "production.blankbook": "between a kind of paper and the book of blanks",
    "production.catalogue": "which forms and blanks a kind of paper has",
    "production.rights": "who prints and who seals",
}
_PORTALS = ("school", "authority", "public", "shared")


def is_door(module: str) -> bool:
    """Whether a module, as «app.name», may be taken from outside: by its name, or by that of the part it lies in."""
    parts = module.split(".")[1:3]
    named = {word for part in parts for word in (part, part.split("_")[0], part.split("_")[-1])}
    return module in WIDER or bool(named & set(DOOR))


def _modules(source: str) -> Iterator[str]:
    for node in ast.walk(parsed(source)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("xueji."):
            parts = str(node.module).split(".")[1:]
            yield from [".".join(parts)] if len(parts) > 1 else [f"{parts[0]}.{alias.name}" for alias in node.names]


def _folder(path: Path) -> str:
    parts = path.relative_to(SRC).parts
    return f"web/{parts[1]}" if parts[0] == "web" and parts[1] in _PORTALS else parts[0]


def deeper() -> set[str]:
    """Return «importing folder ← module» for everything that is taken past a door today."""
    apps = {path.name for path in SRC.iterdir() if (path / "apps.py").exists()} - {"web", "demo"}
    assert len(apps) > 10, "the apps were looked for in the wrong place"
    found = set()
    for path in python_files():
        own_app = path.relative_to(SRC).parts[0]
        for module in _modules(path.read_text("utf-8")):
            if (app := module.split(".")[0]) in apps and app != own_app and not is_door(module):
                found.add(f"{_folder(path)} ← {module}")
    return found


def _listed() -> list[str]:
    return [line for line in LISTED.read_text("utf-8").splitlines() if line and not line.startswith("#")]


def test_nothing_new_is_taken_past_a_door() -> None:
    assert deeper() - set(_listed()) == set(), "take it from the actions, queries, models of the app, or move it there"


def test_what_is_no_longer_taken_leaves_the_list() -> None:
    assert set(_listed()) - deeper() == set(), "take these lines out of deeper.txt"


def test_the_list_is_in_order_and_says_nothing_twice() -> None:
    assert _listed() == sorted(set(_listed()))


def test_what_is_a_door_is_used_as_one() -> None:
    assert is_door("graduation.actions.release")
    assert is_door("graduation.records.queries")
    assert is_door("institutions.actions_closing")
    assert not is_door("graduation.locks")
    assert not is_door("production.transactions")
