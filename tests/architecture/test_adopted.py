"""Whoever changes which columns of a table are vouched for takes its rows in anew (docs/adr/0028): else an install's audit names them all."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping

import pytest
from django.db.migrations import Migration, RunPython
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from pgtrigger.migrations import AddTrigger

from xueji.ledger import rewriting

_COLUMNS = re.compile(r"sha256\(convert_to\(ROW\((.+?)\)::text, 'UTF8'\)\)")


# Tables of which no install has a row from before the change: why.
NEVER_WRITTEN = {
    "supervision_systemcomparison": "until the change (supervision/0002) no action recorded a comparison of two systems",
}


def in_order() -> list[Migration]:
    """Return every migration of the product after those it needs."""
    graph = MigrationLoader(None).graph
    keys = dict.fromkeys(key for leaf in graph.leaf_nodes() for key in graph.forwards_plan(leaf))
    return [graph.nodes[key] for key in keys]


def vouched_by(operation: Operation) -> tuple[str, str] | None:
    """Return a table and the columns of its rows that a trigger digests, as they are adopted; None for any other operation."""
    if not isinstance(operation, AddTrigger) or operation.trigger.name != "vouched_changed":
        return None
    sql = operation.trigger.install_sql
    (table,) = set(re.findall(r'AFTER UPDATE\s+ON "?(\w+)"?', sql))
    return table, re.sub(r"\bn\.", "t.", _COLUMNS.findall(sql)[0])


def not_taken_in(migrations: Iterable[Migration], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the tables whose vouched columns changed after they were first named, and whose rows nobody took in by the last ones."""
    columns, changed, adopted = dict[str, str](), set[str](), dict[str, str]()

    def note(forms: Mapping[str, str], **_: object) -> None:
        adopted.update(forms)

    monkeypatch.setattr(rewriting, "adopt_rows", note)
    for migration in migrations:
        for operation in migration.operations:
            if found := vouched_by(operation):
                table, now = found
                changed |= {table} if columns.get(table, now) != now else set()
                columns[table] = now
            elif isinstance(operation, RunPython) and "adopt_rows" in operation.code.__code__.co_names:
                operation.code(_NoModels(), None)
    return sorted(table for table in changed if adopted.get(table) != columns[table])


class _NoModels:
    """The models of an adoption, which is only noted here."""

    def get_model(self, *_: str) -> None:
        return None


def test_every_change_of_what_is_vouched_for_takes_the_rows_in(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not_taken_in(in_order(), monkeypatch) == sorted(NEVER_WRITTEN)


def test_a_change_without_an_adoption_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    left_out = [m for m in in_order() if (m.app_label, m.name) != ("graduation", "0007_issue_dates_chosen")]
    last = sys.modules["xueji.graduation.migrations.0007_issue_dates_chosen"].Migration(
        "0007_issue_dates_chosen", "graduation"
    )
    last.operations = [operation for operation in last.operations if not isinstance(operation, RunPython)]
    assert not_taken_in([*left_out, last], monkeypatch) == sorted(["graduation_batch", *NEVER_WRITTEN])
