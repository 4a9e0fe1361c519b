"""Pages ask no tables: what is read stands in the apps, as a query on behalf of a person; statements stand there as well.

A query inside a view is judged by nobody: neither who may see its rows nor how many statements a page costs is said
where the table is.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest
from tests.architecture.source import SRC, parsed, python_files

_MANAGERS = {"objects", "_default_manager", "_base_manager"}
# module -> why a statement of a fixed shape stands there; elsewhere they stand in the queries of an app
STATEMENTS = {
    "accounts/backends.py": "who is signed in, asked by every request",
    "accounts/sessions.py": "as above",
    "cases/checks.py": "case and step under the lock, asked by every act",
    "cases/parties.py": "whose case it is, asked wherever a case is shown",
    "cases/proposal_queries.py": "what is proposed at a step, asked wherever a step is shown",
    "cases/rounds.py": "the steps of a round, asked by every decision",
    "certificates/actions/issuing.py": "a hundred keys as one value of an update",
    "certificates/stages.py": "the issue as stored, asked before every stage",
    "graduation/actions/release.py": "a hundred ids as one value of an update",
    "graduation/books.py": "the books of numbers on one page",
    "graduation/facts.py": "the facts rules are asked on",
    "graduation/kinds.py": "the batch of a case, asked at each of its steps",
    "graduation/locks.py": "the batch under the lock, asked by every act on it",
    "graduation/paperkind.py": "what stands on the list, for every form of it",
    "graduation/records/eligibility.py": "the facts rules are asked on",
    "graduation/rules.py": "as above",
    "graduation/written.py": "who was ever listed, asked at every release",
    "institutions/calendars.py": "days declared, asked by every term",
    "production/archive.py": "what stages are asked on",
    "production/form_data.py": "as above",
    "production/stages.py": "as above",
}


def asks(source: str) -> Iterator[str]:
    """Yield every manager of a table that a piece of source names."""
    for node in ast.walk(parsed(source)):
        if isinstance(node, ast.Attribute) and node.attr in _MANAGERS:
            yield ast.unparse(node)


def _web() -> dict[str, list[str]]:
    files = {path.relative_to(SRC).as_posix(): path for path in python_files() if "web" in path.relative_to(SRC).parts}
    found = {module: list(asks(path.read_text("utf-8"))) for module, path in files.items()}
    assert len(found) > 80, "the pages were looked for in the wrong place"
    return {module: named for module, named in found.items() if named}


def test_pages_ask_no_tables() -> None:
    assert _web() == {}


@pytest.mark.parametrize("source", ["Batch.objects.filter(pk=1)", "type(row)._default_manager.get(pk=1)"])
def test_a_page_that_asks_is_named(source: str) -> None:
    assert list(asks(source))


def test_rows_of_a_batch_at_hand_are_no_question_of_their_own() -> None:
    assert not list(asks("batch.candidates.count()"))


def test_statements_stand_in_queries() -> None:
    found = {
        path.relative_to(SRC).as_posix()
        for path in python_files()
        if "from xueji.statements import" in path.read_text("utf-8")
    }
    assert {module for module in found if not module.endswith("/queries.py") and "/queries/" not in module} == set(
        STATEMENTS
    )
