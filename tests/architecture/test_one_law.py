"""One law per matter: the library of packs is opened in few places, each named with its reason; a case is asked for its law.

Six functions over two columns once answered «which pack on which day», and differed (docs/adr/0020).
"""

from __future__ import annotations

import ast

from tests.architecture.source import SRC, parsed, python_files

# module -> why it opens the library; whoever has a case or a batch at hand asks `law_of(case)` or `batch.law`
OPENS = {
    "cases/law.py": "the law of a case",
    "supervision/rating_queries.py": "the law a rating was drafted under",
    "graduation/models/seasons.py": "what is true of a season: its days",
    "institutions/queries/__init__.py": "the pack over an authority, before there is a case",
    "institutions/queries/area.py": "the packs an installation may be founded under",
    "institutions/actions_setup.py": "the pack chosen at the founding",
    "certificates/stating.py": "counters are stated by pack, whatever cases drew from them",
    "certificates/actions/statements.py": "as above",
    "certificates/queries.py": "the shapes of all numbers ever given",
    "web/authority/policies.py": "the packs shown as they are",
    "web/authority/statements.py": "the packs whose numbers are stated",
    "web/public/services.py": "the packs that say what a graduate brings",
    "applications/blacklist_queries.py": "the pack an entry of the blacklist was proposed under",
    "web/clauses.py": "titles of packs and sources named by events",
    "accounts/passwords.py": "names of places nobody may use as a password",
    "ask/impact.py": "two versions of a pack asked without a database",
    "ask/__init__.py": "questions to a pack without a database",
    "exchange/cli.py": "templates of a pack without a database",
    "cli/backup.py": "the packs a backup was made under",
    "cli/doctor.py": "whether the packs can be read",
    "reconciliation/columns.py": "headings and code tables of all forms, to know a column by",
    "cli/samples.py": "specimens of a pack's forms",
    "config/settling.py": "read before the first request and the first job",
    "demo/neighbours.py": "files of a synthetic jurisdiction",
    "demo/register/schools.py": "codes of divisions, to lay out a synthetic province",
}
_RESOLVES = {"institutions/queries/__init__.py"}


def _calls(name: str) -> set[str]:
    """Return the modules outside `policy` and `core` that call a function or method of this name."""
    found = set()
    for path in python_files():
        module = path.relative_to(SRC).as_posix()
        if module.split("/")[0] in ("policy", "core"):
            continue
        calls = (node.func for node in ast.walk(parsed(path.read_text("utf-8"))) if isinstance(node, ast.Call))
        if any(name == (call.id if isinstance(call, ast.Name) else getattr(call, "attr", "")) for call in calls):
            found.add(module)
    return found


def test_the_library_of_packs_is_opened_where_it_is_said_to_be() -> None:
    assert _calls("get_library") == set(OPENS)


def test_the_pack_over_a_place_is_found_in_one_place() -> None:
    found = {path.relative_to(SRC).as_posix() for path in python_files() if ".resolve(line=" in path.read_text("utf-8")}
    assert found == _RESOLVES
